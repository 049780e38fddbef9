/** Calls about upgrades: preflight, start, and what a person may say meanwhile. */

import type { Release } from '#domain/catalogue/release.ts';
import type { PreflightServer } from '#domain/compatibility/requirements.ts';
import { versionsOf, type FleetServer } from '#domain/fleet/server.ts';
import { preflight, type Preflight, type WhatIsSigned } from '#domain/plan/preflight.ts';
import type { GroupName, UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { mayApproveGroup, mayDirect, type Direction } from '#domain/upgrade/directions.ts';
import type { HeadEvent } from '#domain/upgrade/event.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import { why as whyHere } from '#domain/upgrade/why.ts';
import type {
  InformationServerTable,
  ParamsOf,
  PreflightView,
  ResultOf,
  UpgradeView,
} from '#protocol/console/contract.ts';
import type { Rows } from '#ports/journal.ts';
import type { Forecast } from '#protocol/console/forecast.ts';
import { deltaBytesTo, type DeltaBytes } from '../content/deltas-here.ts';
import { limits } from '../limits.ts';
import type { By, Parts } from '../parts.ts';
import { forecastBeforeStart, keepStart } from '../forecast/start-forecast.ts';
import { ownComponent } from '../seen.ts';
import { headOf, meantBy, viewUpgrade } from './upgrade-view.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

export type Prepared = {
  readonly plan: UpgradePlan;
  readonly release: Release;
  readonly preflight: Preflight;
};

/** Reads a plan file as it would be started now. */
export async function prepare(
  parts: Parts,
  input: { readonly text: string; readonly file: string; readonly acknowledged: boolean },
): Promise<Result<Prepared>> {
  const { rows } = parts.site.journal;
  await takeInventory(parts);
  const fleet = await rows.fleet.servers();
  const releases = await rows.catalogue.releases();
  const { acknowledged } = input;
  const now = parts.site.clock.now();
  const context = { now, fleet, releases, acknowledged };
  const read = parts.readPlan(input.text, input.file, context);
  if (!read.ok) return read;
  return examine(parts, read.value, fleet);
}

/** A disk may have been emptied, or filled, since its server said hello. */
export async function takeInventory({ sessions, loop }: Parts): Promise<void> {
  await sessions.takeInventory();
  // What was said stands in the rows behind this.
  await loop.submit(async () => []);
}

/** What a plan would do here, and what stands against it. */
export async function examine(
  parts: Parts,
  plan: UpgradePlan,
  fleet: readonly FleetServer[],
): Promise<Result<Prepared>> {
  const { site } = parts;
  const { component, version, digest } = plan.release;
  const release = await site.journal.rows.catalogue.release(digest);
  if (release === null) return refuse(problem('RELEASE_UNKNOWN', { component, version }));
  if (release.manifest.lane !== 'program') {
    return refuse(problem('RELEASE_NOT_A_PROGRAM', { component }));
  }
  const manager = await parts.agent.controlManager();
  const isFresh = manager !== null && site.clock.now() - manager.seen < limits.levelFreshMs;
  const facts = {
    programVersion: site.self.version,
    programOrdering: 'decimal',
    controlManager: isFresh ? manager.level : null,
    // Every delivery passes through this program, so a hold here always holds (S5).
    holdsPossible: true,
  } as const;
  const deltaBytes = await deltaBytesTo(site, release);
  const servers = fleet.map((one) => preflightServer(parts, one, deltaBytes));
  const signed = await whatIsSigned(parts, release);
  return ok({
    plan,
    release,
    preflight: preflight({ plan, release, site: facts, servers, signed }),
  });
}

async function whatIsSigned({ site }: Parts, release: Release): Promise<WhatIsSigned> {
  const { component } = release.manifest;
  const known = (await site.journal.rows.catalogue.releases()).filter(
    ({ manifest }) => manifest.component === component,
  );
  const mayReturn = await site.trusted.returns(release);
  return {
    against: await site.trusted.againstProgram(release),
    againstReturn(version) {
      const running = known.find(({ manifest }) => manifest.version === version);
      return mayReturn({ version, returnTo: running?.manifest.returnTo ?? [] });
    },
  };
}

export function preflightServer(
  parts: Parts,
  server: FleetServer,
  deltaBytes: DeltaBytes,
): PreflightServer {
  return {
    server: server.server,
    platform: server.platform,
    memoryBytes: server.memoryBytes,
    diskBytesFree: server.diskBytesFree,
    versions: versionsOf(server, ownComponent),
    connected: parts.sessions.isConnected(server.server),
    withInformationServer: server.withInformationServer,
    deltaBytes: deltaBytes(server),
  };
}

export function preflightView({ preflight: found }: Prepared): PreflightView {
  return {
    go: found.go,
    reasons: found.reasons.map((one) => ({ ...one })),
    precautions: [...found.precautions],
    ...(found.notAtomic && { notAtomic: found.notAtomic }),
    groups: found.groups.map((one) => ({ ...one })),
    unassigned: [...found.unassigned],
  };
}

export async function planUpgrade(
  parts: Parts,
  params: Params<'upgrade.plan'>,
): Answer<'upgrade.plan'> {
  const { acknowledged = false } = params;
  const prepared = await prepare(parts, { ...params, acknowledged });
  return prepared.ok ? ok(preflightView(prepared.value)) : prepared;
}

export async function startUpgrade(
  parts: Parts,
  params: Params<'upgrade.start'>,
  by: By,
): Answer<'upgrade.start'> {
  const { acknowledged = false } = params;
  const prepared = await prepare(parts, { ...params, acknowledged });
  if (!prepared.ok) return prepared;
  const { plan, preflight: found } = prepared.value;
  if (!found.go) return refusedStart(parts, prepared.value, by.name);
  // Before the forecast, for which a refusal need not wait.
  const running = await besideOf(parts.site.journal.rows, plan);
  if (running !== null) return running;
  const made = await forecastBeforeStart(parts, prepared.value);
  const refusal = await begin(parts, prepared.value, { who: by.name, made });
  return refusal ?? viewUpgrade(parts, plan.upgrade);
}

/** The only reason speaks for itself; of several, how many they are. */
export function noGo({ reasons }: Preflight): ReturnType<typeof refuse> {
  const open = reasons.filter((one) => !one.accepted);
  const because = open.length === 1 ? open[0]?.because : undefined;
  return refuse(because ?? problem('PREFLIGHT_FAILED', { count: open.length }));
}

/** What stood against a start that a person wanted stands in the record as well. */
export async function refusedStart(
  { site, loop }: Parts,
  { plan, preflight: found }: Prepared,
  who: string,
): Promise<ReturnType<typeof refuse>> {
  const reasons = found.reasons.filter((one) => !one.accepted).map((one) => one.because.code);
  const detail = { upgrade: plan.upgrade, version: plan.release.version, reasons };
  const at = site.clock.now();
  await loop.submit(async ({ log }) => {
    await log.appendRecord({ at, kind: 'upgrade-refused', who, server: null, detail });
    return [];
  });
  return noGo(found);
}

/** Whoever starts an upgrade says that he read what its release says must be known beforehand. */
async function acknowledge(
  { log }: Rows,
  {
    at,
    who,
    ...detail
  }: {
    readonly at: number;
    readonly who: string;
    readonly precautions: readonly string[];
  },
): Promise<void> {
  if (detail.precautions.length === 0) return;
  await log.appendRecord({ at, kind: 'precautions-acknowledged', who, server: null, detail });
}

/** Nothing or a refusal: from here on the loop goes on by itself. */
export async function begin(
  parts: Parts,
  { plan, release, preflight: found }: Prepared,
  { who, made }: { readonly who: string; readonly made: Result<Forecast> | null },
): Promise<ReturnType<typeof refuse> | null> {
  const { site, loop, upgrades } = parts;
  const now = site.clock.now();
  let refusal: ReturnType<typeof refuse> | null = null;
  await loop.submit(async (rows) => {
    // Asked again within the transaction: two may have been started at once.
    refusal = await besideOf(rows, plan);
    if (refusal !== null) return [];
    const withInformationServer = release.manifest.kind === 'self';
    const first = firstRows(plan, { startedAt: now, withInformationServer });
    await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
    for (const row of first.servers.values()) await rows.upgrades.putRow(plan.upgrade, row);
    const accepted = found.reasons.filter((one) => one.accepted).map((one) => one.because.code);
    const { version } = release.manifest;
    const detail = { version, groups: plan.groups.length, goAhead: plan.goAhead, accepted };
    const kind = 'upgrade-started';
    await rows.log.appendRecord({ at: now, kind, who, server: null, detail });
    await acknowledge(rows, {
      at: now,
      who,
      precautions: plan.precautionsRead ? found.precautions : [],
    });
    await keepStart(rows, plan.upgrade, { at: now, who, made, groups: found.groups });
    return upgrades.tell(rows, plan.upgrade, { to: 'head', event: { type: 'started' } });
  });
  return refusal;
}

async function besideOf(rows: Rows, plan: UpgradePlan): Promise<ReturnType<typeof refuse> | null> {
  const open = await rows.upgrades.openHeads();
  const found =
    (await rows.upgrades.head(plan.upgrade)) ?? open.find((head) => isStandingBeside(head, plan));
  return found === undefined
    ? null
    : refuse(problem('UPGRADE_RUNNING', { upgrade: found.upgrade }));
}

/** One running upgrade of a component at a time; deployments beside it share its limit. */
function isStandingBeside(head: UpgradeHead, plan: UpgradePlan): boolean {
  return head.state !== 'stopped' && head.release.component === plan.release.component;
}

export async function statusOf(
  parts: Parts,
  { upgrade }: Params<'upgrade.status'>,
): Answer<'upgrade.status'> {
  const head = await headOf(parts, upgrade);
  return head.ok ? viewUpgrade(parts, head.value.upgrade) : head;
}

const eventFor = { pause: 'paused', resume: 'resumed', stop: 'stopped' } as const;

export async function direct(
  parts: Parts,
  wanted: Direction,
  { upgrade: named }: Params<'upgrade.pause'>,
  { name: who }: By,
): Promise<Result<UpgradeView>> {
  const found = await meantBy(parts, named);
  if (!found.ok) return found;
  const { upgrade, state, turn } = found.value;
  const groups = await parts.site.journal.rows.upgrades.groups(upgrade);
  const verdict = mayDirect({ upgrade, state, turn: groups[turn]?.state ?? null }, wanted);
  if (!verdict.go) return refuse(verdict.because);
  await tell(parts, upgrade, { type: eventFor[wanted], who });
  return viewUpgrade(parts, upgrade);
}

function tell(
  parts: Parts,
  upgrade: UpgradeId,
  event: HeadEvent,
  group?: GroupName,
): Promise<void> {
  return parts.loop.submit((rows) =>
    parts.upgrades.tell(rows, upgrade, { to: 'head', event, group }),
  );
}

/** The upgrade of which this group waits for somebody's word. */
export async function approvable(
  parts: Parts,
  { upgrade: named, group: name }: Params<'upgrade.approve'>,
): Promise<Result<UpgradeId>> {
  const found = await meantBy(parts, named);
  if (!found.ok) return found;
  const { upgrade } = found.value;
  const group = await parts.site.journal.rows.upgrades.group(upgrade, name);
  if (group === null) return refuse(problem('GROUP_UNKNOWN', { group: name }));
  const verdict = mayApproveGroup(found.value, group);
  if (!verdict.go) return refuse(verdict.because);
  return ok(upgrade);
}

export async function approve(
  parts: Parts,
  params: Params<'upgrade.approve'>,
  { name: who }: By,
): Answer<'upgrade.approve'> {
  const found = await approvable(parts, params);
  if (!found.ok) return found;
  const { group } = params;
  await tell(parts, found.value, { type: 'approved', group, who }, group);
  return viewUpgrade(parts, found.value);
}

export async function why(
  parts: Parts,
  { upgrade: named, server }: Params<'upgrade.why'>,
): Answer<'upgrade.why'> {
  const { rows } = parts.site.journal;
  const known = await rows.fleet.server(server);
  const found = await meantBy(parts, named);
  if (known === null) return refuse(problem('SERVER_UNKNOWN', { server }));
  if (!found.ok) return found;
  const head = found.value;
  const { version } = known.running;
  const because = known.unsigned ?? null;
  const besides =
    because === null ? [] : [problem('SERVER_UNSIGNED', { server, version, because })];
  const row = await rows.upgrades.row(head.upgrade, server);
  if (row === null) {
    // The information server's own computer is upgraded with it (D3), in no group.
    return known.withInformationServer
      ? ok({ server, state: 'idle', because: problem('SERVER_UP_TO_DATE', { version }), besides })
      : ok({ server, state: 'held', because: problem('SERVER_UNASSIGNED', { server }), besides });
  }
  const plan = await parts.upgrades.plan(rows, head.upgrade);
  const group = await rows.upgrades.group(head.upgrade, row.group);
  if (group === null) return refuse(problem('GROUP_UNKNOWN', { group: row.group }));
  const now = parts.site.clock.now();
  const mainly = whyHere({ plan, head, group, row, now });
  return ok({ server, state: row.state, because: mainly, besides });
}
