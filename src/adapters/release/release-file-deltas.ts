/**
 * The deltas in a release file: entries `deltas/<from>-<to>` behind the archives, each to a tree of
 * its manifest. They are unsigned; here they have to add up, and whoever applies one digests the
 * tree that comes of it.
 */

import { DeltaUnreadable } from '#delta/bytes.ts';
import type { ParsedTarEntry } from 'modern-tar';
import type { ReleaseManifest } from '#domain/catalogue/release.ts';
import { problem } from '#domain/problem.ts';
import type { TreePair } from '#ports/deltas.ts';
import { removePart, renameDurably } from '../files/atomic-file.ts';
import type { Digested } from '../files/digest.ts';
import { checkDeltaFile } from './delta-file-check.ts';
import { PackageRefused } from './package-archive-tree.ts';
import { parsePairName, readStoredDelta, writeStoredDelta } from './stored-delta.ts';
import { writePart } from './release-file-part.ts';

export const deltasPrefix = 'deltas/';
/** More versions than that do not run at once in one fleet. */
export const deltasMax = 256;

type Collected = { readonly pair: TreePair; readonly part: string; readonly delta: Digested };

export type DeltaCollector = {
  /** False: the entry is no delta, and its body was not touched. */
  take(entry: ParsedTarEntry, manifest: ReleaseManifest): Promise<boolean>;
  /** `archive`: where a store keeps what has that digest. */
  place(store: string, archive: (digest: Digested['digest']) => string): Promise<void>;
  removeParts(): Promise<void>;
};

/** `file`: what a refusal calls the release file; `partOf`: where a part of that name may be written. */
export function collectDeltas(
  file: string,
  partOf: (name: string) => Promise<string>,
): DeltaCollector {
  const parts: string[] = [];
  const collected: Collected[] = [];
  const unreadable = (detail: string): PackageRefused =>
    new PackageRefused(problem('PACKAGE_UNREADABLE', { file, detail }));
  return {
    async take(entry, manifest) {
      const { name, size, type } = entry.header;
      if (!name.startsWith(deltasPrefix)) return false;
      const pair = parsePairName(name.slice(deltasPrefix.length));
      const to = manifest.packages.find(({ treeDigest }) => treeDigest === pair?.to);
      if (type !== 'file' || pair === null || to === undefined) {
        throw unreadable(`holds ${name.slice(0, 200)}`);
      }
      if (collected.some((one) => one.pair.from === pair.from && one.pair.to === pair.to)) {
        throw unreadable(`holds ${name} twice`);
      }
      if (collected.length === deltasMax) throw unreadable(`more than ${deltasMax} deltas`);
      if (size >= to.archive.bytes) throw unreadable(`${name} is no smaller than its package`);
      const part = await partOf(name.slice(deltasPrefix.length));
      parts.push(part);
      const delta = await writePart(entry, part);
      try {
        await checkDeltaFile(part);
      } catch (error) {
        if (error instanceof DeltaUnreadable) throw unreadable(`${name}: ${error.message}`);
        throw error;
      }
      collected.push({ pair, part, delta });
      return true;
    },
    async place(store, archive) {
      for (const { pair, part, delta } of collected) {
        const standing = await readStoredDelta(store, pair);
        const isSmaller = typeof standing === 'object' && standing !== null;
        if (isSmaller && standing.bytes <= delta.bytes) continue;
        await renameDurably(part, archive(delta.digest));
        const { digest, bytes } = delta;
        const written = await writeStoredDelta(store, pair, { digest, bytes });
        if (!written.ok) throw new PackageRefused(written.because);
      }
    },
    async removeParts() {
      for (const part of parts) await removePart(part);
    },
  };
}
