/** Calls about holds: one stated, visible stop with an end (D1). */

import { holdState, holdWarning, mayReleaseByHand, type Hold } from '#domain/hold/hold.ts';
import { inSeries, placedHolds } from '#domain/hold/series.ts';
import { brand, type HoldId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { limits } from '../limits.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;

export async function holdViews(parts: Parts): Promise<HoldView[]> {
  const { site, deliveries, updates } = parts;
  const now = site.clock.now();
  const holds = await site.journal.rows.holds.holds(now);
  const keptBack = await deliveries.keptBack(await updates.keptBack());
  return holds
    .filter((hold) => hold.releasedAt === null)
    .map((hold) => viewOf(hold, now, keptBack));
}

function viewOf(
  hold: Hold,
  now: number,
  keptBack: readonly HoldView['keepsBack'][number][],
): HoldView {
  const { owner, scope } = hold;
  const state = holdState(hold, now);
  const isActive = state === 'active';
  const keeps = isActive && scope.servers === 'site' && scope.lanes.includes('content');
  return {
    id: hold.id,
    reason: hold.reason,
    owner: owner.kind === 'upgrade' ? `upgrade ${owner.upgrade}` : owner.name,
    from: hold.from,
    until: hold.until,
    servers: scope.servers === 'site' ? 'site' : [...scope.servers],
    domains: [...(scope.domains ?? [])],
    lanes: [...scope.lanes],
    components: [...scope.components],
    active: isActive,
    planned: state === 'planned',
    series: hold.series ?? null,
    warning: holdWarning(hold, now),
    keepsBack: keeps
      ? keptBack
          .filter(
            ({ component }) =>
              scope.components.length === 0 || scope.components.includes(component),
          )
          .map(({ component, version }) => ({ component, version }))
      : [],
  };
}

export async function listHolds(parts: Parts): Promise<Result<{ holds: HoldView[] }>> {
  return ok({ holds: await holdViews(parts) });
}

export async function addHold(
  parts: Parts,
  params: Params<'hold.add'>,
  { name: who }: By,
): Promise<Result<HoldView>> {
  const { site, loop } = parts;
  const now = site.clock.now();
  for (const server of params.servers === 'site' ? [] : params.servers) {
    if ((await site.journal.rows.fleet.server(server)) === null) {
      return refuse(problem('SERVER_UNKNOWN', { server }));
    }
  }
  const { servers, domains = [], lanes, components, reason } = params;
  const newId = (): HoldId => brand(site.newId('hold'));
  const { first, all } = placedHolds(params, { now, newId });
  const standing = (await site.journal.rows.holds.holds(now)).filter(
    ({ releasedAt }) => releasedAt === null,
  );
  if (standing.length + all.length > limits.holdsMax) {
    return refuse(problem('HOLDS_TOO_MANY', { holdsMax: limits.holdsMax }));
  }
  const holdOf = (times: typeof first): Hold => {
    const scope = { servers, domains, lanes, components };
    return { ...times, scope, reason, owner: { kind: 'person', name: who } };
  };
  await loop.submit(async (rows) => {
    for (const { id, from, until, ...times } of all) {
      await rows.holds.putHold(holdOf({ id, from, until, ...times }));
      const detail = { hold: id, from, until, reason };
      await rows.log.appendRecord({ at: now, kind: 'hold-placed', who, server: null, detail });
    }
    return [() => parts.holdsChanged()];
  });
  return ok(viewOf(holdOf(first), now, []));
}

/** The hold, if it can be released by hand now. */
export async function releasable(
  { site }: Parts,
  { hold: id }: Params<'hold.release'>,
): Promise<Result<Hold>> {
  const hold = await site.journal.rows.holds.hold(id);
  if (hold === null) return refuse(problem('HOLD_UNKNOWN', { hold: id }));
  const refusal = mayReleaseByHand(hold, site.clock.now());
  return refusal === null ? ok(hold) : refuse(refusal);
}

export async function releaseHold(
  parts: Parts,
  params: Params<'hold.release'>,
  { name: who }: By,
): Promise<Result<HoldView>> {
  const { site, loop } = parts;
  const now = site.clock.now();
  const found = await releasable(parts, params);
  if (!found.ok) return found;
  const hold = found.value;
  await loop.submit(async (rows) => {
    for (const one of await rows.holds.holds(now)) {
      const isMeant = params.series === true ? inSeries(one, hold) : one.id === hold.id;
      if (!isMeant || mayReleaseByHand(one, now) !== null) continue;
      await rows.holds.putHold({ ...one, releasedAt: now });
      const detail = { hold: one.id };
      await rows.log.appendRecord({ at: now, kind: 'hold-released', who, server: null, detail });
    }
    return [() => parts.holdsChanged()];
  });
  return ok(viewOf({ ...hold, releasedAt: now }, now, []));
}
