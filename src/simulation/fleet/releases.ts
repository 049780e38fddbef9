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
import type { Interval, PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import type { FleetOptions } from './options.ts';

export const fleetPlatform = brand<Platform>('linux-x64');
export const ownComponent = brand<ComponentName>('program');
/** The program that is no daemon, on fleets that have a second one. */
export const treeComponent = brand<ComponentName>('viewer');
const minuteMs = 60_000;
/** After so many turns of open and closed, a group's window stays open. */
const windowsClosing = 20;

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

/** A release of the second program; its versions must be other ones than the daemons have. */
export function treeRelease(version: string, archiveBytes: number): Release {
  const { manifest } = ownRelease(version, archiveBytes);
  return releaseOf({
    ...manifest,
    component: treeComponent,
    kind: 'tree',
    tree: {
      stop: { argv: ['bin/stop'], secondsMax: 30 },
      start: { argv: ['bin/start'], secondsMax: 30 },
      health: { argv: ['bin/health'], secondsMax: 10, times: 3, intervalSeconds: 10 },
    },
    packages: manifest.packages.map((one) => ({ ...one, proof: [] })),
    catalogue: { version, sections: [{ name: 'Info_460_40000_1_4_1', offersPackage: true }] },
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
  const isOwn = release.manifest.kind === 'self';
  const each = Math.ceil(servers.length / options.groups);
  const { component, version } = release.manifest;
  const groups = Array.from({ length: options.groups }, (_, index): PlannedGroup => {
    const from = startsAt + index * minutesBetween * minuteMs;
    return {
      name: brand<GroupName>(`${isOwn ? '' : `${component}-`}group-${index + 1}`),
      servers: servers.slice(index * each, (index + 1) * each),
      from,
      windows: windowsFrom(from, options),
      hold,
      approve: approve && index > 0,
      gate,
    };
  }).filter((group) => group.servers.length > 0);
  return {
    upgrade,
    release: { component, version, digest: release.digest },
    form: 'upgrade',
    groups,
    agent: { upgrade: isOwn, stop: isOwn && options.agentStop },
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

/** Open and closed by turns, and in the end open, so that no group waits for ever. */
function windowsFrom(from: number, { windows }: FleetOptions): readonly Interval[] {
  if (windows === null) return [];
  const [open, turn] = [windows.openMinutes, windows.openMinutes + windows.closedMinutes];
  return Array.from({ length: windowsClosing + 1 }, (_, index) => {
    const opens = from + index * turn * minuteMs;
    const minutes = index < windowsClosing ? open : 30 * 24 * 60;
    return { from: opens, until: opens + minutes * minuteMs };
  });
}
