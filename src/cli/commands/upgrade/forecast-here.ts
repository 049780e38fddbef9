/**
 * A forecast for a fleet that there is no site of yet, made on the computer where it is asked for,
 * with the habits that are stated where no history is known (S4, S6, S7).
 */

import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Alternative, Forecaster, Habits } from '#ports/forecast.ts';
import { makeForecast } from '#ports/forecast-made.ts';
import type { ForecastDocument, ForecastWish } from '#protocol/console/forecast.ts';
import type { Context } from '../../command.ts';
import type { Described, ForecastAsked } from './forecast-options.ts';

type How = Parameters<Forecaster['forecast']>[1];
type Here = ForecastAsked & { readonly described: Described };

/** What stands for the plan where no file was named. */
export const noFile = 'upgrade';

export async function forecastHere(
  context: Pick<Context, 'forecaster' | 'readDescribedPlan' | 'readText' | 'now'>,
  asked: Here,
  how: How,
): Promise<Result<ForecastDocument>> {
  const { forecaster } = context;
  const habits = await forecaster.habits([], how.signal);
  if (!habits.ok) return habits;
  const now = context.now();
  const alternatives: Alternative[] = [];
  for (const file of asked.files.length === 0 ? [null] : asked.files) {
    const plan = await planOf(context, { file, asked, now });
    if (!plan.ok) return plan;
    const linkBitsPerSecond = asked.wish.linkBitsPerSecond ?? plan.value.linkBitsPerSecond;
    if (linkBitsPerSecond === null) return refuse(problem('FORECAST_LINK_ABSENT', {}));
    const { wish, described } = asked;
    const given = { wish, described, linkBitsPerSecond, habits: habits.value, now };
    alternatives.push({ name: file ?? noFile, request: requestOf(plan.value, given) });
  }
  const { compare } = asked.wish;
  const wish =
    compare === undefined
      ? null
      : {
          local: { by: 'local-installation', ...compare } as const,
          contentOnlyFromControlManager: null,
        };
  const made = await makeForecast(forecaster, { alternatives, wish }, how);
  if (!made.ok) return made;
  const plans = alternatives.map(({ name, request }) => ({
    file: name,
    servers: request.servers.length,
    linkBitsPerSecond: request.linkBitsPerSecond,
    standsAgainst: [],
  }));
  return ok({ madeAt: now, site: null, plans, ...made.value });
}

/** `A` to `Z`, then `G27` and on. */
function groupNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    at < 26 ? String.fromCodePoint(65 + at) : `G${at + 1}`,
  );
}

async function planOf(
  { readDescribedPlan, readText }: Pick<Context, 'readDescribedPlan' | 'readText'>,
  { file, asked, now }: { readonly file: string | null; readonly asked: Here; now: number },
): Promise<Result<UpgradePlan>> {
  const { servers, groups } = asked.described;
  const sizes = typeof groups === 'object' ? groups : null;
  const facts = { now, servers, sizes };
  if (file !== null) {
    const text = await readText(file);
    return text.ok ? readDescribedPlan(text.value, file, facts) : text;
  }
  // Whatever is not said has the default of a plan file. JSON is YAML.
  const plan = {
    upgrade: noFile,
    release: { version: 'next' },
    groups: groupNames(sizes?.length ?? Number(groups ?? 1)).map((name) => ({ name })),
  };
  return readDescribedPlan(JSON.stringify(plan), noFile, facts);
}

function requestOf(
  plan: UpgradePlan,
  given: {
    readonly wish: ForecastWish;
    readonly described: Described;
    readonly linkBitsPerSecond: number;
    readonly habits: Habits;
    readonly now: number;
  },
): Alternative['request'] {
  const { packageBytes: fetchBytes } = given.described;
  const toDo = (server: ServerId) => ({ server, fetchBytes, state: 'to-do' as const });
  return {
    plan,
    servers: plan.groups.flatMap(({ servers }) => servers.map(toDo)),
    startsAt: given.now,
    linkBitsPerSecond: given.linkBitsPerSecond,
    serverBitsPerSecond: null,
    withInformationServer: plan.release.component === brand('program'),
    releaseDigest: plan.release.digest,
    habits: given.habits,
    runs: given.wish.runs,
    seed: given.wish.seed,
  };
}
