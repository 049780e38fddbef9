/**
 * I19: what a server says it runs is proved by digests that the running process takes of its own
 * executable and files. So a hello counts for a release only if its digests are those of the
 * release; and what an honest server shows is what it really is.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import type { Hello } from '#protocol/normal-server/messages.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

export function proofIsTrue(memory: Memory): Checker {
  const { facts } = memory;
  /** By name of the server: releases that it ever proved to run. */
  const proved = new Map<ServerId, Set<Digest>>();

  function proves({ server, claims, is }: Seen<'proved'>): void {
    if (facts.isHonest(server) && claims !== is) {
      throw new Violation(19, `the process of ${server} is ${is}, and proves ${claims}`);
    }
  }

  function says({ message }: Seen<'said'>): void {
    if (message.type !== 'hello' || !isProof(message)) return;
    const known = proved.get(message.server);
    if (known === undefined) proved.set(message.server, new Set([message.running.digest]));
    else known.add(message.running.digest);
  }

  function isProof({ running, platform }: Hello): boolean {
    const packages = facts.published(running.digest)?.manifest.packages ?? [];
    const shown = new Map(running.proof.map(({ path, digest }) => [path, digest]));
    return packages.some(
      (one) =>
        one.platform === platform &&
        one.proof.every(({ path, digest }) => shown.get(path) === digest),
    );
  }

  function commits({ site, rows }: Seen<'committed'>): void {
    for (const change of rows) {
      if (change.of !== 'row' || change.after.state !== 'upgraded') continue;
      if (change.before?.state === 'upgraded') continue;
      const { release } = memory.site(site).upgrade(change.upgrade).plan;
      const { server } = change.after;
      if (release.component !== facts.ownComponent) continue;
      if (proved.get(server)?.has(release.digest) !== true) {
        throw new Violation(19, `${server} counts as upgraded, and never proved what it runs`);
      }
    }
  }

  return {
    invariant: 19,
    sees: [on('proved', proves), on('said', says), on('committed', commits)],
  };
}
