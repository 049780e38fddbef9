/**
 * What a simulated fleet is made of. Drawn from the seed, so that each seed is another fleet;
 * whoever runs one may say any of it himself.
 */

import type { CampaignPolicy } from '#information-server/upgrade/campaigns.ts';
import type { GateRule } from '#domain/gate/gate.ts';
import type { ServerId } from '#domain/names.ts';
import type { SiteRing } from '#domain/ring/site-ring.ts';
import type { HoldForm, UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Chance } from '../world/chance.ts';
import type { PlanGiven } from './control-manager-settings.ts';

export type FleetOptions = {
  readonly sites: number;
  /** Normal servers of each site. */
  readonly serversEach: number;
  readonly groups: number;
  /** Of the link between an information server and its normal servers. */
  readonly bytesPerSecond: number;
  readonly bytesPerSecondEach: number;
  readonly latencyMilliseconds: number;
  readonly jitterMilliseconds: number;
  readonly archiveBytes: number;
  /** Each server waits up to so long before it fetches. */
  readonly jitterSeconds: number;
  readonly gate: GateRule;
  /** Between the days of two groups. */
  readonly minutesBetween: number;
  readonly hold: HoldForm;
  readonly approve: boolean;
  readonly inFlightMax: number;
  readonly leaseSeconds: number;
  readonly proveSeconds: number;
  readonly holdMinutesMax: number;
  readonly stageMinutesMax: number;
  /** The information server and its agent are upgraded before the groups; else they ran before. */
  readonly agentStop: boolean;
  readonly hasControlManager: boolean;
  /** How often people or the feed bring new content while the upgrade runs. */
  readonly minutesBetweenContents: number | null;
  /** Leases are given for so long, and then not for so long, by turns; null: at any time. */
  readonly windows: { readonly openMinutes: number; readonly closedMinutes: number } | null;
  /** A second program on every server, and how people upgrade it; null: there is none. */
  readonly beside: {
    readonly form: UpgradePlan['form'];
    /** At once, or as soon as people see that the daemons' upgrade has come to its groups. */
    readonly from: 'start' | 'groups';
  } | null;
  /** Through which content goes in each site; absent: to all at once. */
  readonly rings?: readonly SiteRing[];
  /** What sites do with campaigns; absent: they begin them by themselves. */
  readonly campaigns?: CampaignPolicy;
  /** Deployment plans of the control manager, and where its sites stand; absent: to all at once. */
  readonly plans?: {
    readonly active: string;
    readonly all: readonly PlanGiven[];
    readonly folders: ReadonlyMap<string, readonly ServerId[]>;
  };
  /** On every server something works with its content, which content can bring down. */
  readonly hasEngines?: boolean;
};

/** Up to this many servers a group may be as small as one; beyond, fleets are made even. */
const groupServersMax = 2_000;

export function drawOptions(chance: Chance, servers: number): FleetOptions {
  const sites = servers <= 400 && servers > 3 && chance.happens(0.2) ? 2 : 1;
  const serversEach = Math.max(1, Math.floor(servers / sites));
  const groupsMin = Math.ceil(serversEach / groupServersMax);
  const groups = Math.min(serversEach, Math.max(groupsMin, chance.integer(2, 4)));
  const archiveBytes = chance.pick([200_000, 5_000_000, 40_000_000]);
  // A thin link in which a group takes between a minute and half an hour.
  const secondsAGroup = chance.between(60, 1_800);
  const bytesPerSecond = Math.max(50_000, (serversEach / groups) * (archiveBytes / secondsAGroup));
  return {
    sites,
    serversEach,
    groups,
    bytesPerSecond,
    bytesPerSecondEach: Math.max(bytesPerSecond / 4, 1_000_000),
    latencyMilliseconds: chance.pick([1, 5, 40, 300]),
    jitterMilliseconds: chance.pick([0, 1, 20]),
    archiveBytes,
    jitterSeconds: chance.pick([0, 5, 60]),
    gate: {
      percentMin: chance.pick([50, 80, 100]),
      sampleMin: 1,
      soakSeconds: chance.pick([1, 30, 300]),
    },
    minutesBetween: chance.pick([0, 5, 60]),
    hold: chance.pick(['site', 'servers']),
    approve: chance.happens(0.3),
    inFlightMax: Math.max(1, Math.ceil(serversEach * chance.pick([0.01, 0.1, 0.3, 1]))),
    leaseSeconds: chance.pick([30, 120, 600]),
    proveSeconds: chance.pick([30, 120]),
    holdMinutesMax: chance.pick([10, 60, 240]),
    stageMinutesMax: chance.pick([30, 240]),
    agentStop: chance.happens(0.3),
    hasControlManager: chance.happens(0.5),
    minutesBetweenContents: chance.pick([null, 3, 30]),
    windows: chance.happens(0.3)
      ? { openMinutes: chance.pick([0.2, 0.5, 2]), closedMinutes: chance.pick([1, 5, 30]) }
      : null,
    beside: chance.happens(0.4)
      ? {
          form: chance.pick(['upgrade', 'deployment'] as const),
          from: chance.happens(0.2) ? 'start' : 'groups',
        }
      : null,
  };
}
