/**
 * What stood in the share before it was replaced, kept whole for 90 days and within 1 GiB,
 * oldest first to go; its description with the digest stays longer. Absent: why it was replaced
 * (the record says that).
 */

import { copyFile, lstat, readFile, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, Instant } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type { KeptEvidence } from '#ports/share.ts';
import {
  errorCode,
  makeFolder,
  partBeside,
  renameDurably,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { digestOfBytes, digestOfFile } from '../files/digest.ts';

export const evidenceLimits = {
  daysMax: 90,
  bytesMax: 1024 ** 3,
  /** Descriptions; the oldest go. */
  countMax: 10_000,
  /** Longer texts stay in their file alone. */
  textBytesMax: 256 * 1024,
} as const;

const dayMilliseconds = 24 * 60 * 60 * 1_000;

export type EvidenceFolder = {
  /** Keeps a copy of whatever stands there; null: nothing does. The thing itself stays. */
  keep(path: string, what: string): Promise<KeptEvidence | null>;
  /** Takes a folder that stands in the way of a file out of the share, with all in it. */
  takeFolder(path: string, what: string): Promise<KeptEvidence>;
  prune(): Promise<void>;
};

type Description = {
  readonly digest: string;
  readonly at: Instant;
  readonly what: string;
  readonly bytes: number;
};

export function openEvidence(folder: string, clock: Clock): EvidenceFolder {
  async function describe(digest: Digest, what: string, bytes: number): Promise<void> {
    const description: Description = { digest, at: clock.now(), what, bytes };
    await writeOrThrow(join(folder, `${digest}.json`), JSON.stringify(description));
  }

  async function keepText(text: string, what: string): Promise<KeptEvidence> {
    const digest = digestOfBytes(text);
    await writeOrThrow(join(folder, digest), text);
    await describe(digest, what, Buffer.byteLength(text));
    return { digest, what, text };
  }

  async function keepFile(path: string, what: string, bytes: number): Promise<KeptEvidence> {
    if (bytes > evidenceLimits.bytesMax) {
      const digest = await digestOfFile(path);
      await describe(digest, what, bytes);
      return { digest, what, text: '' };
    }
    const part = partBeside(join(folder, 'evidence'));
    await copyFile(path, part);
    const digest = await digestOfFile(part);
    await renameDurably(part, join(folder, digest));
    await describe(digest, what, bytes);
    return { digest, what, text: await shortText(join(folder, digest), bytes) };
  }

  return {
    async keep(path, what) {
      await makeFolder(folder, 0o700);
      const found = await lstat(path).catch(nullWhenAbsent);
      if (found === null) return null;
      if (found.isSymbolicLink()) {
        return keepText(`symbolic link to ${await readlink(path)}\n`, what);
      }
      if (found.isFile()) return keepFile(path, what, found.size);
      return keepText(`neither a file nor a link: mode ${found.mode.toString(8)}\n`, what);
    },

    async takeFolder(path, what) {
      await makeFolder(folder, 0o700);
      const names = (await readdir(path, { recursive: true })).toSorted().slice(0, 1_000);
      const kept = await keepText(`folder ${path}\n${names.join('\n')}\n`, what);
      const place = join(folder, `${kept.digest}.folder`);
      await rm(place, { recursive: true, force: true });
      await rename(path, place);
      await syncFolder(folder);
      return kept;
    },

    async prune() {
      const descriptions = await readDescriptions(folder);
      const oldest = clock.now() - evidenceLimits.daysMax * dayMilliseconds;
      let bytesTotal = 0;
      for (const [place, { digest, at }] of descriptions.entries()) {
        const things = [join(folder, digest), join(folder, `${digest}.folder`)];
        for (const thing of things) bytesTotal += await bytesOf(thing);
        if (at < oldest || bytesTotal > evidenceLimits.bytesMax) {
          for (const thing of things) await rm(thing, { recursive: true, force: true });
        }
        if (place >= evidenceLimits.countMax) await rm(join(folder, `${digest}.json`));
      }
    },
  };
}

/** Of what is there still: nothing of a thing that was too large, or went long ago. */
async function bytesOf(path: string): Promise<number> {
  const found = await lstat(path).catch(nullWhenAbsent);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await bytesOf(join(path, name));
  return bytes;
}

/** Newest first. */
async function readDescriptions(folder: string): Promise<readonly Description[]> {
  const names = await readdir(folder).catch(nullWhenAbsent);
  const descriptions: Description[] = [];
  for (const name of names ?? []) {
    if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
    const description = parseDescription(await readFile(join(folder, name), 'utf8'));
    if (description !== null) descriptions.push(description);
  }
  return descriptions.toSorted((left, right) => right.at - left.at);
}

function parseDescription(text: string): Description | null {
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input !== 'object' || input === null) return null;
    if (!('digest' in input && 'at' in input && 'what' in input && 'bytes' in input)) return null;
    const { digest, at, what, bytes } = input;
    if (typeof digest !== 'string' || typeof what !== 'string') return null;
    if (typeof at !== 'number' || typeof bytes !== 'number') return null;
    return { digest, at, what, bytes };
  } catch {
    return null;
  }
}

async function shortText(file: string, bytes: number): Promise<string> {
  if (bytes > evidenceLimits.textBytesMax) return '';
  const content = await readFile(file);
  return content.includes(0) ? '' : content.toString('utf8');
}

/** The evidence folder is ours alone: what fails there fails like the disk itself. */
async function writeOrThrow(file: string, content: string): Promise<void> {
  const written = await writeFileAtomically(file, content, 0o600);
  if (!written.ok) {
    const code = written.because.code === 'DISK_FULL' ? 'ENOSPC' : 'EIO';
    throw Object.assign(new Error(`evidence: ${written.because.code}`), { code });
  }
}

function nullWhenAbsent(error: unknown): null {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
