/**
 * What a store knows of deltas (docs/protocol/package.md): for a pair of trees a small file that names
 * the delta, which stands among the archives, or says that none is worth it.
 */

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { brand, type Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { KeptDelta, TreePair } from '#ports/deltas.ts';
import { bytes, digest } from '#protocol/shared/primitives.ts';
import { errorCode, makeFolder, writeFileAtomically } from '../files/atomic-file.ts';

const kept = z.strictObject({
  format: z.literal(1),
  delta: z.strictObject({ digest, bytes }).nullable(),
});

const pairPattern = /^([0-9a-f]{64})-([0-9a-f]{64})$/;
const suffix = '.json';

const folderIn = (store: string): string => join(store, 'deltas');

function fileOf(store: string, pair: TreePair): string {
  return join(folderIn(store), `${pairName(pair)}${suffix}`);
}

/** As it stands in URLs, in names of files and in release files. */
export function pairName({ from, to }: TreePair): string {
  return `${from}-${to}`;
}

/** null: it is the name of no pair. */
export function parsePairName(name: string): TreePair | null {
  const [, from, to] = pairPattern.exec(name) ?? [];
  if (from === undefined || to === undefined || from === to) return null;
  return { from: brand<Digest>(from), to: brand<Digest>(to) };
}

export async function readStoredDelta(
  store: string,
  pair: TreePair,
): Promise<KeptDelta | 'absent'> {
  try {
    return kept.parse(JSON.parse(await readFile(fileOf(store, pair), 'utf8'))).delta;
  } catch (error) {
    const isBroken = error instanceof z.ZodError || error instanceof SyntaxError;
    // What cannot be read is made again.
    if (isBroken || errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}

export async function writeStoredDelta(
  store: string,
  pair: TreePair,
  delta: KeptDelta,
): Promise<Result<null>> {
  await makeFolder(folderIn(store));
  return writeFileAtomically(fileOf(store, pair), JSON.stringify({ format: 1, delta }));
}

export async function listStoredDeltas(store: string): Promise<readonly TreePair[]> {
  const names = await readdir(folderIn(store)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => {
    const pair = name.endsWith(suffix) ? parsePairName(name.slice(0, -suffix.length)) : null;
    return pair === null ? [] : [pair];
  });
}

export async function forgetStoredDelta(store: string, pair: TreePair): Promise<void> {
  await rm(fileOf(store, pair), { force: true });
}
