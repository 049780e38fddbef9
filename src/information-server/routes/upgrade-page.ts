/** Calls about upgrades as a page shows them: the list, one with its plan and forecast, its servers. */

import { packageFor } from '#domain/catalogue/release.ts';
import type { ServerId } from '#domain/names.ts';
import { covers } from '#domain/people/person.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result, type Verdict } from '#domain/result.ts';
import { mayApproveGroup, mayDirect } from '#domain/upgrade/directions.ts';
import { isWhollyLocal } from '#domain/upgrade/method.ts';
import type { PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead } from '#domain/upgrade/state.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { Forecast } from '#protocol/console/forecast.ts';
import {
  plannedWindowsMax,
  upgradeServersMax,
  type ListedUpgrade,
  type PlannedGroupView,
} from '#protocol/console/upgrade-calls.ts';
import { startOf, type Start } from '../forecast/start-forecast.ts';
import { limits } from '../limits.ts';
import type { By, Parts } from '../parts.ts';
import { headOf } from './upgrade-view.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

export async function listUpgrades({ site }: Parts): Answer<'upgrade.list'> {
  const { upgrades: rows } = site.journal.rows;
  const upgrades: ListedUpgrade[] = [];
  for (const head of await rows.heads(limits.upgradesListed)) {
    upgrades.push(listed(head, await rows.groups(head.upgrade)));
  }
  return ok({ upgrades });
}

function listed(head: UpgradeHead, groups: readonly UpgradeGroup[]): ListedUpgrade {
  const sum = (of: (counts: UpgradeGroup['counts']) => number): number =>
    groups.reduce((all, { counts }) => all + of(counts), 0);
  const { upgrade, form, state, because, startedAt, finishedAt, mixedUntil, release } = head;
  return {
    upgrade,
    form,
    component: release.component,
    version: release.version,
    state,
    because,
    startedAt,
    finishedAt,
    mixedUntil,
    groups: groups.length,
    servers: sum((counts) => Object.values(counts).reduce((all, one) => all + one, 0)),
    upgraded: sum(({ upgraded }) => upgraded),
    troubled: sum(({ returned, vanished, held }) => returned + vanished + held),
  };
}

export async function showUpgrade(
  parts: Parts,
  { upgrade }: Params<'upgrade.show'>,
): Answer<'upgrade.show'> {
  const found = await headOf(parts, upgrade);
  if (!found.ok) return found;
  const head = found.value;
  const { rows } = parts.site.journal;
  const plan = await parts.upgrades.plan(rows, upgrade);
  const groups = await rows.upgrades.groups(upgrade);
  const start = await startOf(rows, upgrade);
  const forecast = start?.forecast ?? null;
  const turn = groups[head.turn] ?? null;
  const standing = { upgrade, state: head.state, turn: turn?.state ?? null };
  const bytes = await bytesOf(parts, plan, start);
  return ok({
    now: parts.site.clock.now(),
    turn: head.finishedAt === null ? (turn?.name ?? null) : null,
    not: {
      pause: against(mayDirect(standing, 'pause')),
      resume: against(mayDirect(standing, 'resume')),
      stop: against(mayDirect(standing, 'stop')),
    },
    agentStopped: head.agentStopped,
    agent: { ...plan.agent },
    mixedUntil: head.mixedUntil,
    holdMinutesMax: plan.holdMinutesMax,
    linkBitsPerSecond: plan.linkBitsPerSecond,
    groups: groups.flatMap((group) => {
      const planned = plan.groups.find(({ name }) => name === group.name);
      if (planned === undefined) return [];
      return [plannedView({ head, group, planned, forecast, bytes: bytes(planned) })];
    }),
    forecast:
      forecast === null ? null : { endsAt: forecast.endsAt, mixedEndsAt: forecast.mixedEndsAt },
  });
}

function against(verdict: Verdict) {
  return verdict.go ? null : verdict.because;
}

function plannedView(of: {
  readonly head: UpgradeHead;
  readonly group: UpgradeGroup;
  readonly planned: PlannedGroup;
  readonly forecast: Forecast | null;
  readonly bytes: PlannedGroupView['bytes'];
}): PlannedGroupView {
  const { head, group, planned, forecast, bytes } = of;
  const expected = forecast?.groups.find(({ name }) => name === group.name);
  const { name, servers, from, windows, hold, approve, gate } = planned;
  return {
    name,
    servers: servers.length,
    from,
    windows: windows.slice(0, plannedWindowsMax).map((one) => ({ ...one })),
    hold,
    approve,
    soakSeconds: gate.soakSeconds,
    method: methodOf(planned),
    notApprovable: against(mayApproveGroup(head, group)),
    bytes,
    forecast:
      expected === undefined ? null : { startsAt: expected.startsAt, endsAt: expected.endsAt },
  };
}

function methodOf(planned: PlannedGroup): PlannedGroupView['method'] {
  if (isWhollyLocal(planned)) return 'local-installation';
  return planned.local === undefined || planned.local.length === 0 ? 'deployment' : 'mixed';
}

/**
 * Looked up in memory: a page asks for this once a second while an upgrade runs. What was planned is
 * what the preflight of its start counted; of a start that kept nothing, whole packages.
 */
async function bytesOf(
  { site, fleetIndex, fleetEvents }: Parts,
  plan: UpgradePlan,
  start: Start | null,
): Promise<(group: PlannedGroup) => PlannedGroupView['bytes']> {
  await fleetIndex.opened();
  const { digest } = plan.release;
  const release = await site.journal.rows.catalogue.release(digest);
  return ({ name: group, servers }) => {
    let actual = 0;
    let whole = 0;
    for (const name of servers) {
      const row = fleetIndex.now(name)?.row;
      if (row === undefined) continue;
      actual += fleetEvents.bytesReceived(row, digest);
      if (release !== null) {
        whole += packageFor(release.manifest, row.platform)?.archive.bytes ?? 0;
      }
    }
    const counted = start?.bytes?.find((one) => one.group === group)?.planned;
    return { actual, planned: counted ?? whole };
  };
}

export async function listUpgradeServers(
  parts: Parts,
  { upgrade, group }: Params<'upgrade.servers'>,
  { scope }: By,
): Answer<'upgrade.servers'> {
  const { upgrades } = parts.site.journal.rows;
  if ((await upgrades.group(upgrade, group)) === null) {
    return refuse(problem('GROUP_UNKNOWN', { group }));
  }
  await parts.fleetIndex.opened();
  const rows = await upgrades.rowsIn({ upgrade, group, limit: upgradeServersMax });
  const isSeen = (server: ServerId): boolean => {
    const domain = parts.fleetIndex.now(server)?.row.domain;
    return scope === 'whole' || (domain !== undefined && covers(scope, [domain]));
  };
  const servers = rows
    .filter(({ server }) => isSeen(server))
    .map(({ server, state, cause, because }) => ({ server, state, cause, because }));
  return ok({ servers });
}

export async function showRelease(
  { site }: Parts,
  { component, version }: Params<'release.show'>,
): Answer<'release.show'> {
  const releases = await site.journal.rows.catalogue.releases();
  const found = releases.find(
    ({ manifest }) => manifest.component === component && manifest.version === version,
  );
  if (found === undefined) return refuse(problem('RELEASE_UNKNOWN', { component, version }));
  const { manifest } = found;
  const { kind, appliesTo, needs, rebootRecommended } = manifest;
  return ok({
    component,
    version,
    kind,
    appliesTo: { ...appliesTo },
    needs: { ...needs },
    needsComponents: [...manifest.needsComponents],
    precautions: [...manifest.precautions],
    rebootRecommended,
    returnTo: [...manifest.returnTo],
    packages: manifest.packages.map(({ platform, archive }) => ({
      platform,
      bytes: archive.bytes,
    })),
  });
}
