/**
 * The launcher of a simulated machine: the real runner, decisions and journal over simulated
 * processes and a simulated disk. Serves every daemon alike; what a daemon does is begun by a
 * function of whoever builds the machine. The machine itself starts a launcher that was killed.
 */

import { parseEntry, type Change } from '#launcher/entries.ts';
import { hear } from '#launcher/hear.ts';
import { openJournal } from '#launcher/journal.ts';
import { openRunner, type Runner } from '#launcher/runner.ts';
import type { Services } from '#launcher/services.ts';
import { trackAtStart, type Place } from '#launcher/track.ts';
import type { FromLauncher, Track, TrackState } from '#protocol/launcher/messages.ts';
import type { Chance } from '../world/chance.ts';
import type { Machine, Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { TrackDiskSimulated, type TrackStored } from './launcher-disk-simulated.ts';
import {
  endOrphans,
  servicesSimulated,
  type RunningService,
  type ServiceRun,
} from './launcher-services-simulated.ts';
import { intentLinesSimulated } from './intents-simulated.ts';

export type LauncherOptions<Data> = {
  readonly world: World;
  readonly machine: Machine;
  readonly chance: Chance;
  /** Daemons by track; a track without any is not there. */
  readonly services: { readonly [Name in Track]?: readonly string[] };
  /** What the installation laid down: the first generation of each track. */
  readonly installed: {
    readonly [Name in Track]?: { readonly slot: string; readonly data: Data };
  };
  isSlotThere(slot: string): boolean;
  /** The data of a new generation, synced: values of their own that equal those. */
  copyData(from: Data, track: Track): Data;
  dataBytes?(data: Data): number;
  /** Begins a daemon; answers how it is asked to end. */
  begin(run: ServiceRun<Data>): { close(): Promise<void> };
  /** The line that begins a switch is in the intent file. */
  begun?(track: Track, change: Pick<Change, 'from' | 'to' | 'tag'>): void;
  /** The rename of `current` happened. */
  switched?(track: Track, change: Switched): void;
  /** Until the machine starts a launcher that was killed; null: never. */
  readonly restartMilliseconds?: number | null;
};

export type Switched = { readonly from: string; readonly to: string; readonly isReturn: boolean };

type Member = { readonly name: Track; readonly runner: Runner; readonly services: Services };

const trackNames = ['program', 'agent'] as const;
const noLog = (): void => undefined;

export class LauncherSimulated<Data> {
  readonly #options: LauncherOptions<Data>;
  readonly #stored = new Map<Track, TrackStored<Data>>();
  readonly #running = new Map<string, RunningService>();
  #process: Process | null = null;
  #members: readonly Member[] = [];

  constructor(options: LauncherOptions<Data>) {
    this.#options = options;
    const { disk } = options.machine;
    for (const name of trackNames) {
      const first = options.installed[name];
      if (first === undefined) continue;
      this.#stored.set(name, {
        current: disk.store(1),
        generations: disk.store([{ generation: 1, ...first }]),
        intents: disk.store(null),
      });
    }
  }

  /** null: none runs, for instance between a kill and its restart. */
  get process(): Process | null {
    return this.#process;
  }

  /** The daemon of that name, while it runs. */
  serviceProcess(name: string): Process | null {
    return this.#running.get(name)?.process ?? null;
  }

  /** For checkers: the disk's own truth, whoever runs. */
  current(track: Track): { readonly slot: string; readonly data: Data } | null {
    const stored = this.#stored.get(track);
    const number = stored?.current.read();
    return stored?.generations.read().find(({ generation }) => generation === number) ?? null;
  }

  /** For faults: the intent file and the generations of a track. */
  stored(track: Track): TrackStored<Data> | null {
    return this.#stored.get(track) ?? null;
  }

  /** Starts the launcher; what a killed one left running is ended first. */
  boot(): void {
    const { machine, chance } = this.#options;
    if (this.#process?.isAlive === true || !machine.hasPower) return;
    for (const { process } of this.#running.values()) process.kill();
    const process = machine.start('launcher', chance);
    this.#process = process;
    process.onDeath(() => this.#ended(process));
    const members: Member[] = [];
    for (const [name, stored] of this.#stored) members.push(this.#open(process, name, stored));
    this.#members = members;
    for (const { runner } of members) runner.post({ type: 'started' });
  }

  /** SIGTERM: daemons stop, and nobody starts the launcher again but `boot`. */
  async end(): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    await Promise.all(this.#members.map(({ runner }) => runner.end()));
    process.kill();
  }

  #ended(process: Process): void {
    const { world, machine, restartMilliseconds = 1_000 } = this.#options;
    if (this.#process !== process) return;
    this.#process = null;
    if (!machine.hasPower) return;
    endOrphans(this.#running);
    if (restartMilliseconds === null) return;
    world.schedule.after(restartMilliseconds, () => machine.awake(() => this.boot()));
  }

  #states(): FromLauncher {
    const tracks: { [Name in Track]?: TrackState } = {};
    for (const { name, runner } of this.#members) tracks[name] = runner.state();
    return { v: 1, type: 'state', tracks };
  }

  #publish(): void {
    const message = this.#states();
    for (const { services } of this.#members) services.send(message);
  }

  #open(process: Process, name: Track, stored: TrackStored<Data>): Member {
    const options = this.#options;
    const { clock } = process;
    const disk = new TrackDiskSimulated(process, {
      stored,
      copyData: (from) => options.copyData(from, name),
      dataBytes: (data) => options.dataBytes?.(data) ?? 0,
      switched: (from, to) => options.switched?.(name, switchedOf(from, to)),
    });
    const names = options.services[name] ?? [];
    const lines = intentLinesSimulated(process, stored.intents, (line) => {
      const entry = parseEntry(line);
      if (entry?.type === 'switch') options.begun?.(name, entry);
    });
    const journal = openJournal({ file: `${name}/intent.log`, lines, now: clock.now, log: noLog });
    const current = disk.current();
    if (current === null) throw new Error(`broken invariant: ${name} has no current version`);
    const services = servicesSimulated<Data>({
      launcher: process,
      chance: options.chance,
      names,
      running: this.#running,
      begin: (run) => options.begin(run),
      dataOf: (generation) => dataOf(stored, Number(generation)),
      events: {
        message: (service, run, message) => this.#heard(message, { name, service, run }),
        exited: (service, run, how) => runner.post({ type: 'exited', service, run, ...how }),
        greeting: () => this.#states(),
        changed: noLog,
      },
    });
    const runner = openRunner({
      name,
      track: trackAtStart({
        services: names,
        intent: journal.intent(),
        current,
        previousOf: (generation) => disk.previousOf(generation),
        generationMax: disk.generationMax(),
      }),
      journal,
      disk,
      services,
      shareRuntime: noLog,
      now: clock.now,
      after: clock.after,
      log: noLog,
      publish: () => this.#publish(),
    });
    return { name, runner, services };
  }

  #heard(message: unknown, speaker: Parameters<typeof hear>[1]): void {
    hear(message, speaker, {
      log: noLog,
      runnerOf: (name) => this.#members.find((member) => member.name === name)?.runner,
      alive: noLog,
      renew: noLog,
      isSlotThere: (slot) => this.#options.isSlotThere(slot),
    });
  }
}

function dataOf<Data>(stored: TrackStored<Data>, number: number): Data {
  const found = stored.generations.read().find(({ generation }) => generation === number);
  if (found === undefined) throw new Error(`ENOENT: generation ${number}`);
  return found.data;
}

function switchedOf(from: Place, to: Place): Switched {
  return { from: from.slot, to: to.slot, isReturn: to.generation < from.generation };
}
