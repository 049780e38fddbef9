/** An upgrade as the console shows it. */

import { judge } from '#domain/gate/gate.ts';
import type { UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { inFlight, type UpgradeGroup, type UpgradeHead } from '#domain/upgrade/state.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeRows } from '#ports/journal.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import type { Parts } from '../parts.ts';

/** The upgrade named; else the one that runs (deployments come second); else the newest. */
export async function headOf(
  parts: Parts,
  upgrade: UpgradeId | undefined,
): Promise<Result<UpgradeHead>> {
  const { upgrades } = parts.site.journal.rows;
  const head = upgrade === undefined ? await foremost(upgrades) : await upgrades.head(upgrade);
  if (head === undefined || head === null) {
    if (upgrade === undefined) return refuse(problem('NO_UPGRADE_YET', {}));
    return refuse(problem('UPGRADE_UNKNOWN', { upgrade }));
  }
  return ok(head);
}

/**
 * The upgrade that a person means: the one he names; else the only one that runs, or the newest
 * where none does. Where several run nothing is guessed: what he says may stop the wrong one.
 */
export async function meantBy(
  parts: Parts,
  upgrade: UpgradeId | undefined,
): Promise<Result<UpgradeHead>> {
  if (upgrade !== undefined) return headOf(parts, upgrade);
  const running = await runningHeads(parts.site.journal.rows.upgrades);
  if (running.length < 2) return headOf(parts, running[0]?.upgrade);
  const upgrades = running.map((head) => head.upgrade).join(', ');
  return refuse(problem('UPGRADE_AMBIGUOUS', { upgrades }));
}

async function foremost(upgrades: UpgradeRows): Promise<UpgradeHead | undefined> {
  const running = await runningHeads(upgrades);
  const first = running.find((head) => head.form === 'upgrade') ?? running[0];
  return first ?? (await upgrades.heads(1))[0];
}

const runningHeads = async (upgrades: UpgradeRows): Promise<readonly UpgradeHead[]> =>
  (await upgrades.openHeads()).filter((head) => head.finishedAt === null);

export async function viewUpgrade(parts: Parts, upgrade: UpgradeId): Promise<Result<UpgradeView>> {
  const { rows } = parts.site.journal;
  const found = await headOf(parts, upgrade);
  if (!found.ok) return found;
  const head = found.value;
  const plan = await parts.upgrades.plan(rows, upgrade);
  const groups = await rows.upgrades.groups(upgrade);
  return ok({
    upgrade: head.upgrade,
    form: head.form,
    component: head.release.component,
    version: head.release.version,
    state: head.state,
    because: head.because,
    startedAt: head.startedAt,
    finishedAt: head.finishedAt,
    mixedUntil: head.mixedUntil,
    inFlight: groups.reduce((sum, group) => sum + inFlight(group.counts), 0),
    inFlightMax: plan.inFlightMax,
    leaseSeconds: plan.leaseSeconds,
    bytesReceived: await bytesOf(parts, plan),
    groups: groups.map((group) => viewGroup(plan, group)),
  });
}

async function bytesOf(parts: Parts, plan: UpgradePlan): Promise<number> {
  const planned = new Set(plan.groups.flatMap((group) => group.servers));
  const { digest } = plan.release;
  return (await parts.site.journal.rows.fleet.servers())
    .filter((one) => planned.has(one.server))
    .reduce((sum, one) => sum + parts.fleetEvents.bytesReceived(one, digest), 0);
}

function viewGroup(plan: UpgradePlan, group: UpgradeGroup): UpgradeView['groups'][number] {
  const planned = plan.groups.find((one) => one.name === group.name);
  const rule = planned?.gate ?? { percentMin: 0, sampleMin: 0, soakSeconds: 0 };
  return {
    name: group.name,
    state: group.state,
    because: group.because,
    from: planned?.from ?? 0,
    openedAt: group.openedAt,
    closedAt: group.closedAt,
    counts: { ...group.counts },
    gate: {
      percentMin: rule.percentMin,
      sampleMin: rule.sampleMin,
      leased: group.gate.leased,
      healthy: group.gate.healthy,
      failedBy: { ...group.gate.failedBy },
      verdict: judge(rule, group.gate, group.name).verdict,
    },
  };
}
