/**
 * A failure mode as a test: a small fleet, what befalls it and when, and what is seen of it then,
 * in this order. Everything is dated or follows something that was seen; nothing is drawn.
 *
 * The upgrade of such a fleet begins after a minute, and a person answers whatever waits for one.
 * All checkers watch; in the end the fleet is mended and has to come to its end.
 *
 * Fleets run on a thread beside the tests: where a test runs, each promise of a simulation costs
 * the test runner's bookkeeping, four times the simulation itself.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import type { FleetOptions } from '#simulation/fleet/options.ts';
import type { Person } from '#simulation/fleet/people.ts';
import type { SimulatedServer } from '#simulation/fleet/server.ts';
import type { SimulatedSite } from '#simulation/fleet/site.ts';
import type { Disk } from '#simulation/world/disk.ts';
import { run } from '#simulation/run.ts';
import { nameHere, wordsOf } from './failure-modes-words.testing.ts';
import { plainFleet } from './plain-fleet.testing.ts';

export const minuteMs = 60_000;

/** Instants are minutes after the beginning; or seconds after the first line that begins so. */
export type When = number | { readonly after: string; readonly seconds?: number };

export type Happening = { readonly when: When; act(fleet: Fleet): void };

export type FailureMode = {
  readonly fleet?: Partial<FleetOptions>;
  readonly person?: Partial<Person['habits']>;
  readonly happens: readonly Happening[];
  /** Until the fleet is mended. */
  readonly hours?: number;
  /** Lines that are seen, in this order; others come between. */
  readonly sees: readonly string[];
  /** No line begins so, between two that are seen or at all. */
  readonly never?: readonly Never[];
  /** How the upgrade ends; `finished` unless it is said. */
  readonly upgrade?: 'finished' | 'stopped';
  /** Servers that do not end on the new version. */
  readonly old?: readonly string[];
  expects?(seen: Seen): void;
};

type Never =
  | string
  | { readonly line: string; readonly from: string; readonly to?: string }
  | { readonly line: string; readonly to: string; readonly from?: string };

export type Line = { readonly at: number; readonly text: string };
export type Seen = { readonly fleet: Fleet; readonly lines: readonly Line[] };

const steady: Person['habits'] = {
  minutesBetweenLooks: 2,
  minutesLate: 1,
  saysTwice: false,
  resumesMax: 1_000,
  overrules: false,
};

const modes = new Map<string, FailureMode>();

/** The title is the first column of its row in docs/failure-modes.md. */
export function check(title: string, mode: FailureMode): void {
  modes.set(title, mode);
  if (isMainThread) test(title, () => showBeside(title));
}

parentPort?.on('message', (title: string) => {
  show(title).then(
    () => parentPort?.postMessage(null),
    (error: unknown) => parentPort?.postMessage(error),
  );
});

/** The same file once more, on another thread; tests follow each other, so do their answers. */
let beside: Worker | null = null;

function showBeside(title: string): Promise<void> {
  const worker = (beside ??= new Worker(process.argv[1] ?? '', { execArgv: [] }));
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (error: Error | null) => {
      worker.off('error', reject);
      if (error === null) resolve();
      else reject(error);
    });
    worker.postMessage(title);
  });
}

if (isMainThread) after(() => beside?.terminate());

async function show(title: string): Promise<void> {
  const mode = modes.get(title);
  assert.ok(mode !== undefined);
  const { seen, violation } = await simulate(mode);
  const told = seen.lines.map(({ text }) => text);
  try {
    assert.equal(violation, null);
    inOrder(told, mode.sees);
    for (const one of mode.never ?? []) neverSeen(told, one);
    endsAs(seen.fleet, mode);
    mode.expects?.(seen);
  } catch (error) {
    if (process.env['SHOW_LINES'] !== undefined) throw withLines(error, seen);
    throw error;
  }
}

async function simulate(mode: FailureMode) {
  const lines: Line[] = [];
  const fleets: Fleet[] = [];
  const { violation } = await run({
    seed: 1,
    servers: 4,
    events: null,
    faults: [],
    keep: null,
    fleet: { ...plainFleet, ...mode.fleet },
    milliseconds: (mode.hours ?? 1) * 60 * minuteMs,
    script(fleet) {
      fleets.push(fleet);
      for (const { person } of fleet.sites) Object.assign(person.habits, steady, mode.person);
      watch(fleet, mode, lines);
      return mode.happens.flatMap(({ when, act }) =>
        typeof when === 'number'
          ? [{ after: when * minuteMs, fault: 'script', what: 'as the test says', act }]
          : [],
      );
    },
  });
  const [fleet] = fleets;
  assert.ok(fleet !== undefined);
  return { seen: { fleet, lines }, violation };
}

/** Keeps what is seen as lines, and lets happen what follows one of them. */
function watch(fleet: Fleet, { happens }: FailureMode, lines: Line[]): void {
  const { world } = fleet;
  const start = world.schedule.now;
  const waiting = new Set(happens);
  world.watch((observation, now) => {
    for (const text of wordsOf(observation, fleet)) {
      lines.push({ at: now - start, text });
      for (const happening of waiting) {
        const { when, act } = happening;
        if (typeof when === 'number' || !text.startsWith(when.after)) continue;
        waiting.delete(happening);
        world.schedule.after((when.seconds ?? 0) * 1_000, () => act(fleet));
      }
    }
  });
}

function indexOf(lines: readonly string[], wanted: string, from: number): number {
  const found = lines.findIndex((line, at) => at >= from && line.startsWith(wanted));
  assert.notEqual(found, -1, `not seen${from === 0 ? '' : ' any more'}: ${wanted}`);
  return found;
}

function inOrder(lines: readonly string[], wanted: readonly string[]): void {
  let from = 0;
  for (const one of wanted) from = indexOf(lines, one, from) + 1;
}

function neverSeen(lines: readonly string[], never: Never): void {
  const { line, from, to } = typeof never === 'string' ? { line: never } : never;
  const first = from === undefined ? 0 : indexOf(lines, from, 0) + 1;
  const last = to === undefined ? lines.length : indexOf(lines, to, first);
  const found = lines.slice(first, last).find((text) => text.startsWith(line));
  assert.equal(found, undefined, `seen between '${from ?? ''}' and '${to ?? ''}'`);
}

function endsAs(fleet: Fleet, { upgrade = 'finished', old = [] }: FailureMode): void {
  for (const { person } of fleet.sites) assert.equal(person.end, upgrade);
  const target = fleet.newRelease.digest;
  const without = fleet.sites
    .flatMap(({ servers }) => servers)
    .filter((one) => one.installed().get(fleet.facts.ownComponent) !== target);
  assert.deepEqual(without.map(({ server }) => nameHere(server)).toSorted(), old.toSorted());
}

function withLines(error: unknown, { lines }: Seen): Error {
  const text = lines.map((line) => `${(line.at / 1_000).toFixed(3)} ${line.text}`).join('\n');
  return new Error(`${String(error)}\n${text}`, { cause: error });
}

// -- whom it befalls ---------------------------------------------------------------------------

export function siteOf(fleet: Fleet): SimulatedSite {
  const site = fleet.sites[0];
  assert.ok(site !== undefined);
  return site;
}

/** By its number, from 1. */
export function serverOf(fleet: Fleet, number: number): SimulatedServer {
  const server = siteOf(fleet).servers[number - 1];
  assert.ok(server !== undefined);
  return server;
}

export function onServer(
  number: number,
  when: When,
  act: (server: SimulatedServer, fleet: Fleet) => void,
): Happening {
  return { when, act: (fleet) => act(serverOf(fleet, number), fleet) };
}

export function onSite(when: When, act: (site: SimulatedSite, fleet: Fleet) => void): Happening {
  return { when, act: (fleet) => act(siteOf(fleet), fleet) };
}

/** So long, and then the opposite. */
export function forMinutes(fleet: Fleet, minutes: number, act: (isOn: boolean) => void): void {
  act(true);
  fleet.world.schedule.after(minutes * minuteMs, () => act(false));
}

export function fullDisk(fleet: Fleet, disk: Disk, minutes: number): void {
  const taken = disk.bytesFree;
  forMinutes(fleet, minutes, (isOn) => {
    const what = isOn ? 'disk-full' : 'disk-mended';
    fleet.world.see({ type: 'acted', what, on: 'disks', detail: {} });
    disk.bytesFree += isOn ? -taken : taken;
  });
}
