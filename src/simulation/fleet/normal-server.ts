/**
 * The real normal server over simulated ports: one start of it, as its launcher begins it. How the
 * version behaves that it was started from is not its own to say.
 */

import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type ComponentName, type Lane } from '#domain/names.ts';
import { openProgram, type Program } from '#normal-server/program.ts';
import type { ProgramWorld } from '#normal-server/program-world.ts';
import type { OwnSlot } from '#ports/computer.ts';
import type { ComponentFolders, Intents } from '#ports/installer.ts';
import type { Running } from '#protocol/normal-server/messages.ts';
import { DownloadsSimulated, PackagesSimulated } from '../adapters/downloads-simulated.ts';
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
    openProgram(worldOf(this.#run, this.#computer, this.#release)).then(
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
    const { site, path, facts, leases } = this.#computer;
    const ends = { world: site.world, site: site.site, server: facts.server };
    this.#dialled = site.world.network.dial(this.#run.process, {
      address: () => site.address,
      path,
      opened(link) {
        link.onMessage((message) => noteLease(leases, message));
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

function noteLease(leases: NormalServerComputer['leases'], message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  if (!('type' in message && message.type === 'lease')) return;
  if (!('lease' in message && 'digest' in message)) return;
  leases.set(brand(String(message.digest)), brand(String(message.lease)));
}

function worldOf(
  run: ServiceRun<NormalServerData>,
  computer: NormalServerComputer,
  release: Release,
): ProgramWorld {
  const { process, data } = run;
  const { site, facts, machine, path, chance } = computer;
  const { server, inventory } = facts;
  const slots = new StagedReleasesSimulated(stagedOptions(process, computer, computer.slots));
  return {
    clock: process.clock,
    chance: chance.next,
    log: site.log,
    settings: facts,
    inventory,
    slot: ownSlot(process, computer, release),
    launcher: run.link,
    memory: new MemoryFileSimulated(process, data.memory),
    newInstallId: () => facts.installId,
    reboot: new RebootFlagSimulated(process, data.reboot, computer.boots),
    packages: new PackagesSimulated({
      process,
      path,
      folder: computer.downloads,
      link: site.link,
      source: site.source,
      fetched(digest, bytes) {
        const seen = { site: site.site, server, digest, bytes };
        site.world.see({ type: 'served', ...seen });
        site.world.see({ type: 'fetched', ...seen });
      },
    }),
    downloads: new DownloadsSimulated(process, computer.downloads),
    slots,
    programs: componentFolders(process, computer, 'program'),
    contents: componentFolders(process, computer, 'content'),
    intentsOf: (component) => intentsOf(process, computer, component),
    run: computer.trees.runIn(process, (component, folder) =>
      computer.folder('program', component, folder),
    ),
    diskBytesFree: () => process.effect(() => machine.disk.bytesFree),
    readManifest: site.readManifest,
    removeUnusedSlots: (used) => slots.keepOnly([run.slot, ...used]),
  };
}

function stagedOptions(
  process: Process,
  computer: NormalServerComputer,
  stored: FoldersStored,
): StagedOptions {
  const { server, inventory } = computer.facts;
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

function componentFolders(
  process: Process,
  computer: NormalServerComputer,
  lane: Lane,
): ComponentFolders {
  const known = new Map<ComponentName, VersionFoldersSimulated>();
  return {
    names: () => process.effect(() => computer.components(lane)),
    of(component) {
      const made = known.get(component) ?? versionFoldersOf(process, computer, { lane, component });
      known.set(component, made);
      return made;
    },
  };
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
  const { server, inventory } = computer.facts;
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
