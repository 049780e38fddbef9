/**
 * ROOT/store/deltas: what is known of deltas between trees, by their names; the deltas themselves
 * stand among the archives, under their digests. Each is made in a process of its own, of low
 * priority: it takes the memory of both trees, and the tier that serves goes on serving.
 */

import { fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ReleasePackage } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { DeltaPair, Deltas, KeptDelta, TreePair } from '#ports/deltas.ts';
import { bytes, digest, problem as problemSchema } from '#protocol/shared/primitives.ts';
import { errorCode, refuseDiskError, renameDurably } from '../files/atomic-file.ts';
import type { DeltaFile } from '../release/delta-file-build.ts';
import { unpackTree } from '../release/package-archive.ts';
import { storedArchive } from '../release/release-file.ts';
import {
  forgetStoredDelta,
  listStoredDeltas,
  readStoredDelta,
  writeStoredDelta,
} from '../release/stored-delta.ts';

const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.object({ digest, bytes }) }),
  z.object({ ok: z.literal(false), because: problemSchema }),
]);

const workPrefix = 'delta-';
const secondsMax = 3_600;
/** Of what the process keeps for itself; images come on top, within `imageBytesMax` each. */
const heapMebibytesMax = 512;

/** In a checkout a source beside us; in a bundle the file that `scripts/release/bundle.ts` lays there. */
function makerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? '../release/delta-process.ts' : './delta.mjs', here);
}

export function openDeltas(store: string): Deltas {
  return {
    find: (pair) => readStoredDelta(store, pair),
    async make(pair) {
      try {
        // Of makers that were killed: here is one at a time.
        await removeDeltaLeftovers(store);
        const made = await makeIn(store, pair);
        if (!made.ok) return made;
        const trees = { from: pair.from.treeDigest, to: pair.to.treeDigest };
        const written = await writeStoredDelta(store, trees, made.value);
        return written.ok ? made : written;
      } catch (error) {
        return refuseDiskError(error, store);
      }
    },
    keepOnly: (isOfUse) => keepOnly(store, isOfUse),
  };
}

/** A file that is being sent is open: whoever receives it gets it whole. */
async function keepOnly(
  store: string,
  isOfUse: (pair: TreePair) => boolean,
): Promise<readonly TreePair[]> {
  const pairs = await listStoredDeltas(store);
  const named = async (some: readonly TreePair[]): Promise<readonly Digest[]> => {
    const found = await Promise.all(some.map((pair) => readStoredDelta(store, pair)));
    return found.flatMap((one) => (one === null || one === 'absent' ? [] : [one.digest]));
  };
  const gone = pairs.filter((pair) => !isOfUse(pair));
  const kept = new Set(await named(pairs.filter(isOfUse)));
  for (const digest of await named(gone)) {
    if (!kept.has(digest)) await rm(storedArchive(store, digest), { force: true });
  }
  // Last: what a kill left of these files is named still, and goes the next time.
  for (const pair of gone) await forgetStoredDelta(store, pair);
  return gone;
}

/** Folders of makers that were killed. */
export async function removeDeltaLeftovers(store: string): Promise<void> {
  const names = await readdir(store).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(workPrefix))) {
    await rm(join(store, name), { recursive: true, force: true });
  }
}

async function makeIn(store: string, { from, to }: DeltaPair): Promise<Result<KeptDelta>> {
  const work = await mkdtemp(join(store, workPrefix));
  const trees = { oldFolder: join(work, 'old'), newFolder: join(work, 'new') };
  const file = join(work, 'delta');
  try {
    for (const [one, folder] of [
      [from, trees.oldFolder],
      [to, trees.newFolder],
    ] as const) {
      const unpacked = await unpackTree({ ...treeOf(one), folder, archiveFile: archiveOf(one) });
      if (!unpacked.ok) return unpacked;
    }
    const made = await runMaker([trees.oldFolder, trees.newFolder, file]);
    if (!made.ok) return made;
    if (made.value.bytes >= to.archive.bytes) return ok(null);
    await renameDurably(file, storedArchive(store, made.value.digest));
    return made;
  } finally {
    await rm(work, { recursive: true, force: true });
  }

  function archiveOf({ archive }: ReleasePackage): string {
    return storedArchive(store, archive.digest);
  }
}

function treeOf({ treeDigest, treeBytes: bytesMax, fileCount: filesMax }: ReleasePackage) {
  return { treeDigest, bytesMax, filesMax };
}

function runMaker(words: readonly string[]): Promise<Result<DeltaFile>> {
  return new Promise((resolve) => {
    const child = fork(makerFile(), [...words], {
      execArgv: [`--max-old-space-size=${heapMebibytesMax}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: secondsMax * 1_000,
      env: {},
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    if (child.pid !== undefined) lowerPriority(child.pid);
    child.once('message', (message) => {
      const read = answer.safeParse(message);
      resolve(read.success ? read.data : broken('it said what nobody understands'));
    });
    child.once('error', (error) => resolve(broken(error.message)));
    child.once('exit', (status, signal) => resolve(broken(`ended by ${signal ?? status ?? ''}`)));
  });
}

/** Whoever ended meanwhile has none. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch (error) {
    if (errorCode(error) !== 'ERR_SYSTEM_ERROR') throw error;
  }
}

function broken(detail: string): ReturnType<typeof refuse> {
  return refuse(problem('DELTA_UNMADE', { detail }));
}
