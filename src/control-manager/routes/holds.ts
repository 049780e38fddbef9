/** Holds that people make at the control manager, for all sites or for some. */

import { holdIsActive, type DeliveryHold } from '#domain/delivery/due.ts';
import { keptBack, newestOfEach } from '#domain/delivery/kept-back.ts';
import { brand, type HoldId, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  ControlManagerTable,
  HoldView,
  ParamsOf,
  ResultOf,
} from '#protocol/console/contract.ts';
import type { Book } from '../book.ts';
import { limits } from '../limits.ts';
import type { By, Context } from './context.ts';

type Table = ControlManagerTable;

function covers(hold: DeliveryHold, site: string): boolean {
  return hold.sites === 'all' || hold.sites.some((one) => one === site);
}

/** What it keeps back now: newest of each component, over all sites that it covers. */
function keptBackBy(book: Book, hold: DeliveryHold, now: Instant): HoldView['keepsBack'] {
  if (!holdIsActive(hold, now)) return [];
  const items = book
    .due(now)
    .held.filter((one) => covers(hold, one.site))
    .flatMap(({ site, deployment }) => {
      const offered = book.download(deployment.download)?.items ?? [];
      return keptBack(offered, book.site(site)?.status?.contents ?? []);
    });
  return newestOfEach(items).map(({ component, version }) => ({ component, version }));
}

function viewOf(book: Book, hold: DeliveryHold, now: Instant): HoldView {
  const { id, reason, owner, from, releasedAt } = hold;
  return {
    id,
    reason,
    owner,
    from,
    until: releasedAt ?? hold.until,
    servers: hold.sites === 'all' ? 'site' : [...hold.sites],
    lanes: ['content'],
    components: [],
    active: holdIsActive(hold, now),
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
    const { sites, reason, minutes } = params;
    const unknown = sites === 'all' ? undefined : sites.find((one) => !book.site(one));
    if (unknown !== undefined) {
      return refuse(problem('INFORMATION_SERVER_UNKNOWN', { site: unknown }));
    }
    if (book.holds().length >= limits.holdsMax) {
      return refuse(problem('HOLDS_TOO_MANY', { holdsMax: limits.holdsMax }));
    }
    const hold: DeliveryHold = {
      id: brand<HoldId>(book.nextHoldName()),
      reason,
      owner: who,
      from: now,
      until: now + minutes * 60_000,
      releasedAt: null,
      sites,
    };
    const detail = { hold: hold.id, sites, until: hold.until, reason };
    await book.commit({
      holds: [hold],
      forgetHolds: forgotten(book, now),
      record: [{ at: now, kind: 'hold-placed', who, server: null, detail }],
    });
    await loop.reconcile();
    return ok(viewOf(book, hold, now));
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
  const isOver = hold.releasedAt !== null || clock.now() >= hold.until;
  return isOver ? refuse(problem('HOLD_OVER', { hold: hold.id })) : ok(hold);
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
    const released = { ...hold, releasedAt: now };
    const detail = { hold: hold.id };
    await book.commit({
      holds: [released],
      record: [{ at: now, kind: 'hold-released', who, server: null, detail }],
    });
    await loop.reconcile();
    return ok(viewOf(book, released, now));
  });
}
