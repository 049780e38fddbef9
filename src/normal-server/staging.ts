/**
 * Brings one wanted release onto this computer, complete and checked, ready for a switch: its
 * manifest, what is signed of it, then its package: not a byte of that before. Whatever was done
 * before is taken up, so doing it twice costs nothing. Absent: when it may be done, and the switch.
 */

import {
  packageFor,
  packageOf,
  type Release,
  type ReleasePackage,
} from '#domain/catalogue/release.ts';
import type { Digest, Platform, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Downloads, Packages, ServedDelta } from '#ports/installer.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import type { DiskBudget, Reservation } from './disk-budget.ts';
import type { Installer } from './kind.ts';
import { limits } from './limits.ts';
import type { Received } from './remembered.ts';

export type StagingWorld = {
  readonly server: ServerId;
  readonly platform: Platform;
  readonly memoryBytes: number;
  readonly packages: Packages;
  readonly downloads: Downloads;
  readonly disk: DiskBudget;
  /** The release whose manifest these bytes are, if they are what the digest names. */
  readManifest(bytes: Uint8Array, digest: Digest): Result<Release>;
  installerOf(release: Release): Result<Installer>;
  /** A release that stands staged already. */
  find(item: WantedItem): Promise<Release | null>;
  /** The package comes whole then. */
  deltaRefused(item: WantedItem, because: Problem): void;
  /** Why this release may not be used here, by what is signed of it and in it; null: it may. */
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
  const needed = await neededFor(world, item, release.value);
  if (!needed.ok) return needed;
  const reserved = await world.disk.reserve(needed.bytes);
  if (!reserved.ok) return reserved;
  try {
    const into = { staging, release: release.value, installer: installer.value, needed };
    const added = await bring(world, into, reserved.value);
    if (!added.ok) return added;
    await world.downloads.remove(item.digest);
    return release;
  } finally {
    reserved.value.end();
  }
}

type Bringing = {
  readonly staging: Staging;
  readonly release: Release;
  readonly installer: Installer;
  readonly needed: Needed & { readonly ok: true };
};

/** By a delta from what stands here, if there is one; whatever goes wrong with it, the whole comes. */
async function bring(
  world: StagingWorld,
  bringing: Bringing,
  reserved: Reservation,
): Promise<Result<null>> {
  const { staging, release, installer, needed } = bringing;
  const { digest } = staging.item;
  let { received } = staging;
  const served = needed.here > 0 ? null : await servedDelta(world, bringing);
  if (served !== null) {
    const progress = (now: Received, bytesTotal: number): void => {
      received = now;
      staging.progress(now, bytesTotal);
    };
    const file = world.downloads.deltaFile(digest);
    const following = { ...staging, progress };
    const { delta, from } = served;
    const fetched = await fetchFile(world, following, { archive: delta, here: 0, file }, reserved);
    const added = fetched.ok ? await installer.add(release, file, from) : fetched;
    if (added.ok || staging.signal.aborted) return added;
    world.deltaRefused(staging.item, added.because);
    await world.downloads.remove(digest);
  }
  const file = world.downloads.file(digest);
  const whole = { archive: needed.archive, here: needed.here, file };
  const fetched = await fetchFile(world, { ...staging, received }, whole, reserved);
  return fetched.ok ? installer.add(release, file) : fetched;
}

/** The smallest delta from a tree that stands here as it should. */
async function servedDelta(
  { packages, platform }: StagingWorld,
  { staging: { signal }, release, installer, needed }: Bringing,
): Promise<{ readonly delta: ServedDelta; readonly from: Release } | null> {
  const to = packageFor(release.manifest, platform)?.treeDigest;
  const secondsMax = limits.deltaSecondsMax[release.manifest.lane];
  let best: { readonly delta: ServedDelta; readonly from: Release } | null = null;
  for (const from of await installer.standing(release)) {
    const tree = packageFor(from.manifest, platform)?.treeDigest;
    if (tree === undefined || to === undefined || from.digest === release.digest) continue;
    const delta = await packages.delta({ from: tree, to, secondsMax, signal });
    const bytesMax = best?.delta.bytes ?? needed.archive.bytes;
    if (delta === null || delta.bytes >= bytesMax) continue;
    if (await installer.isIntact(from)) best = { delta, from };
  }
  return best;
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

type Needed =
  | { readonly ok: true; readonly archive: Archive; readonly here: number; readonly bytes: number }
  | { readonly ok: false; readonly because: Problem };
type Archive = ReleasePackage['archive'];

/** What of the package is still to come, and the space that it takes until it stands unpacked. */
async function neededFor(
  { downloads, server, platform, memoryBytes }: StagingWorld,
  { digest }: WantedItem,
  { manifest }: Release,
): Promise<Needed> {
  const { needs } = manifest;
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  if (memoryBytes < needs.memoryBytes) {
    const bytesNeeded = needs.memoryBytes;
    return refuse(problem('MEMORY_TOO_SMALL', { server, bytes: memoryBytes, bytesNeeded }));
  }
  const { archive, treeBytes } = chosen.value;
  const here = await downloads.bytes(digest);
  const bytes = Math.max(needs.diskBytes, archive.bytes + treeBytes) - here;
  return { ok: true, archive, here, bytes };
}

async function fetchFile(
  world: StagingWorld,
  { received: before, progress, signal }: Staging,
  {
    archive,
    here,
    file,
  }: { readonly archive: Archive; readonly here: number; readonly file: string },
  reserved: Reservation,
): Promise<Result<null>> {
  // A kill between two notes lost at most what stands on the disk beyond the last one.
  const earlier = before.bytes + Math.max(0, here - before.partBytes);
  const note = (bytesNow: number): void => {
    const partBytes = Math.min(here + bytesNow, archive.bytes);
    reserved.written(partBytes - here);
    progress({ bytes: earlier + bytesNow, partBytes }, archive.bytes);
  };
  note(0);
  const fetched = await world.packages.archive({ archive, file, progress: note, signal });
  return fetched.ok ? ok(null) : fetched;
}
