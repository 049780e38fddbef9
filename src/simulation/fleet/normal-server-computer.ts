/**
 * The computer of a simulated normal server: what stands on its disk, what runs there besides the
 * daemons, and how it is reached. It outlives every process; normal-server.ts has what runs on it.
 */

import type { Logger } from 'pino';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { ComponentName, Digest, DomainName, Lane, LeaseId, ServerId } from '#domain/names.ts';
import type { ReadManifest } from '#normal-server/manifest.ts';
import { withdrawnBecause } from '#domain/trust/program-rules.ts';
import type { Inventory } from '#ports/computer.ts';
import type { Trust } from '#ports/trust.ts';
import type { ServedPackages } from '../adapters/downloads-simulated.ts';
import { InboxFolder } from '../adapters/inbox-folder.ts';
import type { ContentConduct } from '../adapters/content-engine-simulated.ts';
import type { IntentFileContent } from '../adapters/intents-simulated.ts';
import type { Recommendation } from '../adapters/reboot-flag-simulated.ts';
import { TreesSimulated } from '../adapters/run-command-simulated.ts';
import { LaneTrustSimulated, type LaneOnDisk } from '../adapters/trust-simulated.ts';
import type { FoldersStored, VersionFolder } from '../adapters/version-folders-simulated.ts';
import type { SiteName } from '../observation.ts';
import type { Chance } from '../world/chance.ts';
import type { Disk, Stored } from '../world/disk.ts';
import type { Machine, Process } from '../world/machine.ts';
import type { Path } from '../world/network.ts';
import type { SharedLink } from '../world/shared-link.ts';
import type { World } from '../world/world.ts';
import { works, type Behaviour } from './behaviour.ts';

/** Both lanes as they are before anything was seen of them. */
export type NewLanes = Readonly<Record<Lane, LaneOnDisk>>;

/** And as they stand on one disk. */
export type LanesStored = Readonly<Record<Lane, Stored<LaneOnDisk>>>;

/** What all servers of a site have in common. */
export type NormalServerSite = {
  readonly world: World;
  readonly log: Logger;
  readonly site: SiteName;
  /** Where its information server listens for them. */
  readonly address: string;
  /** What they all share, towards it. */
  readonly link: SharedLink;
  readonly source: ServedPackages;
  /** One for the fleet: what it has read once is not read again. */
  readonly readManifest: ReadManifest;
  /** What a computer is installed with; null: an insecure loopback without an organisation. */
  readonly lanes: NewLanes | null;
  /** What content does to what works with it; null: nothing works with it here. */
  readonly conductOfContent: ((release: Digest) => ContentConduct) | null;
  /** What the files of an archive add up to; null: it is no archive. */
  treeOf(archive: Digest): Digest | null;
};

export type NormalServerFacts = {
  readonly server: ServerId;
  /** What is seen on a copy of a machine is told under this name; default: its server's. */
  readonly seenAs?: ServerId;
  readonly domain: DomainName;
  readonly inventory: Inventory;
  readonly jitterSeconds: number;
  readonly withInformationServer: boolean;
  /** Made by the installation that laid the computer down. */
  readonly installId: string;
};

/** The data of a generation. */
export type NormalServerData = {
  readonly memory: Stored<unknown>;
  readonly reboot: Stored<Recommendation>;
};

/** The versions of one component. */
export type ComponentStored = {
  readonly folders: FoldersStored;
  readonly link: Stored<string | null>;
  readonly intents: Stored<IntentFileContent>;
};

export class NormalServerComputer {
  readonly site: NormalServerSite;
  readonly facts: NormalServerFacts;
  readonly machine: Machine;
  readonly path: Path;
  readonly chance: Chance;
  readonly slots: FoldersStored;
  /** The lease that this server was given last for each release; made when the first one is. */
  #leases: Map<Digest, LeaseId> | null = null;
  /** Made when the first of them is: most servers of a large fleet have none. */
  #components: Readonly<Record<Lane, Map<ComponentName, ComponentStored>>> | null = null;
  #downloads: InboxFolder | null = null;
  #lanes: LanesStored | null;
  #trees: TreesSimulated | null = null;
  boots = 1;
  /** Processes of the daemon that ever ran here. */
  processes = 0;
  /** Faults change it: how a version behaves here from its next start on. */
  behaviourOf: (release: Release) => Behaviour;

  constructor(options: {
    readonly site: NormalServerSite;
    readonly facts: NormalServerFacts;
    readonly machine: Machine;
    readonly path: Path;
    readonly chance: Chance;
    /** The release of the daemons that is installed here; its slot is on the disk already. */
    readonly installed: Release;
    readonly slots?: FoldersStored;
    /** Of an information server's own computer: both daemons have the same. */
    readonly lanes?: LanesStored;
    behaviourOf(release: Release): Behaviour;
  }) {
    const { machine, installed } = options;
    const { disk } = machine;
    this.site = options.site;
    this.facts = options.facts;
    this.machine = machine;
    this.path = options.path;
    this.chance = options.chance;
    this.behaviourOf = options.behaviourOf;
    this.#lanes = options.lanes ?? null;
    this.slots = options.slots ?? disk.store([this.folderOf(installed)]);
  }

  get downloads(): InboxFolder {
    return (this.#downloads ??= new InboxFolder(this.machine.disk));
  }

  /** What a process of this computer believes. */
  trustOf(process: Process): Trust | null {
    const { lanes } = this.site;
    if (lanes === null) return null;
    this.#lanes ??= lanesOn(this.machine.disk, lanes);
    return trustOn(process, this.#lanes, (program) => this.seeTrusted(program));
  }

  /** Of an old image of its disk. */
  forgetTrust(): void {
    const { lanes } = this.site;
    if (lanes === null || this.#lanes === null) return;
    for (const lane of ['program', 'content'] as const) {
      this.#lanes[lane].write(lanes[lane], { synced: true });
    }
    this.seeTrusted(lanes.program);
  }

  seeTrusted({ targets }: LaneOnDisk): void {
    const withdrawn = [...targets.values()].filter((one) => withdrawnBecause(one) !== null);
    const digests = withdrawn.map(({ digest }) => digest);
    this.site.world.see({ type: 'trusted', server: this.seenAs, withdrawn: digests });
  }

  get trees(): TreesSimulated {
    return (this.#trees ??= new TreesSimulated({
      machine: this.machine,
      behaviourOf: (release) => treeBehaviour(this.behaviourOf(release)),
      changed: (component, digest) => this.seeRunning(component, digest, this.treeWorks(component)),
    }));
  }

  get seenAs(): ServerId {
    return this.facts.seenAs ?? this.facts.server;
  }

  folderOf(release: Release): VersionFolder {
    const tree = packageFor(release.manifest, this.facts.inventory.platform)?.treeDigest;
    return { name: slotNameOf(release), release, tree: tree ?? release.digest };
  }

  /** Lays a version down as an installer does, current at once; a tree runs. */
  install(release: Release): void {
    const { component, lane } = release.manifest;
    const stored = this.component(lane, component);
    const folder = this.folderOf(release);
    stored.folders.write([...stored.folders.read(), folder], { synced: true });
    stored.link.write(folder.name, { synced: true });
    if (lane === 'program') this.trees.start(release);
  }

  component(lane: Lane, name: ComponentName): ComponentStored {
    this.#components ??= { program: new Map(), content: new Map() };
    const all = this.#components[lane];
    const known = all.get(name);
    if (known !== undefined) return known;
    const { disk } = this.machine;
    const made = { folders: disk.store([]), link: disk.store(null), intents: disk.store(null) };
    all.set(name, made);
    return made;
  }

  /** Those that have folders here, as they were laid down. */
  components(lane: Lane): readonly ComponentName[] {
    return [...(this.#components?.[lane].keys() ?? [])];
  }

  /** What stands unpacked under that name; null: nothing. */
  folder(lane: Lane, component: ComponentName, name: string): Release | null {
    const stored = this.#components?.[lane].get(component);
    return stored?.folders.read().find((one) => one.name === name)?.release ?? null;
  }

  slot(name: string): VersionFolder | null {
    return this.slots.read().find((one) => one.name === name) ?? null;
  }

  /** What an unpacked archive of its downloads adds up to. */
  unpack(file: Digest): { readonly tree: Digest } | null {
    const archive = this.downloads.find(file);
    const tree = archive === null ? null : this.site.treeOf(archive.digest);
    return tree === null ? null : { tree };
  }

  /** What is current on the disk, of trees and of content. */
  installed(): Map<ComponentName, Digest> {
    const found = new Map<ComponentName, Digest>();
    for (const lane of ['program', 'content'] as const) {
      for (const [component, stored] of this.#components?.[lane] ?? []) {
        const current = currentOf(stored);
        if (current !== null) found.set(component, current.digest);
      }
    }
    return found;
  }

  /** After the machine got power: its trees are started as its own system starts them. */
  powerCut(chance: Chance): void {
    this.machine.powerCut(chance);
    this.#trees?.stopAll();
  }

  powerOn(): void {
    this.machine.hasPower = true;
    this.boots += 1;
    for (const stored of this.#components?.program.values() ?? []) {
      const current = currentOf(stored);
      if (current !== null) this.trees.start(current);
    }
  }

  /** Whoever looks after the machine starts again what runs there besides the daemons. */
  restartTrees(): void {
    if (!this.machine.hasPower) return;
    for (const stored of this.#components?.program.values() ?? []) {
      const current = currentOf(stored);
      if (current === null) continue;
      this.trees.stop(current.manifest.component);
      this.trees.start(current);
    }
  }

  seeRunning(component: ComponentName, digest: Digest | null, isWorking: boolean): void {
    const server = this.seenAs;
    this.site.world.see({ type: 'running', server, component, digest, works: isWorking });
  }

  noteLease(digest: Digest, lease: LeaseId): void {
    this.#leases ??= new Map();
    this.#leases.set(digest, lease);
  }

  seeFetched(digest: Digest, bytes: number): void {
    const { site, world } = this.site;
    const seen = { site, server: this.seenAs, digest, bytes };
    world.see({ type: 'served', ...seen });
    world.see({ type: 'fetched', ...seen });
  }

  /** By the lease that it was given last for that release, if it ever was. */
  seeSwitchBegun({ digest, manifest: { component } }: Release, tag?: LeaseId): void {
    const server = this.seenAs;
    const lease = tag ?? this.#leases?.get(digest) ?? null;
    this.site.world.see({ type: 'switch-begun', server, component, digest, lease });
  }

  seeSwitched(change: {
    readonly from: Release | null;
    readonly to: Release | null;
    readonly isReturn: boolean;
  }): void {
    const manifest = (change.to ?? change.from)?.manifest;
    if (manifest === undefined) return;
    const { component, lane } = manifest;
    const server = this.seenAs;
    const [from, to] = [change.from?.digest ?? null, change.to?.digest ?? null];
    const { isReturn } = change;
    this.site.world.see({ type: 'switched', server, component, lane, from, to, isReturn });
  }

  private treeWorks(component: ComponentName): boolean {
    const running = this.trees.running(component);
    const folder = this.#components?.program
      .get(component)
      ?.folders.read()
      .find(({ release }) => release.digest === running);
    return folder !== undefined && works(this.behaviourOf(folder.release));
  }
}

function currentOf({ folders, link }: ComponentStored): Release | null {
  return folders.read().find(({ name }) => name === link.read())?.release ?? null;
}

export function lanesOn(disk: Disk, { program, content }: NewLanes): LanesStored {
  return { program: disk.store(program), content: disk.store(content) };
}

export function trustOn(
  process: Process,
  { program, content }: LanesStored,
  changed: (program: LaneOnDisk) => void,
): Trust {
  return {
    program: new LaneTrustSimulated(process, program, changed),
    content: new LaneTrustSimulated(process, content),
  };
}

export function emptyData(disk: Disk): NormalServerData {
  return { memory: disk.store<unknown>(null), reboot: disk.store<Recommendation>(null) };
}

/** The hook `copyData` of a launcher: values of their own that equal those. */
export function copyData(disk: Disk, { memory, reboot }: NormalServerData): NormalServerData {
  return { memory: disk.store(memory.read()), reboot: disk.store(reboot.read()) };
}

function treeBehaviour({ conduct, startMilliseconds, stopMilliseconds }: Behaviour) {
  const { is } = conduct;
  return {
    startMilliseconds,
    stopMilliseconds,
    endsAfterMilliseconds: is === 'ends' ? conduct.afterMilliseconds : null,
    sickAfterMilliseconds: is === 'fades' ? conduct.afterMilliseconds : is === 'mute' ? 0 : null,
    hangs: is === 'hangs',
  };
}
