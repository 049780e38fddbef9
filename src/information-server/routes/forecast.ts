/** Calls about how an upgrade would go. */

import { ok, type Result } from '#domain/result.ts';
import { isAtomic } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Alternative, ComparisonWish } from '#ports/forecast.ts';
import { makeForecast } from '#ports/forecast-made.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { ForecastDocument } from '#protocol/console/forecast.ts';
import { deltaBytesTo } from '../content/deltas-here.ts';
import { isLevel, pastUpgrades, requestOf } from '../forecast/forecast-request.ts';
import type { ForecastWork } from '../forecast/forecasts.ts';
import type { Parts } from '../parts.ts';
import { prepare, type Prepared } from './upgrades.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

type Planned = Prepared & { readonly file: string };

export async function beginForecast(
  parts: Parts,
  wish: Params<'forecast.begin'>,
): Answer<'forecast.begin'> {
  const planned: Planned[] = [];
  for (const { file, text, acknowledged = false } of wish.plans) {
    const prepared = await prepare(parts, { file, text, acknowledged });
    if (!prepared.ok) return prepared;
    planned.push({ ...prepared.value, file });
  }
  const fleet = await parts.site.journal.rows.fleet.servers();
  return parts.forecasts.begin(workOf(parts, { planned, fleet, wish }));
}

type Asked = {
  readonly planned: readonly Planned[];
  readonly fleet: readonly FleetServer[];
  readonly wish: Params<'forecast.begin'>;
};

function workOf(parts: Parts, { planned, fleet, wish }: Asked): ForecastWork<ForecastDocument> {
  const now = parts.site.clock.now();
  const { self } = parts.site;
  const budget = parts.budgets.forecast;
  return async (forecaster, how) => {
    const past = await pastUpgrades(parts.site);
    const habits = await forecaster.habits(past, how.signal);
    if (!habits.ok) return habits;
    const alternatives: Alternative[] = [];
    for (const one of planned) {
      const deltaBytes = await deltaBytesTo(parts.site, one.release);
      const request = requestOf(one, { fleet, now, self, budget, ...wish, deltaBytes });
      alternatives.push({ name: one.file, request: { ...request, habits: habits.value } });
    }
    const asked = { alternatives, wish: comparisonWish(parts, wish) };
    const made = await makeForecast(forecaster, asked, how);
    if (!made.ok) return made;
    const plans = planned.map(({ file, preflight, release }, place) => ({
      file,
      ...(!isAtomic(release.manifest) && { notAtomic: true as const }),
      ...(isLevel(alternatives[place]?.request) ? { allRun: release.manifest.version } : {}),
      servers: preflight.groups.reduce((sum, { servers }) => sum + servers, 0),
      linkBitsPerSecond: alternatives[place]?.request.linkBitsPerSecond ?? null,
      standsAgainst: preflight.reasons
        .filter(({ accepted }) => !accepted)
        .map(({ because }) => because),
    }));
    return ok({ madeAt: now, site: parts.site.name, plans, ...made.value });
  };
}

/** What the methods are compared by (S6); null: they are not. */
function comparisonWish(parts: Parts, { compare }: Asked['wish']): ComparisonWish | null {
  const { contentOnlyFromControlManager } = parts;
  if (compare === undefined) return null;
  return { local: { by: 'local-installation', ...compare }, contentOnlyFromControlManager };
}

export async function lookAtForecast(
  { forecasts }: Parts,
  { forecast }: Params<'forecast.look'>,
): Answer<'forecast.look'> {
  return forecasts.look(forecast);
}

export async function stopForecast(
  { forecasts }: Parts,
  { forecast }: Params<'forecast.stop'>,
): Answer<'forecast.stop'> {
  return forecasts.stop(forecast);
}
