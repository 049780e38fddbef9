/**
 * May this plan start here and now, and if not, why? All reasons at once, so that a person mends
 * them in one go. Reads no clock: a plan says when by itself.
 */

import { isAtomic, type Release } from '../catalogue/release.ts';
import { goAheadPossible } from '../compatibility/go-ahead.ts';
import { orderOverTiers, type Site } from '../compatibility/order.ts';
import { requirements, type PreflightServer } from '../compatibility/requirements.ts';
import type { ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';
import { membershipProblems, sampleProblems, unassignedServers } from './groups.ts';
import { goingBack, unwise } from './prudence.ts';
import { trafficOf, trafficProblems, type GroupTraffic } from './traffic.ts';

export type PreflightReason = {
  readonly because: Problem;
  readonly goAheadPossible: boolean;
  /** A person took it upon himself in the plan, with a reason. */
  readonly accepted: boolean;
};

/** The shape of `preflightView` in the console's contract. */
export type Preflight = {
  /** True when every reason against was accepted, or there is none. */
  readonly go: boolean;
  readonly reasons: readonly PreflightReason[];
  readonly precautions: readonly string[];
  /** A vendor's installer does it: a kill in its middle may leave neither version whole. */
  readonly notAtomic?: true | undefined;
  readonly groups: readonly GroupTraffic[];
  readonly unassigned: readonly ServerId[];
};

export type PreflightInput = {
  readonly plan: UpgradePlan;
  readonly release: Release;
  readonly site: Site;
  readonly servers: readonly PreflightServer[];
  readonly signed?: WhatIsSigned;
};

/** What the metadata of the program lane says. */
export type WhatIsSigned = {
  readonly against: Problem | null;
  /** Why a server that runs this version may not have the release. */
  againstReturn(running: string): Problem | null;
};

export function preflight({ plan, release, site, servers, signed }: PreflightInput): Preflight {
  const byName = new Map<string, PreflightServer>(servers.map((one) => [one.server, one]));
  const planned = new Set<string>(plan.groups.flatMap((group) => group.servers));
  // The information server's own computer stands in no group and is switched before all (D2, D3).
  const isWhole = release.manifest.kind === 'self' && plan.form === 'upgrade';
  const goesFirst = (one: PreflightServer): boolean =>
    isWhole && one.withInformationServer === true;
  const concerned = servers.filter((one) => planned.has(one.server) || goesFirst(one));
  const traffic = trafficOf({ plan, release, servers: byName });
  const problems = [
    ...unsigned(signed, release, concerned),
    ...orderOverTiers({ plan, release, site }),
    ...membershipProblems(plan, byName),
    ...sampleProblems(plan),
    ...localProblems(plan, release),
    ...concerned.flatMap((one) => requirements(one, release)),
    ...goingBack(release, concerned),
    ...trafficProblems(plan, traffic),
    ...unwise({ plan, release, holdsPossible: site.holdsPossible, servers }),
  ];
  const reasons = problems.map((because) => reasonOf(because, plan));
  return {
    go: reasons.every((reason) => reason.accepted),
    reasons,
    precautions: release.manifest.precautions,
    ...(!isAtomic(release.manifest) && { notAtomic: true }),
    groups: traffic,
    unassigned: unassignedServers(plan, servers),
  };
}

/** Installers bring Dankai's own program; what runs under it comes by deployment. */
function localProblems(plan: UpgradePlan, { manifest }: Release): readonly Problem[] {
  const isAsked = plan.groups.some(({ local = [] }) => local.length > 0);
  const { kind, component } = manifest;
  return isAsked && kind !== 'self' ? [problem('LOCAL_NOT_POSSIBLE', { component })] : [];
}

/** Each step back once, however many servers would take it. */
function unsigned(
  signed: WhatIsSigned | undefined,
  { manifest: { component } }: Release,
  servers: readonly PreflightServer[],
): readonly Problem[] {
  if (signed === undefined) return [];
  const running = new Set(servers.flatMap((one) => one.versions.get(component) ?? []));
  const returns = [...running].flatMap((version) => signed.againstReturn(version) ?? []);
  return signed.against === null ? returns : [signed.against, ...returns];
}

function reasonOf(because: Problem, plan: UpgradePlan): PreflightReason {
  const possible = goAheadPossible(because.code);
  const taken = plan.goAhead.some((one) => one.code === because.code);
  return { because, goAheadPossible: possible, accepted: possible && taken };
}
