/** Requests as the forecast's tests begin with them: nothing takes time, nothing goes wrong. */

import { brand, type GroupName, type ServerId } from '#domain/names.ts';
import type { PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import { examplePlan, targetDigest } from '#domain/upgrade/upgrade.testing.ts';
import type { ForecastRequest, ForecastServer, Habits, Share, Spread } from '#ports/forecast.ts';

/** 2026-01-05 09:00 UTC, a Monday. */
export const startsAt = Date.UTC(2026, 0, 5, 9);
export const second = 1_000;
export const minute = 60_000;
export const hour = 3_600_000;
export const day = 86_400_000;

/** Always as long as that. */
export const exactly = (seconds: number): Spread => ({
  from: 'default',
  median: seconds,
  p95: seconds,
});
export const share = (value: number): Share => ({ from: 'default', value });

export const calm: Habits = {
  begin: exactly(0),
  unpack: exactly(0),
  prepare: exactly(0),
  switch: exactly(0),
  prove: exactly(0),
  catalogueCheck: exactly(0),
  informationServer: exactly(0),
  agent: exactly(0),
  absent: share(0),
  returns: exactly(0),
  fails: {},
  vanishes: share(0),
  decision: exactly(0),
  decisionWorkMinutes: 0,
  repair: exactly(0),
  repairWorkMinutes: 0,
  planWorkMinutes: 0,
  groupWorkMinutes: 0,
  bytesOverhead: share(1),
};

export type Wish = {
  /** Servers in each group. */
  readonly sizes?: readonly number[];
  /** Of each group by its place. */
  readonly group?: (place: number) => Partial<PlannedGroup>;
  readonly plan?: Partial<UpgradePlan>;
  readonly habits?: Partial<Habits>;
  readonly bytes?: number;
  readonly request?: Partial<ForecastRequest>;
};

export function groupName(place: number): GroupName {
  return brand<GroupName>(`group-${place}`);
}

export function requestOf(wish: Wish = {}): ForecastRequest {
  const { sizes = [3], bytes = 0 } = wish;
  const servers: ForecastServer[] = [];
  const groups = sizes.map((size, place): PlannedGroup => {
    const members = Array.from({ length: size }, (_, each) =>
      brand<ServerId>(`server-${place}-${each}`),
    );
    for (const server of members) servers.push({ server, fetchBytes: bytes, state: 'to-do' });
    return {
      name: groupName(place),
      servers: members,
      from: startsAt,
      windows: [],
      hold: 'servers',
      approve: false,
      gate: { percentMin: 95, sampleMin: 1, soakSeconds: 60 },
      ...wish.group?.(place),
    };
  });
  return {
    plan: examplePlan({
      leaseSeconds: 600,
      proveSeconds: 600,
      inFlightMax: 1_000,
      ...wish.plan,
      groups,
    }),
    servers,
    startsAt,
    linkBitsPerSecond: null,
    serverBitsPerSecond: null,
    withInformationServer: false,
    releaseDigest: targetDigest,
    habits: { ...calm, ...wish.habits },
    runs: 1,
    seed: 1,
    ...wish.request,
  };
}
