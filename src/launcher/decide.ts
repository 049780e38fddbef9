/**
 * Decides what the launcher does next with one track. Pure: no clock, no process, no file; the
 * answer is the track as it is now and the commands to carry out, in order, before the next
 * event. Every command may be repeated without harm, because a kill can fall anywhere.
 */

import type { Outcome } from '#protocol/launcher/messages.ts';
import { committedOutcome, returnedOutcome, type Change, type Wanted } from './entries.ts';
import { limits } from './limits.ts';
import {
  successors,
  type Command,
  type Conduct,
  type Event,
  type Place,
  type Reason,
  type Standing,
  type Track,
} from './track.ts';

export type Step = { readonly track: Track; readonly commands: readonly Command[] };

export const statusSettingsWrong = 78;

/** Milliseconds until a daemon that ended is started again. */
export function restartDelay(exitsInRow: number, status: number | null): number {
  if (status === statusSettingsWrong) return limits.settingsRestartMilliseconds;
  if (exitsInRow <= 1) return 0;
  return Math.min(limits.restartMillisecondsMax, 1_000 * 2 ** Math.min(exitsInRow - 2, 10));
}

/** One event. `now` is only written down, never compared. */
export function step(track: Track, event: Event, now: number): Step {
  const next = decide(track, event, now);
  const from = track.standing.state;
  const to = next.track.standing.state;
  const allowed: readonly string[] = successors[from];
  if (from !== to && !allowed.includes(to)) {
    throw new Error(`broken invariant: a track went from ${from} to ${to}`);
  }
  return next;
}

function decide(track: Track, event: Event, now: number): Step {
  if ('run' in event && event.run !== track.run) return stay(track);
  switch (event.type) {
    case 'started':
      return started(track);
    case 'asked':
      return asked(track, event, now);
    case 'prepared':
      return prepared(track);
    case 'unprepared':
      return unprepared(track, event, now);
    case 'said':
      return said(track, event, now);
    case 'exited':
      return exited(track, event);
    case 'time-over':
      return timeOver(track);
    case 'over-limit':
      return overLimit(track, event);
    case 'unaccepted':
      return unaccepted(track, event.detail);
    case 'wanted':
      return wantedChanged(track, event.wanted);
    case 'returned':
      return returned(track, event.oldRuns, now);
    case 'ending':
      return ending(track);
  }
}

function stay(track: Track, ...commands: Command[]): Step {
  return { track, commands };
}

const publish: Command = { do: 'publish' };

function newPlace(change: Change): Place {
  return { generation: change.generation, slot: change.to };
}

/** Starts every service of a generation as a new run, unless a person has stopped the track. */
function run(track: Track, place: Place, provingSeconds?: number): Step {
  const number = track.run + 1;
  const fresh: Conduct = { exits: 0, exitsInRow: 0, said: 'nothing', everStarted: false };
  const conduct = Object.fromEntries(track.services.map((service) => [service, fresh]));
  const next = { ...track, run: number, conduct };
  if (track.wanted === 'stopped') return stay(next, publish);
  const commands: Command[] = [{ do: 'start', place, run: number }];
  if (provingSeconds !== undefined) {
    commands.push({ do: 'alarm', run: number, milliseconds: provingSeconds * 1_000 });
  }
  return { track: next, commands: [...commands, publish] };
}

/** Stops every service; from here on the ended run says nothing more. */
function halt(track: Track): Step {
  return { track: { ...track, run: track.run + 1 }, commands: [{ do: 'stop' }] };
}

function then(first: Step, second: (track: Track) => Step): Step {
  const next = second(first.track);
  return { track: next.track, commands: [...first.commands, ...next.commands] };
}

function started(track: Track): Step {
  const { standing } = track;
  switch (standing.state) {
    case 'committed':
      return run(track, track.committed);
    case 'preparing':
      return stay(track, {
        do: 'tell',
        event: {
          type: 'unprepared',
          cause: 'interrupted',
          detail: 'the launcher ended before the switch',
        },
      });
    case 'proving': {
      if (standing.attempts < limits.attemptsMax) return prove(track, standing);
      const detail = `the launcher ended ${standing.attempts} times while this version proved itself`;
      return goBack(track, standing.change, { cause: 'crash', detail });
    }
    case 'returning':
      return goBack(track, standing.change, standing.reason);
    case 'probing':
    case 'trying':
      throw new Error(`broken invariant: ${standing.state} does not outlive its launcher`);
  }
}

type Asked = Extract<Event, { type: 'asked' }>;

function asked(track: Track, event: Asked, now: number): Step {
  const { slot: to, tag } = event;
  if (track.standing.state !== 'committed') {
    return stay(track, { do: 'log', event: 'switch-refused-busy', detail: to });
  }
  const { slot: from, generation: fromGeneration } = track.committed;
  const generation = track.generationMax + 1;
  const proveSeconds = event.proveSeconds;
  const change = { from, to, fromGeneration, generation, tag, proveSeconds };
  if (to === from) return answered(track, committedOutcome(change, now));
  if (!event.slotThere) {
    const reason = { cause: 'start', detail: 'there is no such slot' };
    return answered(track, returnedOutcome(change, reason, now));
  }
  const halted = halt({
    ...track,
    standing: { state: 'preparing', change },
    generationMax: generation,
  });
  const commands: Command[] = [
    { do: 'journal', entry: { type: 'switch', ...change } },
    { do: 'share-runtime', slot: to },
    ...halted.commands,
    { do: 'make-generation', change },
    { do: 'point-current', generation },
    { do: 'journal', entry: { type: 'switched', generation } },
    { do: 'tell', event: { type: 'prepared' } },
  ];
  return { track: halted.track, commands };
}

function answered(track: Track, outcome: Outcome): Step {
  const entry = { type: 'answered', outcome } as const;
  return stay({ ...track, outcome }, { do: 'journal', entry }, publish);
}

function prepared(track: Track): Step {
  const { standing } = track;
  if (standing.state !== 'preparing') return stay(track);
  return prove(track, { state: 'proving', change: standing.change, attempts: 0, probes: 0 });
}

/** Before the new version ever ran: nothing to decide, everything as it was. */
function unprepared(track: Track, reason: Reason, now: number): Step {
  const { standing } = track;
  if (standing.state !== 'preparing') return stay(track);
  const { change } = standing;
  const { generation } = change;
  const { cause, detail } = reason;
  const outcome = returnedOutcome(change, reason, now);
  const back: Track = { ...track, standing: { state: 'committed' }, outcome };
  const running = run(back, track.committed);
  return {
    track: running.track,
    commands: [
      // The fault may have come before the stop.
      { do: 'stop' },
      { do: 'point-current', generation: change.fromGeneration },
      // Space first: the disk may be full, and the old version matters more than the line.
      { do: 'keep-generations', generations: kept(track) },
      ...running.commands.filter((command) => command !== publish),
      { do: 'journal', entry: { type: 'undone', generation, cause, detail } },
      publish,
    ],
  };
}

function kept(track: Track): number[] {
  return [track.committed, track.previous].flatMap((place) => place?.generation ?? []);
}

type Proving = Extract<Standing, { state: 'proving' }>;

function prove(track: Track, standing: Proving): Step {
  const { change, probes } = standing;
  if (track.wanted === 'stopped') return run({ ...track, standing }, newPlace(change));
  const { generation } = change;
  const seconds =
    probes === 0 ? change.proveSeconds : Math.max(change.proveSeconds, limits.probeAgainSeconds);
  const proving = { ...track, standing: { ...standing, attempts: standing.attempts + 1 } };
  const running = run(proving, newPlace(change), seconds);
  const attempt: Command = { do: 'journal', entry: { type: 'attempt', generation } };
  return { track: running.track, commands: [attempt, ...running.commands] };
}

function goBack(track: Track, change: Change, reason: Reason): Step {
  const { generation, fromGeneration } = change;
  const { cause, detail } = reason;
  const oldRuns = track.standing.state === 'probing';
  const returning: Track = { ...track, standing: { state: 'returning', change, reason } };
  const halted = oldRuns ? stay(returning) : halt(returning);
  return {
    track: halted.track,
    commands: [
      { do: 'journal', entry: { type: 'returning', generation, cause, detail } },
      ...halted.commands,
      { do: 'point-current', generation: fromGeneration },
      { do: 'keep-generations', generations: kept(track) },
      { do: 'journal', entry: { type: 'returned', generation } },
      { do: 'tell', event: { type: 'returned', oldRuns } },
    ],
  };
}

function returned(track: Track, oldRuns: boolean, now: number): Step {
  const { standing } = track;
  if (standing.state !== 'returning') return stay(track);
  const outcome = returnedOutcome(standing.change, standing.reason, now);
  const back: Track = { ...track, standing: { state: 'committed' }, outcome };
  return oldRuns ? stay(back, publish) : run(back, track.committed);
}

type Said = Extract<Event, { type: 'said' }>;

function said(track: Track, event: Said, now: number): Step {
  const before = track.conduct[event.service];
  if (before === undefined) return stay(track);
  const what = before.said === 'proven' ? 'proven' : event.what;
  const after: Conduct = { ...before, said: what, everStarted: true };
  const heard = { ...track, conduct: { ...track.conduct, [event.service]: after } };
  const allProven = Object.values(heard.conduct).every((one) => one.said === 'proven');
  const { standing } = track;
  if (!allProven) return stay(heard);
  if (standing.state === 'proving') return commit(heard, standing.change, now);
  if (standing.state === 'probing') {
    const detail = 'the new version had no session in time; the old one has';
    return goBack(heard, standing.change, { cause: 'network', detail });
  }
  return standing.state === 'trying'
    ? previousAccepted(heard, standing.previous, now)
    : stay(heard);
}

function commit(track: Track, change: Change, now: number): Step {
  const next: Track = {
    ...track,
    standing: { state: 'committed' },
    committed: newPlace(change),
    previous: track.committed,
    outcome: committedOutcome(change, now),
  };
  return stay(
    next,
    { do: 'journal', entry: { type: 'committed', generation: change.generation } },
    publish,
    { do: 'keep-generations', generations: kept(next) },
  );
}

type Exited = Extract<Event, { type: 'exited' }>;

function exited(track: Track, event: Exited): Step {
  const before = track.conduct[event.service];
  if (before === undefined) return stay(track);
  const steady = event.ranMilliseconds >= limits.steadyMilliseconds;
  const after: Conduct = {
    exits: before.exits + 1,
    exitsInRow: steady ? 1 : before.exitsInRow + 1,
    said: 'nothing',
    everStarted: before.everStarted || event.ranMilliseconds >= limits.startMillisecondsMax,
  };
  const seen = { ...track, conduct: { ...track.conduct, [event.service]: after } };
  const { standing } = track;
  const tooOften = after.exits > limits.provingExitsMax || event.status === statusSettingsWrong;
  if (tooOften && standing.state === 'proving') {
    const cause = after.everStarted ? 'crash' : 'start';
    const detail = `${event.service} ended ${after.exits} times, last with ${event.detail}`;
    return goBack(seen, standing.change, { cause, detail });
  }
  if (tooOften && standing.state === 'probing') return goForward(seen, standing);
  if (tooOften && standing.state === 'trying') return previousRefused(seen);
  const milliseconds = restartDelay(after.exitsInRow, event.status);
  const { service, run: number } = event;
  const restart: Command = { do: 'restart', service, run: number, milliseconds };
  if (event.status !== statusSettingsWrong) return stay(seen, restart);
  return stay(seen, { do: 'log', event: 'settings-refused', detail: service }, restart);
}

function timeOver(track: Track): Step {
  const { standing } = track;
  if (standing.state === 'probing') return goForward(track, standing);
  if (standing.state === 'trying') return previousRefused(track);
  if (standing.state !== 'proving') return stay(track);
  const unhealthy = track.services.filter((name) => track.conduct[name]?.said === 'nothing');
  if (unhealthy.length > 0) {
    const detail = `not healthy in time: ${unhealthy.join(', ')}`;
    return goBack(track, standing.change, { cause: 'health', detail });
  }
  const { change, probes } = standing;
  const probing: Track = { ...track, standing: { state: 'probing', change, probes: probes + 1 } };
  return then(halt(probing), (halted) => run(halted, track.committed, change.proveSeconds));
}

type OverLimit = Extract<Event, { type: 'over-limit' }>;

/** Before the commit the old version is there for that; afterwards a fresh start has to do. */
function overLimit(track: Track, { service, run: number, what, detail }: OverLimit): Step {
  const { standing } = track;
  if (standing.state === 'proving') return goBack(track, standing.change, { cause: what, detail });
  return stay(
    track,
    { do: 'log', event: `service-${what}`, detail },
    { do: 'end', service, run: number },
  );
}

/** It was proven once, and is of no use any more: perhaps the one before it is. */
function unaccepted(track: Track, detail: string): Step {
  const { standing, previous, committed } = track;
  if (standing.state !== 'committed' || previous === null || track.wanted === 'stopped') {
    return stay(track);
  }
  const trying: Track = { ...track, standing: { state: 'trying', previous } };
  const next = then(halt(trying), (halted) => run(halted, previous, limits.trySeconds));
  const said = `${committed.slot}: ${detail}`;
  return {
    track: next.track,
    commands: [{ do: 'log', event: 'previous-tried', detail: said }, ...next.commands],
  };
}

/** Nothing is removed: the newer one is the previous one now. */
function previousAccepted(track: Track, place: Place, now: number): Step {
  const { slot: from } = place;
  const { slot: to, generation } = track.committed;
  const outcome: Outcome = {
    ended: 'returned',
    from,
    to,
    cause: 'unaccepted',
    detail: 'it had no session for long, and the version before it has',
    tag: '',
    at: now,
  };
  const back: Track = {
    ...track,
    standing: { state: 'committed' },
    committed: place,
    previous: { slot: to, generation },
    outcome,
  };
  return stay(
    back,
    { do: 'point-current', generation: place.generation },
    { do: 'journal', entry: { type: 'answered', outcome } },
    publish,
  );
}

function previousRefused(track: Track): Step {
  const committed: Track = { ...track, standing: { state: 'committed' } };
  return then(halt(committed), (halted) => run(halted, track.committed));
}

/** The old version is no better off: the release is not to blame, and gets more time. */
function goForward(track: Track, standing: Extract<Standing, { state: 'probing' }>): Step {
  const { change, probes } = standing;
  const forward: Command = {
    do: 'journal',
    entry: { type: 'forward', generation: change.generation },
  };
  const next = then(halt(track), (halted) =>
    prove(halted, { state: 'proving', change, attempts: 0, probes }),
  );
  return { track: next.track, commands: [forward, ...next.commands] };
}

function wantedChanged(track: Track, wanted: Wanted): Step {
  if (track.wanted === wanted) return stay(track, publish);
  const journal: Command = { do: 'journal', entry: { type: 'wanted', wanted } };
  const { standing } = track;
  // A probe that a person ends proved nothing; a stop starts the count of attempts afresh.
  const rested: Standing =
    standing.state === 'proving' || standing.state === 'probing'
      ? { state: 'proving', change: standing.change, attempts: 0, probes: standing.probes }
      : standing.state === 'trying'
        ? { state: 'committed' }
        : standing;
  const changed: Track = { ...track, wanted, standing: rested };
  const next = wanted === 'stopped' ? then(halt(changed), shown) : resume(changed);
  return { track: next.track, commands: [journal, ...next.commands] };
}

function shown(track: Track): Step {
  return stay(track, publish);
}

function resume(track: Track): Step {
  const { standing } = track;
  return standing.state === 'proving' ? prove(track, standing) : run(track, track.committed);
}

/** The launcher was asked to end: an open switch goes on at its next start, without blame. */
function ending(track: Track): Step {
  const { standing } = track;
  const halted = halt(track);
  if (standing.state !== 'proving' && standing.state !== 'probing') return halted;
  const { generation } = standing.change;
  const paused: Command = { do: 'journal', entry: { type: 'paused', generation } };
  return { track: halted.track, commands: [paused, ...halted.commands] };
}
