/**
 * What a feed has brought: ROOT/contents/<digest>, each file whole or not there. Absent: which of
 * them matter, which is the book's of the control manager.
 */

import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { partBeside, removePart, renameDurably } from '../files/atomic-file.ts';
import { openDigestMeter, type Digested } from '../files/digest.ts';

/** The file of a digest; null: no download names it any more. */
export async function locateContent(contents: string, digest: Digest): Promise<string | null> {
  const file = join(contents, digest);
  return (await stat(file).catch(() => null)) === null ? null : file;
}

/**
 * Copies what comes, one byte more than `bytes` at most, under its digest. Nothing stands there
 * before all of it is on the disk, and nothing at all where it is not of that size.
 */
export async function keepContent(
  contents: string,
  pieces: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<Digested> {
  const part = partBeside(join(contents, 'new'));
  const meter = openDigestMeter();
  const target = await open(part, 'wx');
  try {
    for await (const piece of pieces) {
      meter.add(piece);
      await target.appendFile(piece);
      if (meter.bytes() > bytes) break;
    }
    await target.sync();
  } catch (error) {
    await removePart(part);
    throw error;
  } finally {
    await target.close();
  }
  const digest = meter.end();
  const kept = { digest, bytes: meter.bytes() };
  if (kept.bytes === bytes) await renameDurably(part, join(contents, digest));
  else await removePart(part);
  return kept;
}

/** Forgets all else, copies included that were cut short. */
export async function keepOnly(
  contents: string,
  digests: ReadonlySet<Digest>,
  alsoKept: readonly string[] = [],
): Promise<void> {
  const names = await readdir(contents).catch((): string[] => []);
  for (const name of names) {
    const isNamed = digestPattern.test(name) && digests.has(brand<Digest>(name));
    if (!isNamed && !alsoKept.includes(name))
      await rm(join(contents, name), { recursive: true, force: true });
  }
}
