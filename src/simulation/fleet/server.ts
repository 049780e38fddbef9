/**
 * A normal server of a simulated fleet, with what faults do to it. The machine itself and the real
 * program on it are normal-server-machine.ts.
 */

import type { Release } from '#domain/catalogue/release.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type ServerId,
} from '#domain/names.ts';
import type { Chance } from '../world/chance.ts';
import { Machine } from '../world/machine.ts';
import { Path } from '../world/network.ts';
import { standsStill, wellBehaved, type Behaviour, type Conduct } from './behaviour.ts';
import { emptyData, type NormalServerSite } from './normal-server-computer.ts';
import { NormalServerMachine } from './normal-server-machine.ts';
import type { FleetOptions } from './options.ts';
import { fleetPlatform, ownComponent } from './releases.ts';

export type ServerGiven = {
  readonly site: NormalServerSite;
  readonly server: ServerId;
  readonly chance: Chance;
  readonly options: FleetOptions;
  /** What was installed in the beginning. */
  readonly installed: Release;
  /** The second program as it was in the beginning; null: there is none. */
  readonly tree: Release | null;
  /** Of a copy: the name under which it is seen, and that of its machine. */
  readonly seenAs?: ServerId;
  readonly machineId?: string;
};

const diskBytes = 100e9;

export class SimulatedServer {
  readonly server: ServerId;
  readonly machine: Machine;
  readonly path: Path;
  readonly #given: ServerGiven;
  readonly #server: NormalServerMachine;
  /** Of every version of the daemons but the installed one. */
  #conduct: Conduct = { is: 'works' };
  /** One that stood still may still do so, whatever came over it since. */
  #stoodStill = false;
  /** Of the installed one. */
  conductOfOld: Conduct = { is: 'works' };
  isHonest = true;
  isLost = false;
  #powerAt = 0;
  /** As it was when the disk had been written so often; every recount asks. */
  #installed: { readonly map: ReadonlyMap<ComponentName, Digest>; readonly writes: number } | null =
    null;

  constructor(given: ServerGiven) {
    const { site, server, chance, options, installed, seenAs = server, machineId = seenAs } = given;
    const { schedule } = site.world;
    this.#given = given;
    this.server = server;
    this.machine = new Machine({ name: seenAs, schedule, diskBytes });
    this.path = new Path(options.latencyMilliseconds, options.jitterMilliseconds);
    this.#server = new NormalServerMachine({
      site,
      machine: this.machine,
      path: this.path,
      chance,
      installed,
      behaviourOf: (release) => this.#behaviourOf(release),
      facts: {
        server,
        seenAs,
        domain: brand<DomainName>('default'),
        inventory: { platform: fleetPlatform, os: 'Linux', memoryBytes: 8e9, machineId },
        jitterSeconds: options.jitterSeconds,
        withInformationServer: false,
        installId: `install-${server}`,
      },
    });
  }

  #behaviourOf({ digest, manifest }: Release): Behaviour {
    if (manifest.kind === 'tree') return { ...wellBehaved, conduct: this.#conductOfTree(digest) };
    const isOld = digest === this.#given.installed.digest;
    return { ...wellBehaved, conduct: isOld ? this.conductOfOld : this.conduct };
  }

  /** What fails later than its health command asks is nobody's to bring back: it fails at once. */
  #conductOfTree(digest: Digest): Conduct {
    if (digest === this.#given.tree?.digest || this.conduct.is === 'works') return { is: 'works' };
    return this.conduct.is === 'hangs' ? this.conduct : { is: 'mute' };
  }

  get isRunning(): boolean {
    return this.#server.launcher.serviceProcess('normal-server') !== null;
  }

  /** What is current on its disk. */
  installed(): ReadonlyMap<ComponentName, Digest> {
    const { writes } = this.machine.disk;
    if (this.#installed?.writes === writes) return this.#installed.map;
    const map = this.#server.computer.installed();
    const current = this.#current();
    if (current !== null) map.set(ownComponent, current.digest);
    this.#installed = { map, writes };
    return map;
  }

  #current(): Release | null {
    const slot = this.#server.launcher.current('program')?.slot;
    return slot === undefined ? null : (this.#server.computer.slot(slot)?.release ?? null);
  }

  /** The image of its disk on another machine: what runs there, and what it remembers. */
  copy(seenAs: ServerId, machineId: string): SimulatedServer {
    const given = this.#given;
    const installed = this.#current() ?? given.installed;
    const chance = given.chance.fork(seenAs);
    const copy = new SimulatedServer({ ...given, installed, chance, seenAs, machineId });
    const memory = this.#memory()?.read();
    if (memory !== undefined) copy.#memory()?.write(memory, { synced: true });
    return copy;
  }

  #memory() {
    return this.#server.launcher.current('program')?.data.memory;
  }

  get conduct(): Conduct {
    return this.#conduct;
  }

  set conduct(conduct: Conduct) {
    this.#conduct = conduct;
    this.#stoodStill ||= standsStill(conduct);
  }

  /** Somebody mends its versions, and starts a daemon again that only stood still. */
  repair(): void {
    const stoodStill = this.#stoodStill || standsStill(this.conductOfOld);
    this.#stoodStill = false;
    this.conduct = { is: 'works' };
    this.conductOfOld = { is: 'works' };
    if (stoodStill) this.#server.launcher.serviceProcess('normal-server')?.kill();
    this.#server.computer.restartTrees();
  }

  boot(): void {
    const { tree } = this.#given;
    if (tree !== null) this.#server.computer.install(tree);
    this.#server.boot();
  }

  powerCut(milliseconds: number): void {
    const { schedule } = this.machine;
    if (this.isLost) return;
    this.#powerAt = Math.max(this.#powerAt, schedule.now + milliseconds);
    this.#server.powerCut(this.#given.chance);
    schedule.at(schedule.now + milliseconds, () => {
      if (this.isLost || this.machine.hasPower || schedule.now < this.#powerAt) return;
      this.#server.powerOn();
    });
  }

  /** For ever. */
  vanish(): void {
    this.isLost = true;
    if (this.machine.hasPower) this.#server.powerCut(this.#given.chance);
  }

  /** As a machine that was put back to an old image: the first version, and nothing remembered. */
  setBack(): void {
    const { computer, launcher } = this.#server;
    const { installed, chance } = this.#given;
    const stored = launcher.stored('program');
    if (stored === null || this.isLost || !this.machine.hasPower) return;
    const from = this.#current();
    const first = computer.folderOf(installed);
    this.#server.powerCut(chance);
    const others = computer.slots.read().filter(({ name }) => name !== first.name);
    computer.slots.write([...others, first], { synced: true });
    const data = emptyData(this.machine.disk);
    const generation = { generation: 1, slot: first.name, data };
    stored.generations.write([generation], { synced: true });
    stored.current.write(1, { synced: true });
    stored.intents.write(null, { synced: true });
    computer.forgetTrust();
    computer.seeSwitched({ from, to: installed, isReturn: true });
    this.#server.powerOn();
  }
}
