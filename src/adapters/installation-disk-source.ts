/**
 * Installs from a release file, or from the unpacked release that the asking program runs in.
 * Nothing touches the installation folder before every byte of the release was checked.
 */

import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallRequest, Packages, Role } from '#ports/packages.ts';
import {
  isThere,
  makeFolder,
  partBeside,
  refuseDiskError,
  removeDeadParts,
  removePart,
} from './atomic-file.ts';
import { install, readReleaseJson, thisPlatform, type Service } from './installation-disk.ts';
import { enrolmentTokenFile } from './identity-enrolled.ts';
import { packTree } from './package-archive.ts';
import { PackageRefused } from './package-archive-tree.ts';
import { checkReleaseFile, readReleaseFile, storedArchive } from './release-file.ts';
import { writeSecret } from './trust-files.ts';

type Source = { readonly release: Release; readonly archiveFile: string };

/** Few commands make a release; all pay for what is loaded with them. */
const building = () => import('./release-file-build.ts');

/** `program`: the running file, app/main.mjs of an unpacked release (or of a slot). */
export function openPackages(program: string): Packages {
  return {
    build: async (request) => (await building()).buildRelease(request),
    check: checkReleaseFile,
    readTreeCommands: async (file) => (await building()).readTreeCommands(file),
    install: (request) => installFrom(program, request),
    layToken,
  };
}

/** An information server brings the normal server of its computer and the agent with it (D3). */
export function servicesOf(roles: readonly Role[]): readonly Service[] {
  const services: Service[] = [];
  if (roles.includes('control-manager')) {
    services.push({ name: 'control-manager', track: 'program' });
  }
  const hasShare = roles.includes('information-server');
  if (hasShare) services.push({ name: 'information-server', track: 'program' });
  if (hasShare || roles.includes('normal-server')) {
    services.push({ name: 'normal-server', track: 'program' });
  }
  if (hasShare) services.push({ name: 'agent', track: 'agent' });
  return services;
}

async function installFrom(program: string, request: InstallRequest): Promise<Result<Release>> {
  const root = resolve(request.root);
  const staging = partBeside(root);
  try {
    await makeFolder(dirname(root));
    await removeDeadParts(root);
    await mkdir(staging);
    const { releaseFile } = request;
    const source =
      releaseFile === null
        ? await fromOwnTree(program, staging)
        : await fromFile(releaseFile, staging);
    if (!source.ok) return source;
    const { settings, tokens, trust } = request;
    const services = servicesOf(request.roles);
    const installed = await install({ root, ...source.value, services, settings, tokens, trust });
    return installed.ok ? ok(source.value.release) : installed;
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, root);
  } finally {
    await removePart(staging);
  }
}

async function layToken(root: string, token: string): Promise<Result<null>> {
  if (!(await isThere(join(root, 'launcher.json')))) {
    return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
  }
  // Who holds the key of a site signs for himself; no token is taken up there.
  if (await isThere(join(root, 'secrets', 'authority.pem'))) {
    return refuse(problem('SERVER_OF_INFORMATION_SERVER', { server: root }));
  }
  return writeSecret(root, enrolmentTokenFile, `${token}\n`);
}

async function fromFile(file: string, staging: string): Promise<Result<Source>> {
  const release = await readReleaseFile(file, staging);
  if (!release.ok) return release;
  const { manifest } = release.value;
  const platform = thisPlatform();
  const chosen = packageFor(manifest, platform);
  if (chosen === undefined) {
    return refuse(problem('PACKAGE_NO_PLATFORM', { platform, version: manifest.version }));
  }
  const archiveFile = storedArchive(staging, chosen.archive.digest);
  return ok({ release: release.value, archiveFile });
}

/** The archive is made again from the tree; being the same, it proves the tree untouched. */
async function fromOwnTree(program: string, staging: string): Promise<Result<Source>> {
  const tree = dirname(dirname(await realpath(program)));
  const release = await readReleaseJson(join(dirname(tree), 'release.json'));
  if (!release.ok) return release;
  const { manifest } = release.value;
  const platform = thisPlatform();
  const chosen = packageFor(manifest, platform);
  if (chosen === undefined) {
    return refuse(problem('PACKAGE_NO_PLATFORM', { platform, version: manifest.version }));
  }
  const archiveFile = join(staging, 'archive');
  const packed = await packTree(tree, archiveFile);
  const [expected, found] =
    packed.treeDigest === chosen.treeDigest
      ? [chosen.archive.digest, packed.archive.digest]
      : [chosen.treeDigest, packed.treeDigest];
  if (found !== expected) return refuse(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
  return ok({ release: release.value, archiveFile });
}
