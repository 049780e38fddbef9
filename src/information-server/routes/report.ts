/** The report of an upgrade: its forecast, as journalled before the start, beside what happened. */

import { Account, type Decision, type GroupAccount } from '#domain/report/account.ts';
import { problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import type { UpgradeGroup, UpgradeHead } from '#domain/upgrade/state.ts';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';
import type { Forecast } from '#protocol/console/forecast.ts';
import type { ReportDecision, ReportGroup, UpgradeReport } from '#protocol/console/report.ts';
import { inputsOf } from '../forecast/forecast-request.ts';
import type { Parts } from '../parts.ts';
import { startOf, type Start } from '../forecast/start-forecast.ts';
import { headOf } from './upgrade-view.ts';

export async function reportUpgrade(
  parts: Parts,
  { upgrade }: ParamsOf<InformationServerTable, 'upgrade.report'>,
): Promise<Result<UpgradeReport>> {
  const found = await headOf(parts, upgrade);
  if (!found.ok) return found;
  const head = found.value;
  const { site, fleetEvents } = parts;
  const { rows } = site.journal;
  const account = new Account(head.release.digest);
  for await (const { at, input } of inputsOf(site, head.upgrade)) account.take({ at, ...input });
  const fleet = new Map((await rows.fleet.servers()).map((one) => [one.server, one]));
  const groups = await rows.upgrades.groups(head.upgrade);
  const facts = account.end({
    plan: await parts.upgrades.plan(rows, head.upgrade),
    head,
    groups,
    holds: await rows.holds.holds(head.startedAt),
    bytesOf(name) {
      const server = fleet.get(name);
      return server === undefined ? 0 : fleetEvents.bytesReceived(server, head.release.digest);
    },
    now: site.clock.now(),
  });
  const start = await startOf(rows, head.upgrade);
  const report = { head, groups, facts, start, now: site.clock.now() };
  return ok({ site: site.name, ...reportOf(report) });
}

type Reported = {
  readonly head: UpgradeHead;
  readonly groups: readonly UpgradeGroup[];
  readonly facts: ReturnType<Account['end']>;
  readonly start: Start | null;
  readonly now: number;
};

function reportOf({ head, groups, facts, start, now }: Reported): Omit<UpgradeReport, 'site'> {
  const forecast = start?.forecast ?? null;
  const sum = (name: 'bytes' | 'upgraded' | 'failed' | 'absent'): number =>
    facts.groups.reduce((all, group) => all + group[name], 0);
  const none = problem('FORECAST_ABSENT', { upgrade: head.upgrade });
  return {
    upgrade: head.upgrade,
    component: head.release.component,
    version: head.release.version,
    state: head.state,
    because: head.because,
    madeAt: now,
    startedAt: head.startedAt,
    endsAt: { forecast: forecast?.endsAt ?? null, actual: facts.endsAt },
    heldSeconds: { actual: facts.heldSeconds },
    bytes: { forecast: forecast?.bytes ?? null, actual: sum('bytes') },
    upgraded: { actual: sum('upgraded') },
    failed: { actual: sum('failed') },
    absent: { actual: sum('absent') },
    inFlightMax: { forecast: forecast?.inFlightMax ?? null, actual: facts.inFlightMax },
    personMinutes: { forecast: forecast?.personMinutes ?? null },
    decisions: [...startedBy(start, head), ...facts.decisions.map(plain)],
    mixed: {
      ...facts.mixed,
      endsAt: { forecast: forecast?.mixedEndsAt ?? null, actual: facts.mixed.endsAt },
      inTimeShare: forecast?.mixedInTimeShare ?? null,
    },
    groups: facts.groups.map((one, place) => groupOf(one, groups[place], forecast)),
    forecast,
    forecastAbsent: forecast === null ? (start?.because ?? none) : null,
  };
}

function startedBy(start: Start | null, head: UpgradeHead): ReportDecision[] {
  if (start === null) return [];
  return [{ at: head.startedAt, who: start.who, decision: 'started', group: null }];
}

const plain = (decision: Decision): ReportDecision => ({ ...decision });

function groupOf(
  actual: GroupAccount,
  group: UpgradeGroup | undefined,
  forecast: Forecast | null,
): ReportGroup {
  const { name, vanished, held, inFlightMax } = actual;
  const expected = forecast?.groups.find((one) => one.name === name);
  const counts = Object.values(group?.counts ?? {});
  return {
    name,
    state: group?.state ?? 'waiting',
    because: group?.because ?? null,
    servers: counts.reduce((all, count) => all + count, 0),
    startsAt: { forecast: expected?.startsAt ?? null, actual: actual.startsAt },
    endsAt: { forecast: expected?.endsAt ?? null, actual: actual.endsAt },
    heldSeconds: { forecast: expected?.heldSeconds ?? null, actual: actual.heldSeconds },
    bytes: { forecast: expected?.bytes ?? null, actual: actual.bytes },
    upgraded: { forecast: expected?.upgraded ?? null, actual: actual.upgraded },
    failed: { forecast: expected?.failed ?? null, actual: actual.failed },
    absent: { forecast: expected?.absent ?? null, actual: actual.absent },
    failedBy: { ...actual.failedBy },
    vanished,
    held,
    inFlightMax,
    decisions: actual.decisions.map(plain),
  };
}
