/**
 * Lays down the installation folder of one computer, from which a launcher can start
 * (docs/protocol/package.md has the layout). `launcher.json` comes last: without it there is no
 * installation, and a killed one is simply begun again. Absent: what the settings say.
 */

import { mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallTrust } from '#ports/packages.ts';
import type { Track } from '#protocol/launcher/messages.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import {
  errorCode,
  linkAtomically,
  makeFolder,
  refuseDiskError,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { digestOfFile } from '../files/digest.ts';
import { layInstalledPair } from './launcher-pair.ts';
import { placeFile } from './place-file.ts';
import { thisPlatform } from './this-platform.ts';
import { isOwnName } from './installation-names.ts';
import { addSlot, currentSlot } from './installation-disk-slots.ts';
import { PackageRefused } from '../release/package-archive-tree.ts';
import { storedArchive, storedManifest } from '../release/release-file.ts';
import { writeOrganisation, writeSecret } from '../identity/trust-files.ts';

export { addSlot, currentSlot, readReleaseJson, readSlot } from './installation-disk-slots.ts';
export { removeUnusedSlots } from './installation-disk-slots.ts';
export { thisPlatform } from './this-platform.ts';

export type ServiceName = 'control-manager' | 'information-server' | 'normal-server' | 'agent';
export type Service = { readonly name: ServiceName; readonly track: Track };

export type InstallOptions = {
  readonly root: string;
  readonly release: Release;
  readonly archiveFile: string;
  readonly services: readonly Service[];
  /** The text of settings.yaml, written as it is. */
  readonly settings: string;
  readonly tokens: { readonly console?: string | undefined };
  readonly trust?: InstallTrust | null;
  /** Default: this computer's. */
  readonly platform?: Platform | undefined;
};

export async function install(options: InstallOptions): Promise<Result<null>> {
  const { root, release, archiveFile } = options;
  const platform = options.platform ?? thisPlatform();
  try {
    const standing = await standingInstallation(options);
    if (!standing.ok) return standing;
    const added = await addSlot({ root, release, archiveFile, platform });
    if (!added.ok) return added;
    if (standing.value === 'installed') return ok(null);
    const { slot } = added.value;
    orThrow(await layInstalledPair(root, join(root, 'slots', slot, 'tree'), release));
    await writeToken(options);
    await writeTrust(options);
    const hasShare = options.services.some(({ name }) => name === 'information-server');
    if (hasShare) await keepRelease(options, platform);
    await writeOrThrow(join(root, 'settings.yaml'), options.settings);
    const tracks = new Set(options.services.map(({ track }) => track));
    for (const track of tracks) await makeFirstGeneration({ root, track, slot });
    await writeOrThrow(join(root, 'launcher.json'), servicesJson(options.services));
    return ok(null);
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, root);
  }
}

async function writeOrThrow(file: string, content: string, mode?: number): Promise<void> {
  const written = await writeFileAtomically(file, content, mode);
  if (!written.ok) throw new PackageRefused(written.because);
}

function servicesJson(services: readonly Service[]): string {
  return `${JSON.stringify({ format: 1, services }, null, 2)}\n`;
}

/** Null when there is no such file. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The very same installation may be asked for again; any other one stays as it is. */
async function standingInstallation(
  options: InstallOptions,
): Promise<Result<'installed' | 'absent'>> {
  const { root, services } = options;
  await makeFolder(root);
  const found = await textOf(join(root, 'launcher.json'));
  if (found === null && (await readdir(root)).every(isOwnName)) return ok('absent');
  if (found === servicesJson(services) && (await isSameInstallation(options))) {
    return ok('installed');
  }
  return refuse(problem('INSTALLATION_EXISTS', { folder: root }));
}

async function isSameInstallation(options: InstallOptions): Promise<boolean> {
  const { root, release, services, settings } = options;
  const slots = await Promise.all(services.map(({ track }) => currentSlot(root, track)));
  if (!slots.every((slot) => slot === slotNameOf(release))) return false;
  return (await textOf(join(root, 'settings.yaml'))) === settings;
}

async function writeToken({ root, tokens }: InstallOptions): Promise<void> {
  const folder = join(root, 'secrets');
  await makeFolder(folder, 0o700);
  const token = tokens.console;
  if (token !== undefined) await writeOrThrow(join(folder, 'console.token'), `${token}\n`, 0o600);
}

async function writeTrust({ root, trust = null }: InstallOptions): Promise<void> {
  if (trust === null) return;
  if (trust.organisation !== null) orThrow(await writeOrganisation(root, trust.organisation));
  for (const [name, text] of Object.entries(trust.secrets)) {
    orThrow(await writeSecret(root, name, text));
  }
}

function orThrow(written: Result<null>): void {
  if (!written.ok) throw new PackageRefused(written.because);
}

/** An information server restores its share from verified copies: the first is its own release. */
async function keepRelease(options: InstallOptions, platform: Platform): Promise<void> {
  const { root, release, archiveFile } = options;
  const store = join(root, 'store');
  const archive = packageFor(release.manifest, platform)?.archive;
  if (archive === undefined) return; // addSlot has refused that already
  const copy = storedArchive(store, archive.digest);
  const manifest = storedManifest(store, release.digest);
  await makeFolder(dirname(copy));
  await makeFolder(dirname(manifest));
  if (copy !== archiveFile) await placeFile(archiveFile, copy, 'copy');
  const found = await digestOfFile(copy);
  if (found !== archive.digest) {
    const expected = archive.digest;
    throw new PackageRefused(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
  }
  await writeOrThrow(manifest, canonicalJson(release.manifest));
}

async function makeFirstGeneration(options: {
  readonly root: string;
  readonly track: Track;
  readonly slot: string;
}): Promise<void> {
  const { root, track, slot } = options;
  const folder = join(root, 'tracks', track);
  const generation = join(folder, 'generations', '1');
  await makeFolder(generation);
  await mkdir(join(generation, 'data'), { recursive: true, mode: 0o700 });
  await linkAtomically(join('..', '..', '..', '..', 'slots', slot), join(generation, 'slot'));
  await syncFolder(generation);
  await linkAtomically(join('generations', '1'), join(folder, 'current'));
}
