/**
 * The launcher: `node launcher.mjs --root ROOT`. Starts the current version of every service of
 * an installation, and the previous one when the current does not prove itself. It imports Node
 * alone, opens no port and is rarely changed; docs/protocol/launcher.md is the text of what it
 * promises.
 */

import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type {
  FromLauncher,
  SessionStanding,
  Track as TrackName,
  TrackState,
} from '#protocol/launcher/messages.ts';
import { hear, type Hearing, type Speaker } from './hear.ts';
import { paths, readInstallation, type Installation } from './installation.ts';
import { openJournal } from './journal.ts';
import { becomeLean } from './lean.ts';
import { endLeftOvers, recordRunning } from './left-overs.ts';
import { limits } from './limits.ts';
import { takeLock } from './lock.ts';
import { openLog, type Log } from './log-file.ts';
import { openNotify } from './notify.ts';
import { openRunner, type Runner } from './runner.ts';
import { shareRuntime } from './runtime.ts';
import { openServices, type Services } from './services.ts';
import { trackAtStart } from './track.ts';
import { openTrackDisk } from './tracks.ts';
import { bytesOfProcess, openWatch, type Watch, type WatchParts } from './watch.ts';

const exitStatus = { done: 0, no: 1, usage: 2, notAllowed: 3, bug: 70 } as const;

type Member = {
  readonly name: TrackName;
  readonly runner: Runner;
  readonly services: Services;
  readonly watch: Watch;
};

function end(status: number, sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

function readRoot(): string {
  const usage = 'usage: launcher --root FOLDER';
  try {
    const { values } = parseArgs({ options: { root: { type: 'string' } } });
    return values.root === undefined ? end(exitStatus.usage, usage) : realpathSync(values.root);
  } catch (error) {
    return end(exitStatus.usage, `${usage}\n${String(error)}`);
  }
}

function openMembers(root: string, installation: Installation, log: Log): Member[] {
  const { services } = installation;
  const members: Member[] = [];
  const states = (): FromLauncher => {
    const tracks: { [Name in TrackName]?: TrackState } = {};
    for (const { name, runner } of members) tracks[name] = runner.state();
    return { v: 1, type: 'state', tracks };
  };
  /** By which the next launcher knows whom this one left behind: tried until the disk takes it. */
  const changed = (): void => {
    const services = members.flatMap((one) => one.services.running());
    if (recordRunning({ root, services, log })) return;
    setTimeout(changed, limits.stepAgainMilliseconds).unref();
  };
  const shared = {
    root,
    installation,
    log,
    states,
    publish: () => members.forEach((member) => member.services.send(states())),
    changed,
    runnerOf: (name: TrackName) => members.find((member) => member.name === name)?.runner,
    alive: ({ name, service, run }: Speaker, session: SessionStanding) =>
      members.find((member) => member.name === name)?.watch.alive(service, run, session),
    isSlotThere: (slot: string) =>
      existsSync(join(paths.slot(root, slot), 'tree', 'app', 'main.mjs')),
  };
  for (const name of ['program', 'agent'] as const) {
    const names = services.filter((one) => one.track === name).map((one) => one.name);
    if (names.length > 0) members.push(openMember(name, names, shared));
  }
  return members;
}

type Shared = Hearing & {
  readonly root: string;
  readonly installation: Installation;
  readonly states: () => FromLauncher;
  readonly publish: () => void;
  readonly changed: () => void;
};

function openMember(name: TrackName, names: readonly string[], shared: Shared): Member {
  const { root, log } = shared;
  const folder = paths.track(root, name);
  const disk = openTrackDisk(folder);
  const now = (): number => Date.now();
  const journal = openJournal({ file: join(folder, 'intent.log'), now, log });
  const current = disk.current();
  if (current === null) {
    const sentence = `${join(folder, 'current')} names no version: install Dankai again`;
    log('current-absent', { track: name, detail: sentence });
    end(exitStatus.no, sentence);
  }
  const services = openServices({
    root,
    names,
    log,
    events: {
      message: (service, run, message) => hear(message, { name, service, run }, shared),
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

async function main(): Promise<void> {
  const root = readRoot();
  const installation = readInstallation(root);
  if (typeof installation === 'string') end(exitStatus.no, installation);
  for (const folder of ['run', 'logs']) mkdirSync(join(root, folder), { recursive: true });
  const lock = takeLock(root);
  if ('heldBy' in lock) {
    end(exitStatus.notAllowed, `A launcher already runs for ${root} (process ${lock.heldBy}).`);
  }
  const now = (): number => Date.now();
  const log = openLog({ file: paths.log(root, 'launcher'), bytesMax: limits.logBytesMax, now });
  process.on('uncaughtException', (error) => {
    log('bug', { detail: error.stack });
    end(exitStatus.bug, String(error.stack));
  });
  log('launcher-started', { pid: process.pid, version: process.version });
  const { env: environment, pid } = process;
  const notify = openNotify({ environment, pid, now: () => performance.now(), log });
  await endLeftOvers(root, log);
  const members = openMembers(root, installation, log);

  let ending = false;
  const stop = (signal: string): void => {
    if (ending) return;
    ending = true;
    log('launcher-ending', { signal });
    const ended = members.map(({ runner }) => runner.end());
    void Promise.all([notify.stopping(), ...ended]).then(() => {
      lock.release();
      process.exit(exitStatus.done);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  for (const { runner } of members) runner.post({ type: 'started' });
  notify.ready();
  setInterval(() => {
    notify.alive();
    for (const { watch } of members) watch.look();
  }, limits.lookMilliseconds);
}

becomeLean();
await main();
