/**
 * Decides what a normal server does next: what it should have against what it has. Pure: it sees
 * events and monotonic milliseconds, and answers with the new state and actions. A lost, repeated
 * or late message leads to the same end. Absent: disks, links, and how a program is installed.
 */

import { invariant } from '#domain/result.ts';
import { limits } from './limits.ts';
import { change, type Item, type Progress, type ProgressState } from './progress.ts';
import {
  itemOf,
  only,
  replaceItem,
  report,
  type Action,
  type Event,
  type Moment,
  type Of,
  type State,
  type Step,
} from './state.ts';
import { wanted } from './wanted.ts';

/** One event; then everything that has become possible or overdue. */
export function reconcile(state: State, event: Event, moment: Moment): Step {
  const decided = decide(state, event, moment);
  const advanced = advance(decided.state, moment);
  return { state: advanced.state, actions: [...decided.actions, ...advanced.actions] };
}

function decide(state: State, event: Event, moment: Moment): Step {
  switch (event.type) {
    case 'tick':
      return only(state);
    case 'session-open':
      return only({ ...state, obeyed: false });
    case 'session-closed':
      return only(sessionClosed(state, moment));
    case 'wanted':
      return wanted(state, event, moment);
    case 'staged':
      return moveWhere(state, event, ['downloading'], () => ({
        state: 'staged',
        askAt: moment.now,
      }));
    case 'stage-failed':
      return failed(state, event, ['downloading'], moment);
    case 'not-remembered':
      return failed(state, event, ['asking', 'confirming'], moment);
    case 'lease':
      return leased(state, event);
    case 'refused':
      return refusedLease(state, event.request, moment);
    case 'prepared':
      return prepared(state, event, moment);
    case 'confirmed':
      return confirmed(state, event, moment);
    case 'underway':
      return only(underway(state, event));
    case 'proving':
      return moveWhere(state, event, ['switching'], () => ({ state: 'proving' }));
    case 'installed':
    case 'returned':
    case 'switch-failed':
      return switchEnded(state, event, moment);
  }
}

/** Moves the item that the event is about, if it is still in one of these states; and tells. */
function moveWhere(
  state: State,
  of: Of,
  from: readonly ProgressState[],
  to: (item: Item) => Progress,
): Step {
  const item = itemOf(state, of);
  if (item === undefined || !from.includes(item.progress.state)) return only(state);
  const after = change(item, to(item));
  return only(replaceItem(state, item, after), report(after));
}

/** A lease that was not yet used is given up with its session: no answer, no switch. */
function sessionClosed(state: State, moment: Moment): State {
  const items = state.items.map((item) =>
    ['asking', 'leased', 'confirming'].includes(item.progress.state)
      ? change(item, withoutLease(state, item, moment))
      : item,
  );
  return { ...state, obeyed: false, items };
}

/** Asks again later; what has failed here waits for a higher fence instead. */
function withoutLease(state: State, item: Item, { now, chance }: Moment): Progress {
  const earlier = state.returns.get(item.wanted.component);
  if (earlier?.digest === item.wanted.digest) {
    return { state: 'returned', return: earlier };
  }
  return { state: 'staged', askAt: now + limits.askAgainMilliseconds * (0.5 + chance) };
}

function pauseAfter(failures: number, { now, chance }: Moment): number {
  const whole = limits.retryMillisecondsMin * 2 ** Math.min(failures, 20);
  return now + Math.min(limits.retryMillisecondsMax, whole) * (0.5 + chance / 2);
}

/** Until it has ended, what the disk calls current is not installed. */
function underway(
  state: State,
  { component, digest, before }: Extract<Event, { type: 'underway' }>,
): State {
  const installed = new Map(state.installed);
  if (before === null) installed.delete(component);
  else installed.set(component, before);
  return { ...state, installed, underway: { component, digest } };
}

type Failed = Extract<Event, { type: 'stage-failed' | 'not-remembered' | 'switch-failed' }>;

function failedProgress(item: Item, { because, cause }: Failed, moment: Moment): Progress {
  return { state: 'failed', because, cause, retryAt: pauseAfter(item.failures, moment) };
}

function failed(state: State, event: Failed, from: readonly ProgressState[], moment: Moment): Step {
  const item = itemOf(state, event);
  if (item === undefined || !from.includes(item.progress.state)) return only(state);
  const after = change(item, failedProgress(item, event, moment));
  const counted = { ...after, failures: item.failures + 1 };
  return only(replaceItem(state, item, counted), report(counted));
}

function leased(state: State, event: Extract<Event, { type: 'lease' }>): Step {
  const item = state.items.find(
    ({ progress }) => progress.state === 'asking' && progress.request === event.request,
  );
  if (item?.progress.state !== 'asking' || item.wanted.digest !== event.digest) return only(state);
  const until = item.progress.since + event.seconds * 1_000;
  const after = change(item, { state: 'leased', lease: { id: event.lease, until } });
  return only(replaceItem(state, item, after), { do: 'prepare', item: item.wanted });
}

function refusedLease(state: State, request: number, moment: Moment): Step {
  const item = state.items.find(
    ({ progress }) => progress.state === 'asking' && progress.request === request,
  );
  if (item === undefined) return only(state);
  const after = change(item, withoutLease(state, item, moment));
  return only(replaceItem(state, item, after));
}

function prepared(
  state: State,
  event: Extract<Event, { type: 'prepared' }>,
  { now }: Moment,
): Step {
  const item = itemOf(state, event);
  if (item?.progress.state !== 'leased') return only(state);
  const { lease } = item.progress;
  if (!event.intact) return only(replaceItem(state, item, change(item, { state: 'idle' })));
  const deadline = Math.min(now + limits.confirmMilliseconds, lease.until);
  const after = change(item, { state: 'confirming', lease, deadline });
  return only(replaceItem(state, item, after), {
    do: 'confirm',
    item: item.wanted,
    lease: lease.id,
  });
}

function confirmed(
  state: State,
  event: Extract<Event, { type: 'confirmed' }>,
  moment: Moment,
): Step {
  const item = state.items.find(
    ({ progress }) => progress.state === 'confirming' && progress.lease.id === event.lease,
  );
  if (item?.progress.state !== 'confirming') return only(state);
  const inTime = moment.now < item.progress.deadline;
  if (!event.go || !inTime) {
    const after = change(item, withoutLease(state, item, moment));
    return only(replaceItem(state, item, after));
  }
  const after = change(item, { state: 'switching' });
  const { component, digest } = item.wanted;
  return only(
    { ...replaceItem(state, item, after), underway: { component, digest } },
    { do: 'switch', item: item.wanted, lease: item.progress.lease },
    report(after),
  );
}

type Ended = Extract<Event, { type: 'installed' | 'returned' | 'switch-failed' }>;

/** The end of a switch counts for what is installed here, whatever is wanted by now. */
function switchEnded(state: State, event: Ended, moment: Moment): Step {
  const { component, digest } = event;
  const isUnderway = state.underway?.component === component && state.underway.digest === digest;
  const installed = new Map(state.installed);
  const returns = new Map(state.returns);
  if (event.type === 'installed') {
    installed.set(component, digest);
    if (returns.get(component)?.digest === digest) returns.delete(component);
  }
  const { fence } = state;
  if (event.type === 'returned') {
    returns.set(component, { digest, fence, cause: event.cause, detail: event.detail });
    if (event.isNoneLeft === true) installed.delete(component);
  }
  const items = event.type === 'installed' ? ousted(state, event) : state.items;
  const underway = isUnderway ? null : state.underway;
  const next = { ...state, items, installed, returns, underway };
  const item = itemOf(next, event);
  if (item === undefined || !['switching', 'proving'].includes(item.progress.state)) {
    return only(next, { do: 'remember' });
  }
  const after = { ...change(item, endProgress(next, item, event, moment)), failures: 0 };
  return only(replaceItem(next, item, after), { do: 'remember' }, report(after));
}

/** What was current when it was wanted again is not any more: another switch has ended since. */
function ousted({ items }: State, { component, digest }: Of): State['items'] {
  return items.map((item) => {
    const { wanted: of, progress } = item;
    const isOusted = of.component === component && of.digest !== digest;
    return isOusted && progress.state === 'installed' ? change(item, { state: 'idle' }) : item;
  });
}

function endProgress(state: State, item: Item, event: Ended, moment: Moment): Progress {
  if (event.type === 'installed') return { state: 'installed' };
  if (event.type === 'switch-failed') return failedProgress(item, event, moment);
  const earlier = state.returns.get(event.component);
  invariant(earlier !== undefined, 'a return is remembered before it is told');
  return { state: 'returned', return: earlier };
}

/** Does all that has become possible, and gives up what is over its time. */
function advance(before: State, moment: Moment): Step {
  let state = before;
  const actions: Action[] = [];
  for (const item of before.items) {
    const step = advanceItem(state, item, moment);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}

function advanceItem(state: State, item: Item, moment: Moment): Step {
  const { now } = moment;
  const { progress } = item;
  const again = (): Step =>
    only(replaceItem(state, item, change(item, withoutLease(state, item, moment))));
  switch (progress.state) {
    case 'failed':
      if (now < progress.retryAt) return only(state);
      return fetchIfFree(replaceItem(state, item, change(item, { state: 'idle' })), item, moment);
    case 'idle':
      return fetchIfFree(state, item, moment);
    case 'staged':
      return goOn(state, item, progress.askAt, moment);
    case 'asking':
      return now < progress.since + limits.askMilliseconds ? only(state) : again();
    case 'leased':
      return now < progress.lease.until ? only(state) : again();
    case 'confirming':
      return now < progress.deadline ? only(state) : again();
    case 'downloading':
    case 'switching':
    case 'proving':
    case 'installed':
    case 'returned':
      return only(state);
  }
}

function fetchIfFree(state: State, of: Item, { now }: Moment): Step {
  const item = itemOf(state, of.wanted);
  if (item === undefined || now < state.fetchFrom || isLeftToOthers(state, item)) {
    return only(state);
  }
  // A large program on a thin link must not keep a pattern waiting, so the lanes do not share.
  const busy = state.items.filter(
    (one) => one.progress.state === 'downloading' && one.wanted.lane === item.wanted.lane,
  ).length;
  if (busy >= limits.stagingMax) return only(state);
  const after = change(item, { state: 'downloading' });
  return only(replaceItem(state, item, after), { do: 'stage', item: item.wanted }, report(after));
}

function isLeftToOthers({ standing }: State, { wanted: { component } }: Item): boolean {
  return standing.withInformationServer && component === standing.self;
}

/**
 * Content is switched at once, but only while whoever could withdraw it is heard; a program asks
 * first, one at a time.
 */
function goOn(state: State, item: Item, askAt: number, { now }: Moment): Step {
  if (item.wanted.lane === 'content') {
    if (!state.obeyed) return only(state);
    const after = change(item, { state: 'switching' });
    const action: Action = { do: 'switch', item: item.wanted, lease: null };
    return only(replaceItem(state, item, after), action);
  }
  const isBusy =
    state.underway !== null ||
    state.items.some(({ progress }) => ['asking', 'leased', 'confirming'].includes(progress.state));
  if (isBusy || !state.obeyed || now < askAt) return only(state);
  const request = state.requests + 1;
  const after = change(item, { state: 'asking', request, since: now });
  return only(
    { ...replaceItem(state, item, after), requests: request },
    { do: 'ask', item: item.wanted, request },
  );
}
