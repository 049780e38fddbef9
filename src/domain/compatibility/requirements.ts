/** May this release run on this server (R2)? Knows nothing of groups, days and links. */

import { packageFor, type Release } from '../catalogue/release.ts';
import { compareVersions, parseVersion } from '../catalogue/version.ts';
import type { Platform } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { againstComponentRules, type RuledServer } from './component-rules.ts';

export type PreflightServer = RuledServer & {
  readonly platform: Platform;
  readonly memoryBytes: number;
  readonly diskBytesFree: number;
  readonly connected: boolean;
  /** On the information server's own computer: it goes with that one (D3), in no group. */
  readonly withInformationServer?: boolean | undefined;
  /** Of the delta from what it runs to the release; null: none is made. */
  readonly deltaBytes?: number | null | undefined;
};

/** What a server reports is a claim: a version that its component cannot have is in no range. */
function isReadable(running: string, { manifest }: Release): boolean {
  return parseVersion(manifest.ordering, running).ok;
}

/** A server that already runs the release needs no byte and meets every requirement. */
export function needsRelease(server: PreflightServer, release: Release): boolean {
  const { manifest } = release;
  const running = server.versions.get(manifest.component);
  if (running === undefined || !isReadable(running, release)) return true;
  return compareVersions(manifest.ordering, running, manifest.version) !== 0;
}

/** Bytes that one server fetches over the link: a delta, or the compressed package of its platform. */
export function bytesToFetch(server: PreflightServer, release: Release): number {
  if (!needsRelease(server, release)) return 0;
  const archiveBytes = packageFor(release.manifest, server.platform)?.archive.bytes ?? 0;
  return Math.min(server.deltaBytes ?? Infinity, archiveBytes);
}

export function requirements(server: PreflightServer, release: Release): readonly Problem[] {
  if (!needsRelease(server, release)) return [];
  const { manifest } = release;
  const chosen = packageFor(manifest, server.platform);
  if (chosen === undefined) {
    const { platform } = server;
    return [problem('PLATFORM_UNSUPPORTED', { server: server.server, platform })];
  }
  const reasons: Problem[] = [...againstComponentRules(server, release)];
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
