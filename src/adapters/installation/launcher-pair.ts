/**
 * Lays down the launcher of a release, with the Node that it runs on: where it is started from, at the
 * installation, and later as `launcher/next`, which the launcher that runs there tries by itself. The
 * launcher stays outside of all slots: it must outlive each of them. Absent: putting it into place.
 */

import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { compareVersions } from '#domain/catalogue/version.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  pairFileName,
  pairId,
  pairText,
  programName,
  readPair,
  runtimeName,
  type PairFile,
} from '#launcher/pair.ts';
import { paths } from '#launcher/installation.ts';
import type { LauncherSelf } from '#protocol/launcher/messages.ts';
import {
  isThere,
  makeFolder,
  partBeside,
  refuseDiskError,
  removeByRename,
  removeDeadParts,
  removePart,
  renameDurably,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { digestOfFile } from '../files/digest.ts';
import { placeFile } from './place-file.ts';
import { thisPlatform } from './this-platform.ts';

const inTree = { [programName]: 'app/launcher.mjs', [runtimeName]: 'runtime/node' } as const;

/** As the installation begins with it. */
export async function layInstalledPair(
  root: string,
  tree: string,
  { manifest }: Release,
): Promise<Result<null>> {
  const folder = paths.launcher(root);
  const program = join(tree, inTree[programName]);
  if (!(await isThere(program))) {
    const detail = `no ${inTree[programName]}`;
    return refuse(problem('PACKAGE_UNREADABLE', { file: tree, detail }));
  }
  await makeFolder(folder);
  const written = await writeFileAtomically(join(folder, programName), await readFile(program));
  if (!written.ok) return written;
  const runtime = join(tree, inTree[runtimeName]);
  const hasRuntime = await isThere(runtime);
  if (hasRuntime) await placeFile(runtime, join(folder, runtimeName), 'link');
  const files = await filesIn(folder, hasRuntime);
  return writeFileAtomically(join(folder, pairFileName), pairText(manifest.version, files));
}

async function filesIn(folder: string, hasRuntime: boolean): Promise<readonly PairFile[]> {
  const names = hasRuntime ? [programName, runtimeName] : [programName];
  return Promise.all(
    names.map(async (name) => ({ name, digest: await digestOfFile(join(folder, name)) })),
  );
}

export type Laid =
  /** It lies there, and has not been tried yet. */
  | 'laid'
  /** The very same is in place; or none came with the release. */
  | 'same'
  /** What is in place came with a newer release. */
  | 'older'
  /** It was tried on this computer, and failed. */
  | 'failed-here';

/** As `launcher/next`, whole or not at all; every byte is what the release says. */
export async function layNextPair(options: {
  readonly root: string;
  /** Of the release that runs, and was committed. */
  readonly tree: string;
  readonly release: Release;
  readonly self: LauncherSelf;
}): Promise<Result<Laid>> {
  const { root, tree, release, self } = options;
  const { ordering, version } = release.manifest;
  const folder = paths.launcher(root);
  const next = join(folder, 'next');
  const part = partBeside(next);
  try {
    const sources = await sourcesIn(folder, { tree, release });
    if (sources === null || (await isInPlace(folder, sources))) return ok('same');
    if (self.version !== null && compareVersions(ordering, version, self.version) < 0) {
      return ok('older');
    }
    const id = pairId(sources);
    const { renewal } = self;
    if (renewal?.ended === 'failed' && renewal.pair === id) return ok('failed-here');
    if (readPair(next)?.id === id) return ok('laid');
    await removeDeadParts(next);
    await mkdir(part);
    for (const { name, from, digest: expected } of sources) {
      const placed = join(part, name);
      await placeFile(from, placed, name === runtimeName ? 'link' : 'copy');
      const found = await digestOfFile(placed);
      if (found !== expected) return refuse(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
    }
    const files = sources.map(({ name, digest }) => ({ name, digest }));
    const written = await writeFileAtomically(join(part, pairFileName), pairText(version, files));
    if (!written.ok) return written;
    await syncFolder(part);
    if (await isThere(next)) await removeByRename(next);
    await renameDurably(part, next);
    return ok('laid');
  } catch (error) {
    return refuseDiskError(error, next);
  } finally {
    await removePart(part);
  }
}

type LaidFile = PairFile & { readonly from: string; readonly digest: Digest };

/** null: no launcher came with it. Where none was installed with a Node of its own, none gets one. */
async function sourcesIn(
  folder: string,
  { tree, release }: { readonly tree: string; readonly release: Release },
): Promise<readonly LaidFile[] | null> {
  const proof = packageFor(release.manifest, thisPlatform())?.proof ?? [];
  const source = async (name: typeof programName | typeof runtimeName): Promise<LaidFile> => {
    const path = inTree[name];
    const from = join(tree, path);
    const proved = proof.find((one) => one.path === path)?.digest;
    return { name, from, digest: proved ?? (await digestOfFile(from)) };
  };
  if (!(await isThere(join(tree, inTree[programName])))) return null;
  const program = await source(programName);
  const standing = join(folder, runtimeName);
  if (!(await isThere(standing))) return [program];
  if (await isThere(join(tree, inTree[runtimeName]))) return [program, await source(runtimeName)];
  return [program, { name: runtimeName, from: standing, digest: await digestOfFile(standing) }];
}

async function isInPlace(folder: string, sources: readonly LaidFile[]): Promise<boolean> {
  for (const { name, from, digest } of sources) {
    const placed = join(folder, name);
    const [own, theirs] = await Promise.all([stat(placed), stat(from)]);
    // The launcher makes both one file where they are the same.
    if (own.ino === theirs.ino && own.dev === theirs.dev) continue;
    if (own.size !== theirs.size || (await digestOfFile(placed)) !== digest) return false;
  }
  return true;
}
