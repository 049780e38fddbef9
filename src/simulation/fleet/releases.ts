/** The releases that a simulated fleet runs, and the plan by which it goes from one to the next. */

import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Release, ReleaseManifest } from '#domain/catalogue/release.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { FleetOptions } from './options.ts';

export const fleetPlatform = brand<Platform>('linux-x64');
export const ownComponent = brand<ComponentName>('program');
const minuteMs = 60_000;

export function digestOf(text: string | Uint8Array): Digest {
  return brand<Digest>(createHash('sha256').update(text).digest('hex'));
}

export function releaseOf(manifest: ReleaseManifest): Release {
  return { digest: digestOf(canonicalJson(manifest)), manifest };
}

/** A release of Dankai's own daemons. `name` makes its bytes different from any other's. */
export function ownRelease(version: string, archiveBytes: number): Release {
  const treeBytes = archiveBytes * 3;
  return releaseOf({
    format: 1,
    component: ownComponent,
    lane: 'program',
    kind: 'self',
    version,
    ordering: 'decimal',
    appliesTo: { min: '1', max: '99' },
    needsComponents: [],
    needs: { diskBytes: archiveBytes + treeBytes, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [
      {
        platform: fleetPlatform,
        treeDigest: digestOf(`tree ${version}`),
        treeBytes,
        fileCount: 10,
        archive: { digest: digestOf(`archive ${version}`), bytes: archiveBytes },
        proof: [{ path: 'app/main.mjs', digest: digestOf(`program ${version}`) }],
      },
    ],
    catalogue: {
      version,
      sections: [{ name: 'Info_451_40000_1_4_1', offersPackage: true }],
    },
  });
}

export type Planned = {
  readonly upgrade: UpgradeId;
  readonly options: FleetOptions;
  readonly release: Release;
  readonly servers: readonly ServerId[];
  /** The day of the first group. */
  readonly startsAt: number;
};

/** Even groups in the order of the servers; each has its day after the one before. */
export function planOf({ upgrade, options, release, servers, startsAt }: Planned): UpgradePlan {
  const { gate, hold, approve, minutesBetween } = options;
  const each = Math.ceil(servers.length / options.groups);
  const { component, version } = release.manifest;
  const groups = Array.from({ length: options.groups }, (_, index) => ({
    name: brand<GroupName>(`group-${index + 1}`),
    servers: servers.slice(index * each, (index + 1) * each),
    from: startsAt + index * minutesBetween * minuteMs,
    windows: [],
    hold,
    approve: approve && index > 0,
    gate,
  })).filter((group) => group.servers.length > 0);
  return {
    upgrade,
    release: { component, version, digest: release.digest },
    form: 'upgrade',
    groups,
    agent: { upgrade: true, stop: options.agentStop },
    leaseSeconds: options.leaseSeconds,
    proveSeconds: options.proveSeconds,
    inFlightMax: options.inFlightMax,
    holdMinutesMax: options.holdMinutesMax,
    stageMinutesMax: options.stageMinutesMax,
    linkBitsPerSecond: options.bytesPerSecond * 8,
    groupMinutesMax: null,
    mixedDaysMax: 30,
    precautionsRead: true,
    goAhead: [
      { code: 'ALL_IN_ONE_GROUP', reason: 'a simulated fleet may be that small' },
      { code: 'HOLD_NOT_COVERING', reason: 'short holds are to be tried' },
    ],
  };
}
