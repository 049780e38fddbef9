/** Calls about budgets: what counts now, and a person's change of it, which counts at once. */

import { scopeText, speedsAt, type BudgetScope, type Speeds } from '#domain/budget/budget.ts';
import { brand, type UpgradeId } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { BudgetView } from '#protocol/console/budget-calls.ts';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;

const minuteMs = 60_000;
const bits = (bytesPerSecond: number | null): number | null =>
  bytesPerSecond === null ? null : bytesPerSecond * 8;

export async function showBudget({ budgets, traffic, site }: Parts): Promise<Result<BudgetView>> {
  const { budget, changes } = budgets;
  const set = speedsAt(budget, [], site.clock.now());
  const counts = budgets.speeds();
  const { transfers, bytesPerSecond } = traffic.underWay;
  const limit = (of: BudgetView['limits'][number]['of']): BudgetView['limits'][number] => ({
    of,
    set: bits(speedOf(set, of)),
    now: bits(speedOf(counts, of)),
    change: changes.find((one) => scopeText(one.of) === scopeText(of)) ?? null,
  });
  return ok({
    limits: [
      limit({ kind: 'site' }),
      limit({ kind: 'server' }),
      ...budget.links.map(({ name, domains }) => ({
        ...limit({ kind: 'link', name }),
        domains: [...domains],
      })),
      ...budget.upgrades.map(({ name }) =>
        limit({ kind: 'upgrade', name: brand<UpgradeId>(name) }),
      ),
    ],
    nextChangeAt: budgets.nextChangeAt(),
    transfers,
    bitsPerSecond: bits(bytesPerSecond),
  });
}

function speedOf(speeds: Speeds, of: BudgetScope): number | null {
  if (!('name' in of)) return speeds[of.kind];
  return speeds[of.kind === 'link' ? 'links' : 'upgrades'][of.name] ?? null;
}

export async function setBudget(
  parts: Parts,
  { of, bitsPerSecond, minutes, reason }: Params<'budget.set'>,
  { name: who }: By,
): Promise<Result<BudgetView>> {
  const { budgets, loop, site } = parts;
  const against = budgets.against(of);
  if (against !== null) return refuse(against);
  const at = site.clock.now();
  const until = minutes === undefined ? null : at + minutes * minuteMs;
  await loop.submit(async (rows) => {
    const effect = await budgets.change(rows, { of, bitsPerSecond, until, at, who, reason });
    const detail = { of: scopeText(of), bitsPerSecond, until, reason };
    await rows.log.appendRecord({ at, kind: 'budget-changed', who, server: null, detail });
    return [effect];
  });
  return showBudget(parts);
}

export async function resetBudget(
  parts: Parts,
  { of }: Params<'budget.reset'>,
  { name: who }: By,
): Promise<Result<BudgetView>> {
  const { budgets, loop, site } = parts;
  const against = budgets.against(of);
  if (against !== null) return refuse(against);
  const at = site.clock.now();
  await loop.submit(async (rows) => {
    const effect = await budgets.reset(rows, of);
    const detail = { of: scopeText(of) };
    await rows.log.appendRecord({ at, kind: 'budget-reset', who, server: null, detail });
    return [effect];
  });
  return showBudget(parts);
}
