/**
 * Makes an installer: one executable file that needs no network and no Node where it runs. It is a
 * shell script of a few lines with a compressed tar behind it: the unpacked release that an
 * information server has verified, the metadata that signs it, and what is to be known of the site.
 * Why not Node's own single executable: docs/decisions/0023-installer.md.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { packageOf, type Release } from '#domain/catalogue/release.ts';
import type { Digest, Platform } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallerMade } from '#ports/packages.ts';
import {
  installerMetadata,
  installerName,
  type InstallerFacts,
} from '#protocol/shared/installer.ts';
import { makeFolder, partBeside, refuseDiskError, removePart } from '../files/atomic-file.ts';
import { digestOfFile } from '../files/digest.ts';
import { readReleaseJson } from './installation-disk.ts';
import { installerScript } from './installer-script.ts';
import { packTree, unpackTree } from '../release/package-archive.ts';
import { PackageRefused } from '../release/package-archive-tree.ts';
import { storedArchive, storedManifest } from '../release/release-file.ts';
import { readOrganisation, type KnownOrganisation } from '../identity/trust-files.ts';
import { laneTrust } from '../metadata/trust-tuf.ts';

export type InstallerWanted = {
  /** Of the information server that has the release in its store. */
  readonly root: string;
  readonly file: string;
  readonly digest: Digest;
  readonly platform: Platform;
  readonly facts: Omit<InstallerFacts, 'organisation'>;
};

export async function makeInstaller(wanted: InstallerWanted): Promise<Result<InstallerMade>> {
  const { root, file } = wanted;
  const work = partBeside(file);
  try {
    const organisation = await readOrganisation(root);
    if (!organisation.ok) return organisation;
    const release = await readReleaseJson(storedManifest(join(root, 'store'), wanted.digest));
    if (!release.ok) return release;
    await makeFolder(dirname(file));
    await mkdir(work);
    const laid = await layContent(work, wanted, {
      release: release.value,
      organisation: organisation.value,
    });
    if (!laid.ok) return laid;
    const archive = join(work, 'archive.tar.gz');
    await packTree(join(work, 'content'), archive, 'gzip');
    const { version } = release.value.manifest;
    const { fingerprint } = organisation.value;
    const script = installerScript({
      version,
      platform: wanted.platform,
      site: wanted.facts.site,
      fingerprint,
    });
    await joinFiles(script, { archive, to: join(work, 'installer') });
    await rename(join(work, 'installer'), file);
    const { size: bytes } = await stat(file);
    const { platform } = wanted;
    return ok({ file, bytes, digest: await digestOfFile(file), platform, version, fingerprint });
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, file);
  } finally {
    await removePart(work);
  }
}

async function layContent(
  work: string,
  { root, platform, facts }: InstallerWanted,
  of: { readonly release: Release; readonly organisation: KnownOrganisation },
): Promise<Result<null>> {
  const { release, organisation } = of;
  const { manifest } = release;
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  const content = join(work, 'content', 'dankai');
  await mkdir(join(content, installerMetadata), { recursive: true });
  const { treeDigest, treeBytes: bytesMax, fileCount: filesMax } = chosen.value;
  const unpacked = await unpackTree({
    archiveFile: storedArchive(join(root, 'store'), chosen.value.archive.digest),
    folder: join(content, 'tree'),
    treeDigest,
    bytesMax,
    filesMax,
  });
  if (!unpacked.ok) return unpacked;
  const metadata = await metadataOf(root, organisation, join(work, 'trust'));
  if (!metadata.ok) return metadata;
  for (const [name, bytes] of metadata.value) {
    await writeFile(join(content, installerMetadata, name), bytes);
  }
  await writeFile(join(content, 'release.json'), canonicalJson(manifest));
  const whole: InstallerFacts = { ...facts, organisation: organisation.text };
  await writeFile(join(content, installerName), JSON.stringify(whole), { mode: 0o600 });
  return ok(null);
}

/** What a client asks for that verifies from nothing but the root: it is done here to find out. */
async function metadataOf(
  root: string,
  { organisation }: KnownOrganisation,
  folder: string,
): Promise<Result<ReadonlyMap<string, Uint8Array>>> {
  const shippedRoot = canonicalJson(organisation.programRoot);
  const standing = laneTrust({ folder: join(root, 'trust', 'program'), shippedRoot });
  const asked = new Map<string, Uint8Array>();
  const fresh = await laneTrust({ folder, shippedRoot }).refresh(async (name) => {
    const bytes = await standing.file(name);
    if (bytes !== null) asked.set(name, bytes);
    return ok(bytes);
  });
  return fresh.ok ? ok(asked) : fresh;
}

async function joinFiles(
  script: string,
  { archive, to }: { readonly archive: string; readonly to: string },
): Promise<void> {
  await writeFile(to, script, { mode: 0o700 });
  await pipeline(createReadStream(archive), createWriteStream(to, { flags: 'a', flush: true }));
}
