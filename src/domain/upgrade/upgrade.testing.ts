/** A plan, a head and a group as tests begin with them; each test names only what it is about. */

import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type LeaseId,
  type ServerId,
  type UpgradeId,
} from '../names.ts';
import type { SiteFacts, StepInput } from './event.ts';
import type { PlannedGroup, UpgradePlan } from './plan.ts';
import {
  newGroup,
  newServer,
  recount,
  type ServerState,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from './state.ts';

export const targetDigest = brand<Digest>('b'.repeat(64));
export const oldDigest = brand<Digest>('a'.repeat(64));

export function examplePlan(change: Partial<UpgradePlan>): UpgradePlan {
  return {
    upgrade: brand<UpgradeId>('to-5.80'),
    release: {
      component: brand<ComponentName>('program'),
      version: '5.80.1179',
      digest: targetDigest,
    },
    form: 'upgrade',
    groups: [],
    agent: { upgrade: true, stop: false },
    leaseSeconds: 60,
    proveSeconds: 60,
    inFlightMax: 2,
    holdMinutesMax: 120,
    stageMinutesMax: 60,
    linkBitsPerSecond: null,
    groupMinutesMax: null,
    mixedDaysMax: 90,
    precautionsRead: true,
    goAhead: [],
    ...change,
  };
}

export function exampleHead(plan: UpgradePlan, change: Partial<UpgradeHead>): UpgradeHead {
  return {
    upgrade: plan.upgrade,
    form: plan.form,
    release: plan.release,
    withInformationServer: true,
    state: 'groups',
    because: null,
    resumeTo: null,
    turn: 0,
    startedAt: 0,
    finishedAt: null,
    mixedUntil: plan.mixedDaysMax * 86_400_000,
    ownHoldSince: null,
    agentStopped: false,
    resumes: 0,
    ...change,
  };
}

export const exampleServer = brand<ServerId>('a1');
export const exampleLease = { id: brand<LeaseId>('1'), grantedAt: 0, until: 60_000 };

export function examplePlanned(name: string, change: Partial<PlannedGroup> = {}): PlannedGroup {
  return {
    name: brand<GroupName>(name),
    servers: [exampleServer],
    from: 0,
    windows: [],
    hold: 'servers',
    approve: false,
    gate: { percentMin: 95, sampleMin: 1, soakSeconds: 0 },
    ...change,
  };
}

export function exampleRow(state: ServerState, change: Partial<UpgradeServer> = {}): UpgradeServer {
  return { ...newServer(exampleServer, brand<GroupName>('A')), state, ...change };
}

export type ExampleSite = {
  readonly plan?: Partial<UpgradePlan>;
  readonly head?: Partial<UpgradeHead>;
  readonly group?: Partial<UpgradeGroup>;
  readonly rows?: readonly UpgradeServer[];
  readonly site?: Partial<SiteFacts>;
};

/** Group A has its turn; its counters are those of its rows. */
export function exampleInput(facts: ExampleSite): StepInput {
  const plan = examplePlan({ groups: [examplePlanned('A')], ...facts.plan });
  const group = { ...newGroup(brand<GroupName>('A'), 0, 0), ...recount(facts.rows ?? []) };
  return {
    plan,
    head: exampleHead(plan, facts.head ?? {}),
    group: { ...group, state: 'switching', ...facts.group },
    site: { inFlight: 0, inFlightMax: 2, heldBy: null, proving: false, ...facts.site },
  };
}
