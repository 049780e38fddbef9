/**
 * The tracks of an installation, each with its services, its runner and its watch, wired to each
 * other. Opened anew they go on from what stands on the disk.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  FromLauncher,
  LauncherSelf,
  SessionStanding,
  Track as TrackName,
  TrackState,
} from '#protocol/launcher/messages.ts';
import { hear, type Hearing, type Speaker } from './hear.ts';
import { paths, type Installation } from './installation.ts';
import { openJournal } from './journal.ts';
import { recordRunning, type RunningService } from './left-overs.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';
import { openRunner, type Runner } from './runner.ts';
import { shareRuntime } from './runtime.ts';
import { openServices, type Services } from './services.ts';
import { trackAtStart } from './track.ts';
import { openTrackDisk } from './tracks.ts';
import { bytesOfProcess, openWatch, type Watch, type WatchParts } from './watch.ts';

export type Members = {
  begin(): void;
  /** Stops every service; then these are over. */
  end(): Promise<void>;
  look(): void;
  /** The daemons hear how things stand. */
  tell(): void;
  /** Every service works, and nothing is being switched. */
  isCalm(): boolean;
};

export type MembersOptions = {
  readonly root: string;
  readonly installation: Installation;
  readonly log: Log;
  /** What daemons are told of the launcher itself; null: nothing. */
  readonly self: () => LauncherSelf | null;
  /** A daemon has laid down another launcher. */
  readonly renew: () => void;
  /** A daemon has said something: all of them may be calm now. */
  readonly heard: () => void;
  /** What the next launcher has to end besides the services. */
  readonly alsoRunning: readonly RunningService[];
};

type Member = {
  readonly name: TrackName;
  readonly runner: Runner;
  readonly services: Services;
  readonly watch: Watch;
};

/** Or a sentence saying what is missing. */
export function openMembers(options: MembersOptions): Members | string {
  const { installation } = options;
  const members: Member[] = [];
  const shared = sharedBy(members, options);
  for (const name of ['program', 'agent'] as const) {
    const names = installation.services.filter((one) => one.track === name);
    if (names.length === 0) continue;
    const member = openMember(
      name,
      names.map((one) => one.name),
      shared,
    );
    if (typeof member === 'string') return member;
    members.push(member);
  }
  return {
    begin: () => members.forEach(({ runner }) => runner.post({ type: 'started' })),
    async end() {
      shared.over();
      await Promise.all(members.map(({ runner }) => runner.end()));
    },
    look: () => members.forEach(({ watch }) => watch.look()),
    tell: shared.publish,
    isCalm: () => members.every(({ runner }) => runner.isCalm()),
  };
}

type Shared = Hearing & {
  readonly root: string;
  readonly installation: Installation;
  readonly states: () => FromLauncher;
  readonly publish: () => void;
  readonly changed: () => void;
  readonly over: () => void;
  readonly heard: () => void;
};

function sharedBy(members: readonly Member[], options: MembersOptions): Shared {
  const { root, installation, log, renew } = options;
  const states = (): FromLauncher => {
    const tracks: { [Name in TrackName]?: TrackState } = {};
    for (const { name, runner } of members) tracks[name] = runner.state();
    const launcher = options.self();
    return { v: 1, type: 'state', tracks, ...(launcher === null ? {} : { launcher }) };
  };
  let isOver = false;
  /** By which the next launcher knows whom this one left behind: tried until the disk takes it. */
  const changed = (): void => {
    const services = [...options.alsoRunning, ...members.flatMap((one) => one.services.running())];
    if (recordRunning({ root, services, log })) return;
    const again = (): void => (isOver ? undefined : changed());
    setTimeout(again, limits.stepAgainMilliseconds).unref();
  };
  return {
    root,
    installation,
    log,
    renew,
    heard: options.heard,
    states,
    publish: () => members.forEach((member) => member.services.send(states())),
    changed,
    over: () => {
      isOver = true;
    },
    runnerOf: (name: TrackName) => members.find((member) => member.name === name)?.runner,
    alive: ({ name, service, run }: Speaker, session: SessionStanding) =>
      members.find((member) => member.name === name)?.watch.alive(service, run, session),
    isSlotThere: (slot: string) =>
      existsSync(join(paths.slot(root, slot), 'tree', 'app', 'main.mjs')),
  };
}

function openMember(name: TrackName, names: readonly string[], shared: Shared): Member | string {
  const { root, log } = shared;
  const folder = paths.track(root, name);
  const disk = openTrackDisk(folder);
  const now = (): number => Date.now();
  const journal = openJournal({ file: join(folder, 'intent.log'), now, log });
  const current = disk.current();
  if (current === null) {
    const sentence = `${join(folder, 'current')} names no version: install Dankai again`;
    log('current-absent', { track: name, detail: sentence });
    return sentence;
  }
  const services = openServices({
    root,
    names,
    log,
    events: {
      message: (service, run, message) => {
        hear(message, { name, service, run }, shared);
        setImmediate(shared.heard);
      },
      exited: (service, run, how) => runner.post({ type: 'exited', service, run, ...how }),
      greeting: shared.states,
      changed: shared.changed,
    },
  });
  const track = trackAtStart({
    services: names,
    intent: journal.intent(),
    current,
    previousOf: (generation) => disk.previousOf(generation),
    generationMax: disk.generationMax(),
  });
  const runner = openRunner({
    name,
    track,
    journal,
    disk,
    services,
    shareRuntime: (slot) => shareRuntime(root, slot, log),
    now,
    after,
    log,
    publish: shared.publish,
  });
  const watch = watchOver(names, shared.installation, {
    runs: () => services.runs(),
    post: (event) => runner.post(event),
  });
  return { name, runner, services, watch };
}

/** Only a normal server's data may go back by itself: a journal holds what must not be forgotten. */
function watchOver(
  names: readonly string[],
  { services, silenceSecondsMax, unacceptedHoursMax: hours }: Installation,
  world: Pick<WatchParts, 'runs' | 'post'>,
): Watch {
  const mayGoBack = names.every((name) => name === 'normal-server');
  return openWatch({
    ...world,
    memoryMebibytesMax: (service) =>
      services.find(({ name }) => name === service)?.memoryMebibytesMax ?? null,
    silenceSecondsMax,
    unacceptedHoursMax: mayGoBack ? hours : null,
    bytesOf: bytesOfProcess,
    now: () => performance.now(),
  });
}

function after(milliseconds: number, act: () => void): () => void {
  const timer = setTimeout(act, milliseconds);
  return () => clearTimeout(timer);
}
