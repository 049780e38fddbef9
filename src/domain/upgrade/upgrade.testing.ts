/** A plan and a head as tests begin with them; each test names only what it is about. */

import { brand, type ComponentName, type Digest, type UpgradeId } from '../names.ts';
import type { UpgradePlan } from './plan.ts';
import type { UpgradeHead } from './state.ts';

export const targetDigest = brand<Digest>('b'.repeat(64));

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
