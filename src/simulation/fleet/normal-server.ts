/**
 * The real normal server over simulated ports: one start of it, as its launcher begins it. How the
 * version behaves that it was started from is not its own to say.
 */

import type { Logger } from 'pino';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type ComponentName, type Digest, type Lane } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import { openProgram, type Program } from '#normal-server/program.ts';
import type { ProgramWorld } from '#normal-server/program-world.ts';
import type { Clock } from '#ports/clock.ts';
import type { OwnSlot } from '#ports/computer.ts';
import type { ComponentFolders, Intents, RunCommand } from '#ports/installer.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { Trust } from '#ports/trust.ts';
import type { Running } from '#protocol/normal-server/messages.ts';
import { DownloadsSimulated, PackagesSimulated } from '../adapters/downloads-simulated.ts';
import { contentEngineSimulated } from '../adapters/content-engine-simulated.ts';
import { intentsSimulated } from '../adapters/intents-simulated.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import { MemoryFileSimulated } from '../adapters/memory-simulated.ts';
import { RebootFlagSimulated } from '../adapters/reboot-flag-simulated.ts';
import {
  StagedReleasesSimulated,
  VersionFoldersSimulated,
  type FoldersStored,
  type StagedOptions,
} from '../adapters/version-folders-simulated.ts';
import type { Process } from '../world/machine.ts';
import { works, type Behaviour } from './behaviour.ts';
import type { NormalServerComputer, NormalServerData } from './normal-server-computer.ts';
import { observedBelow } from './observed-link.ts';
import { digestOf } from './releases.ts';
import { serverIdentity } from './identities.ts';

const statusOfCrash = 1;

export function beginNormalServer(
  run: ServiceRun<NormalServerData>,
  computer: NormalServerComputer,
): { close(): Promise<void> } {
  const { process } = run;
  const slot = computer.slot(run.slot);
  // The file that it would be started from is not there: Node itself ends at once.
  if (slot === null) {
    process.clock.after(0, () => run.exit(statusOfCrash));
    return { close: () => Promise.resolve() };
  }
  const { release } = slot;
  const behaviour = computer.behaviourOf(release);
  const { component } = release.manifest;
  computer.seeRunning(component, release.digest, works(behaviour));
  process.onDeath(() => computer.seeRunning(component, null, false));
  const daemon = new Daemon(run, computer, { release, behaviour });
  daemon.begin();
  return daemon;
}

/** One process of a normal server. */
class Daemon {
  readonly #run: ServiceRun<NormalServerData>;
  readonly #computer: NormalServerComputer;
  readonly #release: Release;
  readonly #behaviour: Behaviour;
  #program: Program | null = null;
  #dialled: { close(): void } | null = null;
  #isFaded = false;

  constructor(
    run: ServiceRun<NormalServerData>,
    computer: NormalServerComputer,
    version: { readonly release: Release; readonly behaviour: Behaviour },
  ) {
    this.#run = run;
    this.#computer = computer;
    this.#release = version.release;
    this.#behaviour = version.behaviour;
  }

  begin(): void {
    const { process, exit } = this.#run;
    const { conduct, startMilliseconds } = this.#behaviour;
    if (conduct.is === 'ends') {
      process.clock.after(conduct.afterMilliseconds, () => exit(statusOfCrash));
    }
    if (conduct.is === 'fades') {
      process.clock.after(conduct.afterMilliseconds, () => this.#fade());
    }
    if (conduct.is !== 'hangs') process.clock.after(startMilliseconds, () => this.#start());
  }

  /** Ends when everything is written that was to be kept. */
  async close(): Promise<void> {
    const { process } = this.#run;
    const { stopMilliseconds } = this.#behaviour;
    this.#dialled?.close();
    await this.#program?.close();
    await process.wait((done: (value: null) => void) =>
      process.clock.after(stopMilliseconds, () => done(null)),
    );
  }

  #start(): void {
    if (this.#isFaded) return;
    const { process, exit } = this.#run;
    const { world } = this.#computer.site;
    const slot = ownSlot(process, this.#computer, this.#release);
    openProgram(new Ports(this.#run, this.#computer, slot)).then(
      (opened) => {
        if (!opened.ok) return exit(statusOfCrash);
        if (this.#isFaded) return undefined;
        this.#program = opened.value;
        opened.value.begin();
        if (this.#behaviour.conduct.is !== 'mute') this.#dial(opened.value);
        return undefined;
      },
      (error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        world.see({ type: 'error', process: process.name, text });
        exit(statusOfCrash);
      },
    );
  }

  #dial(program: Program): void {
    const computer = this.#computer;
    const { site, path, seenAs: server } = computer;
    const { process } = this.#run;
    const ends = { world: site.world, process, site: site.site, server };
    this.#dialled = site.world.network.dial(process, {
      address: () => site.address,
      path,
      identity: serverIdentity(site.site, computer.facts.server),
      opened(link) {
        link.onMessage((message) => noteLease(computer, message));
        program.opened(observedBelow(link, ends));
      },
    });
  }

  /** Stands still with its connection closed, and its launcher hears of nothing. */
  #fade(): void {
    this.#isFaded = true;
    this.#dialled?.close();
    void this.#program?.close();
    this.#computer.seeRunning(this.#release.manifest.component, this.#release.digest, false);
  }
}

function noteLease(computer: NormalServerComputer, message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  if (!('type' in message && message.type === 'lease')) return;
  if (!('lease' in message && 'digest' in message)) return;
  computer.noteLease(brand(String(message.digest)), brand(String(message.lease)));
}

/** What the program asks of its computer, answered for one process of it. */
class Ports implements ProgramWorld {
  readonly #computer: NormalServerComputer;
  readonly #process: Process;
  #trust: Result<Trust | null> | null = null;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly log: Logger;
  readonly slot: OwnSlot;
  readonly launcher: LauncherLink;
  readonly memory: MemoryFileSimulated;
  readonly reboot: RebootFlagSimulated;
  readonly packages: PackagesSimulated;
  readonly downloads: DownloadsSimulated;
  readonly slots: StagedReleasesSimulated;
  readonly programs: ComponentFolders;
  readonly contents: ComponentFolders;

  constructor(run: ServiceRun<NormalServerData>, computer: NormalServerComputer, slot: OwnSlot) {
    const { process, data, link } = run;
    this.#computer = computer;
    this.#process = process;
    this.clock = process.clock;
    this.chance = computer.chance.next;
    this.log = computer.site.log;
    this.slot = slot;
    this.launcher = link;
    this.memory = new MemoryFileSimulated(process, data.memory);
    this.reboot = new RebootFlagSimulated(process, data.reboot, computer.boots);
    this.packages = new PackagesSimulated(process, computer);
    this.downloads = new DownloadsSimulated(process, computer);
    this.slots = new StagedReleasesSimulated(stagedOptions(process, computer, computer.slots));
    this.programs = new Folders(process, computer, 'program');
    this.contents = new Folders(process, computer, 'content');
  }

  get settings(): ProgramWorld['settings'] {
    return this.#computer.facts;
  }

  get inventory(): ProgramWorld['inventory'] {
    return this.#computer.facts.inventory;
  }

  get readManifest(): ProgramWorld['readManifest'] {
    return this.#computer.site.readManifest;
  }

  /** Only programs of kind `tree` are run by commands. */
  get run(): RunCommand {
    const computer = this.#computer;
    return (command) =>
      computer.trees.runIn(this.#process, (component, folder) =>
        computer.folder('program', component, folder),
      )(command);
  }

  /** What works with all its content, where anything does. */
  engineOf(component: ComponentName): ReturnType<NonNullable<ProgramWorld['engineOf']>> {
    const { conductOfContent } = this.#computer.site;
    if (conductOfContent === null) return null;
    const { folders, link, intents } = this.#computer.component('content', component);
    const engine = contentEngineSimulated(this.#process, {
      current: () => folders.read().find(({ name }) => name === link.read())?.release ?? null,
      conductOf: ({ digest }) => conductOfContent(digest),
    });
    return { engine, intents: intentsSimulated(this.#process, intents) };
  }

  /** Commands of a simulated computer may be run twice at once. */
  get awaitCommand(): ProgramWorld['awaitCommand'] {
    return () => Promise.resolve();
  }

  /** Simulated programs say by a command how they are. */
  get askHealth(): ProgramWorld['askHealth'] {
    return async () => ({ ok: true });
  }

  async trust(): ReturnType<ProgramWorld['trust']> {
    this.#trust ??= ok(this.#computer.trustOf(this.#process));
    return this.#trust;
  }

  digestOf(text: string): Digest {
    return digestOf(text);
  }

  newInstallId(): string {
    return this.#computer.facts.installId;
  }

  intentsOf(component: ComponentName): Intents {
    return intentsOf(this.#process, this.#computer, component);
  }

  diskBytesFree(): Promise<number> {
    return this.#process.effect(() => this.#computer.machine.disk.bytesFree);
  }

  removeUnusedSlots(used: readonly string[]): Promise<void> {
    return this.slots.keepOnly([this.slot.name, ...used]);
  }
}

function stagedOptions(
  process: Process,
  computer: NormalServerComputer,
  stored: FoldersStored,
): StagedOptions {
  const { inventory } = computer.facts;
  const server = computer.seenAs;
  return {
    process,
    platform: inventory.platform,
    folders: stored,
    unpack: (file) => computer.unpack(brand(file)),
    unpackMilliseconds: (release) => computer.behaviourOf(release).unpackMilliseconds,
    unpacked({ release: { digest }, tree }) {
      computer.site.world.see({ type: 'unpacked', server, digest, tree });
    },
  };
}

/** The components of one lane, opened when they are asked for. */
class Folders implements ComponentFolders {
  readonly #process: Process;
  readonly #computer: NormalServerComputer;
  readonly #lane: Lane;
  #open: Map<ComponentName, VersionFoldersSimulated> | null = null;

  constructor(process: Process, computer: NormalServerComputer, lane: Lane) {
    this.#process = process;
    this.#computer = computer;
    this.#lane = lane;
  }

  names(): Promise<readonly ComponentName[]> {
    return this.#process.effect(() => this.#computer.components(this.#lane));
  }

  of(component: ComponentName): VersionFoldersSimulated {
    this.#open ??= new Map();
    const known = this.#open.get(component);
    if (known !== undefined) return known;
    const of = { lane: this.#lane, component };
    const made = versionFoldersOf(this.#process, this.#computer, of);
    this.#open.set(component, made);
    return made;
  }
}

function versionFoldersOf(
  process: Process,
  computer: NormalServerComputer,
  { lane, component }: { readonly lane: Lane; readonly component: ComponentName },
): VersionFoldersSimulated {
  const { folders, link, intents } = computer.component(lane, component);
  const releaseOf = (name: string | null): Release | null =>
    name === null ? null : computer.folder(lane, component, name);
  return new VersionFoldersSimulated({
    ...stagedOptions(process, computer, folders),
    link,
    pointed(from, to) {
      const line = intents.read()?.at(-1);
      const isReturn = typeof line === 'object' && 'type' in line && line.type === 'returning';
      computer.seeSwitched({ from: releaseOf(from), to: releaseOf(to), isReturn });
    },
  });
}

/** Its first line of a switch is the moment at which the switch begins. */
function intentsOf(
  process: Process,
  computer: NormalServerComputer,
  component: ComponentName,
): Intents {
  const { intents } = computer.component('program', component);
  return intentsSimulated(process, intents, (line) => {
    if (!('type' in line && line.type === 'switch' && 'to' in line)) return;
    const release = computer.folder('program', component, String(line.to));
    if (release !== null) computer.seeSwitchBegun(release);
  });
}

/** What it says of itself is the truth; lies are told on the way (`Path.meddleUp`). */
function ownSlot(process: Process, computer: NormalServerComputer, release: Release): OwnSlot {
  const { digest, manifest } = release;
  const { inventory } = computer.facts;
  const server = computer.seenAs;
  computer.processes += 1;
  const running: Running = {
    digest,
    version: manifest.version,
    proof: [...(packageFor(manifest, inventory.platform)?.proof ?? [])],
    pid: computer.processes,
    startedAt: process.clock.now(),
  };
  return {
    release,
    name: slotNameOf(release),
    prove: () =>
      process.effect(() => {
        computer.site.world.see({ type: 'proved', server, claims: digest, is: digest });
        return running;
      }),
  };
}
