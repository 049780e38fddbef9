/** Holds that people make at the control manager, for all sites or for some. */

import { isOverSite, keepsOffers, type DeliveryHold } from '#domain/delivery/due.ts';
import { keptBack, newestOfEach } from '#domain/delivery/kept-back.ts';
import { holdState, holdWarning } from '#domain/hold/hold.ts';
import { inSeries, placedHolds } from '#domain/hold/series.ts';
import { brand, type HoldId, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import type { Book } from '../book.ts';
import { limits } from '../limits.ts';
import type { By, Context } from './context.ts';

type Table = ControlManagerTable;

/** What it keeps back now: newest of each component, over all sites that it covers. */
function keptBackBy(book: Book, hold: DeliveryHold, now: Instant): HoldView['keepsBack'] {
  if (holdState(hold, now) !== 'active' || !hold.lanes.includes('content')) return [];
  if (!keepsOffers(hold)) return keptBackAtSites(book, hold);
  const items = book
    .due(now)
    .held.filter((one) => isOverSite(hold, one.site))
    .flatMap(({ site, deployment }) => {
      const offered = book.download(deployment.download)?.items ?? [];
      return keptBack(offered, book.site(site)?.status?.contents ?? []);
    });
  return newestOfEach(items).map(({ component, version }) => ({ component, version }));
}

/** One over some components lets offers go: the sites say what it keeps back of them. */
function keptBackAtSites(book: Book, hold: DeliveryHold): HoldView['keepsBack'] {
  const kept = book
    .sites()
    .filter(({ site }) => isOverSite(hold, site))
    .flatMap(({ status }) => status?.keptBack ?? [])
    .filter(({ component }) => hold.components.includes(component))
    .map(({ component, version }) => [`${component} ${version}`, { component, version }] as const);
  return [...new Map(kept).values()];
}

function viewOf(book: Book, hold: DeliveryHold, now: Instant): HoldView {
  const { id, reason, owner, from, releasedAt } = hold;
  const state = holdState(hold, now);
  return {
    id,
    reason,
    owner,
    from,
    until: releasedAt ?? hold.until,
    servers: hold.sites === 'all' ? 'site' : [...hold.sites],
    domains: [],
    lanes: [...hold.lanes],
    components: [...hold.components],
    active: state === 'active',
    planned: state === 'planned',
    series: hold.series ?? null,
    warning: holdWarning(hold, now),
    keepsBack: keptBackBy(book, hold, now),
  };
}

/** Over for longer than people look back. */
function forgotten(book: Book, now: Instant): HoldId[] {
  const limit = now - limits.holdsOverKeptMilliseconds;
  return book
    .holds()
    .filter((hold) => hold.until < limit)
    .map((hold) => hold.id);
}

export function addHold(
  { book, loop, clock }: Context,
  params: ParamsOf<Table, 'hold.add'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'hold.add'>>> {
  return loop.serial(async () => {
    const now = clock.now();
    const { sites, reason, lanes = ['content'], components = [] } = params;
    const unknown = sites === 'all' ? undefined : sites.find((one) => !book.site(one));
    if (unknown !== undefined) {
      return refuse(problem('INFORMATION_SERVER_UNKNOWN', { site: unknown }));
    }
    const newId = (): HoldId => brand(book.nextHoldName());
    const { first, all } = placedHolds(params, { now, newId });
    if (book.holds().length + all.length > limits.holdsMax) {
      return refuse(problem('HOLDS_TOO_MANY', { holdsMax: limits.holdsMax }));
    }
    const holdOf = (times: typeof first): DeliveryHold => {
      return { ...times, reason, owner: who, sites, lanes, components };
    };
    await book.commit({
      holds: all.map(holdOf),
      forgetHolds: forgotten(book, now),
      record: all.map(({ id, from, until }) => {
        const detail = { hold: id, sites, from, until, reason };
        return { at: now, kind: 'hold-placed', who, server: null, detail };
      }),
    });
    await loop.reconcile();
    return ok(viewOf(book, holdOf(first), now));
  });
}

export async function listHolds({
  book,
  clock,
}: Context): Promise<Result<ResultOf<Table, 'hold.list'>>> {
  const now = clock.now();
  const newestFirst = book.holds().toSorted((left, right) => right.from - left.from);
  return ok({ holds: newestFirst.map((hold) => viewOf(book, hold, now)) });
}

/** The hold, if it can be released now. */
export function releasable(
  { book, clock }: Context,
  params: ParamsOf<Table, 'hold.release'>,
): Result<DeliveryHold> {
  const hold = book.hold(params.hold);
  if (hold === undefined) return refuse(problem('HOLD_UNKNOWN', { hold: params.hold }));
  const isOver = !isReleasable(hold, clock.now());
  return isOver ? refuse(problem('HOLD_OVER', { hold: hold.id })) : ok(hold);
}

function isReleasable(hold: DeliveryHold, now: Instant): boolean {
  const state = holdState(hold, now);
  return state === 'active' || state === 'planned';
}

export function releaseHold(
  context: Context,
  params: ParamsOf<Table, 'hold.release'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'hold.release'>>> {
  const { book, loop, clock } = context;
  return loop.serial(async () => {
    const now = clock.now();
    const found = releasable(context, params);
    if (!found.ok) return found;
    const hold = found.value;
    const isMeant = (one: DeliveryHold): boolean =>
      params.series === true ? inSeries(one, hold) : one.id === hold.id;
    const ended = book.holds().filter((one) => isMeant(one) && isReleasable(one, now));
    await book.commit({
      holds: ended.map((one) => ({ ...one, releasedAt: now })),
      record: ended.map(({ id }) => {
        return { at: now, kind: 'hold-released', who, server: null, detail: { hold: id } };
      }),
    });
    await loop.reconcile();
    return ok(viewOf(book, { ...hold, releasedAt: now }, now));
  });
}
