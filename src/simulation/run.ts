/**
 * One run: a fleet drawn from the seed, its upgrade from the first look of a person to the end,
 * under faults drawn from the same seed, watched by every checker.
 *
 * It ends when the people of all sites are done, or is violated: by a checker, by an error that a
 * program logged, by something thrown, or by a fleet that was mended and still does not end.
 */

import { Violation as CheckerViolation } from './checkers/checker.ts';
import { Watch } from './checkers/watch.ts';
import type { FaultEvent } from './faults/fault.ts';
import { drawFaults } from './faults/faults.ts';
import { Fleet } from './fleet/fleet.ts';
import { drawOptions, type FleetOptions } from './fleet/options.ts';
import type { Observation } from './observation.ts';
import type { Violation } from './violation.ts';
import { World } from './world/world.ts';

export type RunOptions = {
  readonly seed: number;
  /** null: drawn from the seed. */
  readonly servers: number | null;
  /** null: as many as it takes. */
  readonly events: number | null;
  /** Kinds that may happen; null: some, drawn from the seed. */
  readonly faults: readonly string[] | null;
  /** Numbers of those drawn that do happen; null: all. */
  readonly keep: readonly number[] | null;
  /** Until everything is mended; else drawn. */
  readonly milliseconds?: number;
  /** Happens besides what is drawn. */
  readonly script?: (fleet: Fleet) => readonly FaultEvent[];
  /** In place of what the seed says. */
  readonly fleet?: Partial<FleetOptions>;
  /** Told every observation as a line. */
  readonly trace?: (line: string) => void;
};

export type Outcome = {
  readonly end: 'finished' | 'events-used' | 'violation';
  readonly violation: Violation | null;
  /** All that were drawn, also those that were not kept. */
  readonly faultEvents: readonly FaultEvent[];
  readonly servers: number;
  readonly events: number;
  readonly virtualMilliseconds: number;
  /** Of all that was seen: the same for the same seed and options. */
  readonly fingerprint: string;
};

/** A Monday; fleets begin at midnight. */
const startsAt = Date.UTC(2026, 10, 2);
const hourMs = 3_600_000;
/** After the last person was done, for what still goes on by itself. */
const restMs = 20 * 60_000;
/** A mended fleet whose people answer every pause has no reason to take longer. */
const patienceMs = 72 * hourMs;
const serversDrawn = [1, 2, 3, 5, 8, 13, 20, 40];

export async function run(options: RunOptions): Promise<Outcome> {
  const { seed, events, keep } = options;
  const world = new World({ seed, startsAt });
  const shape = world.chance.fork('shape');
  const servers = options.servers ?? shape.pick(serversDrawn);
  const fleetOptions = { ...drawOptions(shape, servers), ...options.fleet };
  let errored: (Observation & { readonly type: 'error' }) | null = null;
  world.watch((seen) => {
    if (seen.type === 'error') errored ??= seen;
  });
  if (options.trace !== undefined) traceTo(world, options.trace);
  const fleet = new Fleet(world, fleetOptions);
  const drawnHours = shape.pick([0.3, 1, 3]);
  const milliseconds = options.milliseconds ?? drawnHours * hourMs;
  const faultEvents = drawFaults(world.chance.fork('faults'), options.faults, {
    fleet,
    milliseconds,
  });
  const kept = faultEvents.filter((_, number) => keep === null || keep.includes(number));
  for (const event of kept) schedule(fleet, event);
  for (const event of options.script?.(fleet) ?? []) schedule(fleet, event);
  const watch = new Watch({ facts: fleet.facts, view: () => fleet.view() });
  world.watch(watch.see);
  const mendedAt =
    startsAt + Math.max(milliseconds, ...kept.map(({ lastsUntil = 0 }) => lastsUntil));
  world.schedule.at(mendedAt, () => fleet.mend());
  fleet.start();
  const endsAt = mendedAt + patienceMs + fleet.plannedMilliseconds;
  let doneAt: number | null = null;
  const isOver = (): boolean => {
    const { now } = world.schedule;
    watch.between(world.schedule.events, now);
    if (errored !== null) throw new Errored(`${errored.process}: ${errored.text}`);
    if (now > endsAt) throw new Stuck(fleet.standing());
    if (doneAt === null && now >= mendedAt && fleet.isDone()) doneAt = now;
    return doneAt !== null && now >= doneAt + restMs;
  };
  let isOfEnd = false;
  const ended = await guarded(async () => {
    await world.schedule.run(events === null ? { isOver } : { isOver, events });
    const isUsed = events !== null && world.schedule.events >= events;
    if (isUsed) return 'events-used';
    isOfEnd = true;
    watch.end(world.schedule.now);
    return 'finished';
  });
  const at = { at: world.schedule.now, events: world.schedule.events };
  return {
    end: typeof ended === 'string' ? ended : 'violation',
    violation: typeof ended === 'string' ? null : { ...ended, ...at, isOfEnd },
    faultEvents,
    servers: fleetOptions.sites * fleetOptions.serversEach,
    events: world.schedule.events,
    virtualMilliseconds: world.schedule.now - startsAt,
    fingerprint: world.fingerprint.toString(16).padStart(8, '0'),
  };
}

/** A program logged an error: in a simulation each is a bug, or should not be called an error. */
class Errored extends Error {}
class Stuck extends Error {}

function schedule(fleet: Fleet, event: FaultEvent): void {
  const { world } = fleet;
  world.schedule.at(startsAt + event.after, () => {
    world.see({ type: 'acted', what: event.what, on: event.fault, detail: {} });
    event.act(fleet);
  });
}

type Broken = { readonly by: string; readonly what: string };

/** What nobody caught in a program's own promises would have ended its process. */
async function guarded<Value>(act: () => Promise<Value>): Promise<Value | Broken> {
  return new Promise((resolve) => {
    const broken = (error: unknown): void => end(brokenBy(error));
    const end = (value: Value | Broken): void => {
      process.off('unhandledRejection', broken);
      resolve(value);
    };
    process.on('unhandledRejection', broken);
    act().then(end, broken);
  });
}

function brokenBy(error: unknown): Broken {
  if (error instanceof CheckerViolation) {
    return { by: `I${error.invariant}`, what: error.message };
  }
  if (error instanceof Errored) return { by: 'error', what: error.message };
  if (error instanceof Stuck) return { by: 'stuck', what: error.message };
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { by: 'thrown', what };
}

/** One line for each observation, the same characters for the same run. */
function traceTo(world: World, trace: (line: string) => void): void {
  world.watch((seen, now) => trace(`${now.toFixed(3)} ${JSON.stringify(seen)}`));
}
