/**
 * Runs the client workflow of TUF over a folder of metadata.
 *
 * The client writes files in place, so it works on a copy; what it verified is then put into the
 * folder file by file, each by one rename, as the specification has it: a new root stays even where
 * the rest is refused, else whoever holds back a timestamp could keep a revoked key alive. A kill
 * anywhere, or a file that cannot be read, locks nobody out: the client begins from what is there,
 * at least from the root that was shipped.
 */

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Updater, type UpdaterOptions } from 'tuf-js';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  makeFolder,
  partBeside,
  refuseDiskError,
  removeDeadParts,
  removePart,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { SourceFetcher, type ReadAddress } from './tuf-fetcher.ts';
import { refusalOf } from './tuf-refusal.ts';

export const tufLimits = {
  rootBytesMax: 512 * 1024,
  timestampBytesMax: 16 * 1024,
  snapshotBytesMax: 2 * 1024 * 1024,
  targetsBytesMax: 5 * 1024 * 1024,
  rootRotationsMax: 256,
  /** For one whole refresh. */
  secondsMax: 60,
} as const;

export type WorkflowOptions = {
  /** Holds `root.json`, `timestamp.json`, `snapshot.json`, `targets.json`. */
  readonly folder: string;
  /** What is trusted where the folder has no root that can be read. */
  readonly shippedRoot: string;
  readonly baseAddress: string;
  readonly read: ReadAddress;
  readonly secondsMax?: number | undefined;
  /** Where targets are downloaded from and to; a lane asks for none. */
  readonly targets?: { readonly folder: string; readonly baseAddress: string } | undefined;
};

export type WorkflowEnd<Answer> = {
  readonly answer: Result<Answer>;
  /** Where the client stands now, by file. */
  readonly files: ReadonlyMap<string, string>;
  /** Roots that came in and were accepted, even where the rest was refused. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
};

export async function runWorkflow<Answer>(
  options: WorkflowOptions,
  work: (client: Updater) => Promise<Answer>,
): Promise<WorkflowEnd<Answer>> {
  const { folder } = options;
  await makeFolder(dirname(folder));
  await makeFolder(folder);
  await removeDeadParts(folder);
  const copy = partBeside(folder);
  await mkdir(copy, { mode: 0o755 });
  try {
    const before = await readMetadata(folder);
    for (const [name, text] of before) await writeFile(join(copy, name), text);
    const fetcher = new SourceFetcher({
      read: options.read,
      secondsMax: options.secondsMax ?? tufLimits.secondsMax,
      folder: copy,
    });
    let answer: Result<Answer>;
    try {
      const client = await openClient(options, copy, fetcher);
      answer = ok(await work(client));
    } catch (error) {
      answer = refuse(fetcher.refusal ?? refusalOf(error, fetcher.lastFile));
    }
    const files = await readMetadata(copy);
    const kept = await keep(folder, files, before);
    return { answer: kept.ok ? answer : kept, files, roots: rootsOf(files, fetcher) };
  } finally {
    await removePart(copy);
  }
}

async function readMetadata(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json')) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (text !== null) files.set(name, text);
  }
  return files;
}

async function openClient(
  options: WorkflowOptions,
  metadataDir: string,
  fetcher: SourceFetcher,
): Promise<Updater> {
  const config: NonNullable<UpdaterOptions['config']> = {
    rootMaxLength: tufLimits.rootBytesMax,
    timestampMaxLength: tufLimits.timestampBytesMax,
    snapshotMaxLength: tufLimits.snapshotBytesMax,
    targetsMaxLength: tufLimits.targetsBytesMax,
    maxRootRotations: tufLimits.rootRotationsMax,
  };
  const { targets } = options;
  const open = (): Updater =>
    new Updater({
      metadataDir,
      metadataBaseUrl: options.baseAddress,
      fetcher,
      config,
      ...(targets === undefined
        ? {}
        : { targetDir: targets.folder, targetBaseUrl: targets.baseAddress }),
    });
  try {
    return open();
  } catch {
    // No root yet, or half of one: the client throws at either.
    await writeFile(join(metadataDir, 'root.json'), options.shippedRoot);
    return open();
  }
}

/** The order of the specification, so that a kill in between leaves what a client can begin from. */
const firstNames = ['root.json', 'timestamp.json', 'snapshot.json'];

async function keep(
  folder: string,
  files: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
): Promise<Result<null>> {
  const others = [...files.keys()].filter((name) => !firstNames.includes(name));
  for (const name of [...firstNames, ...others]) {
    const text = files.get(name);
    if (text === undefined || text === before.get(name)) continue;
    // Another process of this computer may have gone further meanwhile.
    const now = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (now !== before.get(name) && versionOf(now) >= versionOf(text)) continue;
    const written = await writeFileAtomically(join(folder, name), text);
    if (!written.ok) return written;
  }
  return ok(null);
}

/** Of files that the client verified; what is no metadata counts as the oldest there can be. */
export function versionOf(text: string | undefined): number {
  if (text === undefined) return 0;
  try {
    const { signed } = JSON.parse(text) as { signed?: { version?: unknown } };
    return typeof signed?.version === 'number' ? signed.version : 0;
  } catch {
    return 0;
  }
}

function rootsOf(
  files: ReadonlyMap<string, string>,
  fetcher: SourceFetcher,
): ReadonlyMap<number, Uint8Array> {
  const newest = versionOf(files.get('root.json'));
  const roots = new Map<number, Uint8Array>();
  for (const [name, bytes] of fetcher.received) {
    const version = Number(/^(\d+)\.root\.json$/.exec(name)?.[1] ?? Number.NaN);
    if (version <= newest) roots.set(version, bytes);
  }
  return roots;
}

/** What a disk may answer on any day is a refusal of the whole. */
export async function refusingDisk<Answer>(
  folder: string,
  work: () => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  try {
    return await work();
  } catch (error) {
    return refuseDiskError(error, folder);
  }
}
