/**
 * One decision about one server, at three sizes of fleet: every server goes its whole way
 * (opened, staged, lease, confirmation, seen, installed), in groups of a thousand.
 *
 * Budget: under 0.1 ms, and the same for all three sizes.
 */

import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type LeaseId,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { ServerEvent } from '#domain/upgrade/event.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import {
  inFlight,
  newGroup,
  newServer,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import { stepServer } from '#domain/upgrade/step-server.ts';

const sizes = [1_000, 10_000, 100_000] as const;
const groupSize = 1_000;
/** So many decisions are timed at each size, however often the fleet must be upgraded for it. */
const stepsMin = 300_000;
const now = 1_000;
const target = brand<Digest>('b'.repeat(64));
const old = brand<Digest>('a'.repeat(64));

function planOf(servers: number): UpgradePlan {
  const groups = Array.from({ length: servers / groupSize }, (_, group) => ({
    name: brand<GroupName>(`group-${group}`),
    servers: Array.from({ length: groupSize }, (__, server) =>
      brand<ServerId>(`server-${group * groupSize + server}`),
    ),
    from: 0,
    windows: [{ from: 0, until: 1_000_000 }],
    hold: 'servers' as const,
    approve: false,
    gate: { percentMin: 95, sampleMin: 1, soakSeconds: 10 },
  }));
  return {
    upgrade: brand<UpgradeId>('bench'),
    release: { component: brand<ComponentName>('program'), version: '5.80.1179', digest: target },
    form: 'upgrade',
    groups,
    agent: { upgrade: false, stop: false },
    leaseSeconds: 60,
    proveSeconds: 60,
    inFlightMax: 100,
    holdMinutesMax: 120,
    stageMinutesMax: 60,
    linkBitsPerSecond: null,
    groupMinutesMax: null,
    mixedDaysMax: 90,
    precautionsRead: true,
    goAhead: [],
  };
}

function headOf(plan: UpgradePlan): UpgradeHead {
  return {
    upgrade: plan.upgrade,
    form: plan.form,
    release: plan.release,
    withInformationServer: false,
    state: 'groups',
    because: null,
    resumeTo: null,
    turn: 0,
    startedAt: now,
    finishedAt: null,
    mixedUntil: now + 86_400_000,
    ownHoldSince: null,
    agentStopped: false,
    resumes: 0,
  };
}

const lease = brand<LeaseId>('lease');
const way: readonly ServerEvent[] = [
  { type: 'opened', retry: false, present: true, running: old },
  { type: 'staged' },
  { type: 'lease-requested', digest: target, lease },
  { type: 'lease-confirmed', lease },
  { type: 'seen', against: null, running: target },
  { type: 'installed' },
];

/** Upgrades the whole fleet once; answers the time of each decision in milliseconds. */
function upgradeAll(plan: UpgradePlan, times: number[]): void {
  let head = headOf(plan);
  const groups = new Map<GroupName, UpgradeGroup>();
  const rows = new Map<ServerId, UpgradeServer>();
  for (const { name, servers } of plan.groups) {
    groups.set(name, { ...newGroup(name, servers.length, now), state: 'switching' });
    for (const server of servers) rows.set(server, newServer(server, name));
  }
  for (const { name, servers } of plan.groups) {
    for (const server of servers) {
      for (const event of way) {
        const started = performance.now();
        const row = rows.get(server);
        const group = groups.get(name);
        if (row === undefined || group === undefined) throw new Error('a row is gone');
        const site = {
          inFlight: inFlight(group.counts),
          inFlightMax: plan.inFlightMax,
          heldBy: null,
          proving: false,
        };
        const next = stepServer({ plan, head, group, site }, row, event, now);
        rows.set(server, next.server);
        groups.set(name, next.group);
        head = next.head;
        times.push(performance.now() - started);
      }
    }
  }
  const left = [...rows.values()].filter((row) => row.state !== 'upgraded');
  if (left.length > 0) throw new Error(`${left.length} servers were not upgraded`);
}

function measure(servers: number): { mean: number; worstOfHundred: number } {
  const plan = planOf(servers);
  upgradeAll(planOf(groupSize), []);
  const times: number[] = [];
  while (times.length < stepsMin) upgradeAll(plan, times);
  const sorted = Float64Array.from(times).toSorted();
  const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { mean, worstOfHundred: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN };
}

const rounded = (value: number): number => Number(value.toPrecision(3));

export const bench = {
  name: 'step',
  async run(): Promise<Record<string, number | string>> {
    const figures: Record<string, number> = {};
    const means: number[] = [];
    for (const servers of sizes) {
      const { mean, worstOfHundred } = measure(servers);
      means.push(mean);
      figures[`${servers} servers: mean ms (budget 0.1)`] = rounded(mean);
      figures[`${servers} servers: 99 of 100 within ms`] = rounded(worstOfHundred);
    }
    const [first = Number.NaN, , last = Number.NaN] = means;
    figures['largest fleet : smallest'] = rounded(last / first);
    return figures;
  },
};
