/**
 * Takes over a new list of what this server should have. Only a fence at least as high as any
 * that was obeyed counts; what is under way for the same digest goes on.
 */

import { compareFences, type Cause, type Fence } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { change, type Item, type Progress } from './progress.ts';
import {
  itemOf,
  only,
  report,
  type Action,
  type Event,
  type Moment,
  type State,
  type Step,
} from './state.ts';

type Wanted = Extract<Event, { type: 'wanted' }>;

export function wanted(state: State, event: Wanted, moment: Moment): Step {
  if (compareFences(event.fence, state.fence) < 0) {
    const { epoch } = event.fence;
    const because = problem('EPOCH_STALE', { epoch, current: state.fence.epoch });
    return only(state, { do: 'log', because });
  }
  const before = state.items;
  const items = event.items.map((item) => itemWanted(state, item, event.fence, moment));
  const isNew = event.items.some((item) => itemOf(state, item) === undefined);
  const wait = isNew ? state.standing.jitterMilliseconds * moment.chance : 0;
  const next: State = {
    ...state,
    fence: event.fence,
    obeyed: true,
    items,
    returns: triedUnder(event.fence, state.returns, items),
    fetchFrom: Math.max(state.fetchFrom, moment.now + wait),
  };
  const abandoned = before.filter(
    (item) => item.progress.state === 'downloading' && itemOf(next, item.wanted) === undefined,
  );
  // An outcome is repeated before its component is tried anew.
  const outcomes = event.items
    .map((item) => knownItem(state, item))
    .filter(({ progress }) => progress.state === 'returned');
  return {
    state: next,
    actions: [
      ...(compareFences(event.fence, state.fence) > 0 ? [{ do: 'remember' } as const] : []),
      ...abandoned.map((item): Action => ({ do: 'abandon', item: item.wanted })),
      { do: 'keep-downloads', digests: event.items.map(({ digest }) => digest) },
      ...outcomes.map(report),
      ...items.filter(({ progress }) => !['idle', 'returned'].includes(progress.state)).map(report),
    ],
  };
}

function knownItem(state: State, item: WantedItem): Item {
  const known = itemOf(state, item);
  return { progress: beginning(state, item), failures: 0, ...known, wanted: item };
}

function itemWanted(state: State, item: WantedItem, fence: Fence, { now }: Moment): Item {
  const kept = knownItem(state, item);
  const isAsked = attemptOf(item) > attemptOf(itemOf(state, item)?.wanted ?? item);
  const isHigher = compareFences(fence, state.fence) > 0;
  const { progress } = kept;
  if (progress.state === 'staged') return { ...kept, progress: { ...progress, askAt: now } };
  // Whether what returned is tried again is decided above: a lease must be granted anew.
  const isAnew =
    (progress.state === 'failed' && (isAsked || mayRetry(progress.cause, isHigher))) ||
    (progress.state === 'returned' && compareFences(fence, progress.return.fence) > 0);
  const next = isAnew ? change(kept, { state: 'idle' }) : kept;
  return isAsked ? { ...next, failures: 0 } : next;
}

/** A person who resumes an upgrade wants another try; the first programs do not say so. */
function attemptOf({ attempt = 0 }: WantedItem): number {
  return attempt;
}

/** A package that was wrong stays wrong for a while, however often it is named. */
function mayRetry(cause: Cause, isHigher: boolean): boolean {
  return cause === 'network' || (isHigher && cause !== 'signature');
}

/** What failed here is tried once for each fence, and is said to have failed until then. */
function triedUnder(
  fence: Fence,
  returns: State['returns'],
  items: readonly Item[],
): State['returns'] {
  const tried = new Map(returns);
  for (const { wanted: item } of items) {
    const earlier = returns.get(item.component);
    if (earlier?.digest === item.digest) tried.set(item.component, { ...earlier, fence });
  }
  return tried;
}

function beginning(state: State, item: WantedItem): Progress {
  const { component, digest } = item;
  if (state.underway?.component === component && state.underway.digest === digest) {
    return { state: 'proving' };
  }
  if (state.installed.get(component) === digest) return { state: 'installed' };
  const earlier = state.returns.get(component);
  if (earlier?.digest === digest) return { state: 'returned', return: earlier };
  return { state: 'idle' };
}
