/** May this release run on this server (R2)? Knows nothing of groups, days and links. */

import { isInRange } from '../catalogue/range.ts';
import { packageFor, type Release } from '../catalogue/release.ts';
import { compareVersions, parseVersion } from '../catalogue/version.ts';
import type { ComponentName, Platform, ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export type PreflightServer = {
  readonly server: ServerId;
  readonly platform: Platform;
  readonly memoryBytes: number;
  readonly diskBytesFree: number;
  readonly programs: ReadonlyMap<ComponentName, string>;
  readonly connected: boolean;
  /** On the information server's own computer: it goes with that one (D3), in no group. */
  readonly withInformationServer?: boolean | undefined;
};

/** What a server reports is a claim: a version that its component cannot have is in no range. */
function isReadable(running: string, { manifest }: Release): boolean {
  return parseVersion(manifest.ordering, running).ok;
}

function mayFollow(running: string, release: Release): boolean {
  const { ordering, appliesTo } = release.manifest;
  return isReadable(running, release) && isInRange(ordering, appliesTo, running);
}

/** A step back: what may take it is said by the release that runs (`returnTo`), not by this one. */
function isOlder(release: Release, running: string): boolean {
  const { ordering, version } = release.manifest;
  return isReadable(running, release) && compareVersions(ordering, version, running) < 0;
}

/** A server that already runs the release needs no byte and meets every requirement. */
export function needsRelease(server: PreflightServer, release: Release): boolean {
  const { manifest } = release;
  const running = server.programs.get(manifest.component);
  if (running === undefined || !isReadable(running, release)) return true;
  return compareVersions(manifest.ordering, running, manifest.version) !== 0;
}

/** Bytes that one server fetches over the link: the compressed package of its platform. */
export function archiveBytesFor(server: PreflightServer, release: Release): number {
  if (!needsRelease(server, release)) return 0;
  return packageFor(release.manifest, server.platform)?.archive.bytes ?? 0;
}

export function requirements(server: PreflightServer, release: Release): readonly Problem[] {
  if (!needsRelease(server, release)) return [];
  const { manifest } = release;
  const chosen = packageFor(manifest, server.platform);
  if (chosen === undefined) {
    const { platform } = server;
    return [problem('PLATFORM_UNSUPPORTED', { server: server.server, platform })];
  }
  const reasons: Problem[] = [];
  const running = server.programs.get(manifest.component);
  if (running !== undefined && !isOlder(release, running) && !mayFollow(running, release)) {
    const { min, max } = manifest.appliesTo;
    reasons.push(problem('VERSION_OUT_OF_RANGE', { server: server.server, running, min, max }));
  }
  // The archive and the unpacked tree stand side by side while the archive is unpacked.
  const bytesNeeded = Math.max(manifest.needs.diskBytes, chosen.archive.bytes + chosen.treeBytes);
  if (server.diskBytesFree < bytesNeeded) {
    const bytesFree = server.diskBytesFree;
    reasons.push(problem('DISK_TOO_SMALL', { server: server.server, bytesFree, bytesNeeded }));
  }
  if (server.memoryBytes < manifest.needs.memoryBytes) {
    const bytes = server.memoryBytes;
    const needed = manifest.needs.memoryBytes;
    reasons.push(
      problem('MEMORY_TOO_SMALL', { server: server.server, bytes, bytesNeeded: needed }),
    );
  }
  return reasons;
}
