/**
 * I12: what was unpacked is digested from the disk; what is not the tree of its manifest gets no
 * slot. Every installed byte belongs to a tree whose digest stands in a manifest that was published.
 */

import type { ComponentName, Digest, ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

export function trustedBytes({ facts }: Memory): Checker {
  const unpacked = new Set<string>();
  /** Lists that were right: another one is made when something is installed. */
  const checked = new Map<ServerId, ReadonlyMap<ComponentName, Digest>>();

  function unpacks({ server, digest, tree }: Seen<'unpacked'>): void {
    const packages = facts.published(digest)?.manifest.packages ?? [];
    if (!packages.some(({ treeDigest }) => treeDigest === tree)) {
      throw new Violation(12, `${server} unpacked ${tree} as ${digest}, which says otherwise`);
    }
    unpacked.add(keyOf(server, digest));
  }

  function switches({ server, to, isReturn }: Seen<'switched'>): void {
    if (to === null || isReturn || unpacked.has(keyOf(server, to))) return;
    throw new Violation(12, `${server} switched to ${to}, which it never unpacked`);
  }

  function recount(view: FleetView): void {
    for (const { server, installed } of view.servers) {
      if (checked.get(server) === installed) continue;
      for (const digest of installed.values()) {
        if (facts.published(digest) === null) {
          throw new Violation(12, `${server} has ${digest} installed, published by nobody`);
        }
      }
      checked.set(server, installed);
    }
  }

  return { invariant: 12, sees: [on('unpacked', unpacks), on('switched', switches)], recount };
}

function keyOf(server: ServerId, digest: Digest): string {
  return `${server} ${digest}`;
}
