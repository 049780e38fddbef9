/**
 * Brings one wanted release onto this computer, complete and checked, ready for a switch: its
 * manifest, what is signed of it, then its package: not a byte of that before. Whatever was done
 * before is taken up, so doing it twice costs nothing. Absent: when it may be done, and the switch.
 */

import { packageFor, type Release } from '#domain/catalogue/release.ts';
import type { Digest, Platform, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Downloads, Packages } from '#ports/installer.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import type { Installer } from './installer.ts';
import type { Received } from './remembered.ts';

export type StagingWorld = {
  readonly server: ServerId;
  readonly platform: Platform;
  readonly memoryBytes: number;
  readonly packages: Packages;
  readonly downloads: Downloads;
  diskBytesFree(): Promise<number>;
  /** The release whose manifest these bytes are, if they are what the digest names. */
  readManifest(bytes: Uint8Array, digest: Digest): Result<Release>;
  installerOf(release: Release): Result<Installer>;
  /** A release that stands staged already. */
  find(item: WantedItem): Promise<Release | null>;
  /** Why this release may not be used here, by what is signed of it; null: it may. */
  against(release: Release): Promise<Problem | null>;
};

export type Staging = {
  readonly item: WantedItem;
  /** What earlier runs received of it. */
  readonly received: Received;
  readonly progress: (received: Received, bytesTotal: number) => void;
  readonly signal: AbortSignal;
};

export async function stage(world: StagingWorld, staging: Staging): Promise<Result<Release>> {
  const { item } = staging;
  const standing = await world.find(item);
  if (standing !== null) {
    const against = await world.against(standing);
    if (against !== null) return refuse(against);
    // What somebody changed since is fetched anew: it would be refused at each switch.
    const installer = world.installerOf(standing);
    if (installer.ok && (await installer.value.isIntact(standing))) {
      await world.downloads.remove(item.digest);
      return ok(standing);
    }
  }
  const release = await fetchRelease(world, staging);
  if (!release.ok) return release;
  const installer = world.installerOf(release.value);
  if (!installer.ok) return installer;
  const refusal = installer.value.refusal(release.value) ?? (await world.against(release.value));
  if (refusal !== null) return refuse(refusal);
  const fetched = await fetchArchive(world, staging, release.value);
  if (!fetched.ok) return fetched;
  const added = await installer.value.add(release.value, world.downloads.file(item.digest));
  if (!added.ok) return added;
  await world.downloads.remove(item.digest);
  return release;
}

async function fetchRelease(
  world: StagingWorld,
  { item, signal }: Staging,
): Promise<Result<Release>> {
  const bytes = await world.packages.manifest(item.digest, signal);
  if (!bytes.ok) return bytes;
  const release = world.readManifest(bytes.value, item.digest);
  if (!release.ok) return release;
  const { component, version, lane } = release.value.manifest;
  if (component === item.component && version === item.version && lane === item.lane) {
    return release;
  }
  const detail = `it is ${lane} ${component} ${version}`;
  return refuse(problem('PACKAGE_UNREADABLE', { file: `${item.digest}.json`, detail }));
}

async function fetchArchive(
  world: StagingWorld,
  { item, received: before, progress, signal }: Staging,
  release: Release,
): Promise<Result<null>> {
  const { downloads, server, platform } = world;
  const { version, needs } = release.manifest;
  const chosen = packageFor(release.manifest, platform);
  if (chosen === undefined) return refuse(problem('PACKAGE_NO_PLATFORM', { platform, version }));
  if (world.memoryBytes < needs.memoryBytes) {
    const { memoryBytes: bytes } = world;
    const bytesNeeded = needs.memoryBytes;
    return refuse(problem('MEMORY_TOO_SMALL', { server, bytes, bytesNeeded }));
  }
  const { archive } = chosen;
  const here = await downloads.bytes(item.digest);
  const bytesNeeded = Math.max(needs.diskBytes, archive.bytes + chosen.treeBytes) - here;
  const bytesFree = await world.diskBytesFree();
  if (bytesFree < bytesNeeded) {
    return refuse(problem('DISK_TOO_SMALL', { server, bytesFree, bytesNeeded }));
  }
  // A kill between two notes lost at most what stands on the disk beyond the last one.
  const earlier = before.bytes + Math.max(0, here - before.partBytes);
  const note = (bytesNow: number): void => {
    const partBytes = Math.min(here + bytesNow, archive.bytes);
    progress({ bytes: earlier + bytesNow, partBytes }, archive.bytes);
  };
  note(0);
  const file = downloads.file(item.digest);
  const fetched = await world.packages.archive({ archive, file, progress: note, signal });
  return fetched.ok ? ok(null) : fetched;
}
