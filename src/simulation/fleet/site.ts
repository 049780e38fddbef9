/**
 * One simulated site: its information server's computer with all that runs there, its link, its
 * normal servers, and the person who looks after it. Absent: what is above it.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type PersonName, type ServerId, type UpgradeId } from '#domain/names.ts';
import type { Program } from '#information-server/program.ts';
import { emptyJournal } from '../adapters/journal-simulated.ts';
import type { JournalState } from '../adapters/journal-simulated-state.ts';
import { LauncherSimulated } from '../adapters/launcher-simulated.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import type { Chance } from '../world/chance.ts';
import type { Machine } from '../world/machine.ts';
import { SharedLink } from '../world/shared-link.ts';
import { beginAgent, type Above } from './agent.ts';
import { addressesOf } from './information-server.ts';
import { beginNormalServer } from './normal-server.ts';
import { copyData, emptyData } from './normal-server-computer.ts';
import { Person, type Beside } from './people.ts';
import { planOf } from './releases.ts';
import { SimulatedServer } from './server.ts';
import { SiteComputer, type SiteData, type SiteGiven } from './site-computer.ts';
import {
  beginInformationServerOn,
  type RunningInformationServer,
} from './site-information-server.ts';

export class SimulatedSite {
  readonly name: ServerId;
  readonly computer: SiteComputer;
  readonly link: SharedLink;
  readonly launcher: LauncherSimulated<SiteData>;
  readonly servers: readonly SimulatedServer[];
  readonly person: Person;
  readonly #given: SiteGiven;
  #running: RunningInformationServer | null = null;
  #powerAt = 0;
  #newsSeen = 0;

  constructor(given: SiteGiven) {
    const { world, name, options, installed } = given;
    const { schedule } = world;
    const { bytesPerSecond, bytesPerSecondEach } = options;
    this.#given = given;
    this.name = name;
    this.computer = new SiteComputer(given, () =>
      this.launcher.serviceProcess('information-server'),
    );
    this.link = new SharedLink({ schedule, bytesPerSecond, bytesPerSecondEach });
    this.launcher = this.#openLauncher();
    const site = this.computer.asSeenOver(this.link);
    this.servers = Array.from({ length: options.serversEach }, (_, index) => {
      const server = brand<ServerId>(`${name}-server-${index + 1}`);
      const chance = this.computer.chance.fork(server);
      const tree = given.trees?.installed ?? null;
      return new SimulatedServer({ site, server, chance, options, installed, tree });
    });
    this.person = this.#newPerson();
  }

  get machine(): Machine {
    return this.computer.machine;
  }

  /** What its agent dials, and the way there; null: it has no agent. */
  get above(): Above | null {
    return this.#given.above;
  }

  #openLauncher(): LauncherSimulated<SiteData> {
    const { machine, own, chance } = this.computer;
    const { world, installed, above } = this.#given;
    const { disk } = machine;
    const slot = slotNameOf(installed);
    const data: SiteData = { journal: disk.store(emptyJournal()), own: emptyData(disk) };
    return new LauncherSimulated<SiteData>({
      world,
      machine,
      chance: chance.fork('launcher'),
      services: {
        program: ['information-server', 'normal-server'],
        ...(above === null ? {} : { agent: ['agent'] }),
      },
      installed: { program: { slot, data }, ...(above === null ? {} : { agent: { slot, data } }) },
      isSlotThere: (name) => own.slot(name) !== null,
      copyData: (from, track) =>
        // An agent keeps nothing.
        track === 'agent'
          ? from
          : { journal: disk.store(from.journal.read().snapshot()), own: copyData(disk, from.own) },
      begin: (run) => this.#begin(run),
      switched: (track, { from, to, isReturn }) => {
        if (track !== 'program') return;
        const releaseOf = (name: string) => own.slot(name)?.release ?? null;
        own.seeSwitched({ from: releaseOf(from), to: releaseOf(to), isReturn });
        if (isReturn) world.see({ type: 'journal-replaced', site: this.name });
      },
    });
  }

  #begin(run: ServiceRun<SiteData>): { close(): Promise<void> } {
    const { world } = this.#given;
    const { service, process, data } = run;
    world.see({ type: 'process-started', machine: this.name, process: service });
    process.onDeath(() => {
      world.see({ type: 'process-ended', machine: this.name, process: service });
    });
    if (service === 'normal-server') {
      return beginNormalServer({ ...run, data: data.own }, this.computer.own);
    }
    return service === 'agent' ? this.#beginAgent(run) : this.#beginInformationServer(run);
  }

  #beginAgent({ slot, process, link, exit }: ServiceRun<SiteData>): { close(): Promise<void> } {
    const { world, log, above } = this.#given;
    const { inbox, own: computer } = this.computer;
    const release = computer.slot(slot)?.release;
    if (release === undefined) return crash(process, exit);
    const own = { version: release.manifest.version, digest: release.digest };
    const informationServer = addressesOf(this.name).agent;
    const place = { world, log, site: this.name, informationServer, inbox, controlManager: above };
    return beginAgent({ process, link, own }, place);
  }

  #beginInformationServer(run: ServiceRun<SiteData>): { close(): Promise<void> } {
    const release = this.computer.own.slot(run.slot)?.release;
    if (release === undefined) return crash(run.process, run.exit);
    const { process, exit } = run;
    process.onDeath(() => {
      this.#running = null;
    });
    const { conduct } = this.computer.behaviourOf(release);
    if (conduct.is === 'ends') process.clock.after(conduct.afterMilliseconds, () => exit(1));
    if (conduct.is === 'hangs' || conduct.is === 'mute') return { close: () => Promise.resolve() };
    return beginInformationServerOn(this.computer, run, {
      release,
      currentSlots: () =>
        (['program', 'agent'] as const).flatMap(
          (track) => this.launcher.current(track)?.slot ?? [],
        ),
      began: (running) => {
        this.#running = running;
      },
    });
  }

  /** Of this site's servers, whoever begins it; answers its text. */
  writePlan(upgrade: UpgradeId): string {
    const { options, target: release } = this.#given;
    const servers = this.servers.map(({ server }) => server);
    const startsAt = this.computer.wallNow();
    this.computer.plans.set(upgrade, planOf({ upgrade, options, release, servers, startsAt }));
    return upgrade;
  }

  /** The release of the plan, with what is signed now. */
  importTarget(): Promise<void> {
    return this.#import(this.#given.target);
  }

  #newPerson(): Person {
    const { world } = this.#given;
    const chance = this.computer.chance.fork('person');
    let upgrades = 0;
    return new Person({
      site: this.name,
      world,
      chance,
      habits: {
        minutesBetweenLooks: chance.pick([1, 5, 15]),
        minutesLate: chance.pick([0, 1, 10]),
        saysTwice: false,
        resumesMax: chance.integer(1, 6),
        overrules: chance.happens(0.5),
      },
      program: () => this.program,
      nextUpgrade: () => {
        upgrades += 1;
        return brand<UpgradeId>(`${this.name}-upgrade-${upgrades}`);
      },
      writePlan: (upgrade) => this.writePlan(upgrade),
      importRelease: () => this.importTarget(),
      importNews: () => this.#importNews(),
      beside: this.#beside(chance),
    });
  }

  /** Its groups begin with the last servers, so that it meets the other upgrade half way. */
  #beside(chance: Chance): Beside | null {
    const { options, trees } = this.#given;
    if (options.beside === null || trees === null) return null;
    const { plans } = this.computer;
    const release = trees.target;
    const upgrade = brand<UpgradeId>(`${this.name}-beside`);
    const names = this.servers.map(({ server }) => server).toReversed();
    const isAll = options.beside.form === 'upgrade';
    const servers = isAll ? names : names.slice(0, chance.integer(1, Math.min(names.length, 100)));
    return {
      ...options.beside,
      component: release.manifest.component,
      servers,
      writePlan: () => {
        const startsAt = this.computer.wallNow();
        plans.set(upgrade, planOf({ upgrade, options, release, servers, startsAt }));
        return upgrade;
      },
      importRelease: () => this.#import(release),
    };
  }

  /** What a person uploads before the upgrade. */
  async #import(release: Release): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    const { program, store } = running;
    const { programs } = this.#given.signers;
    const stored = await store.importReady(release, program.againstImport, programs);
    if (stored.ok)
      await program.imported(stored.value, {
        name: brand<PersonName>('console'),
        scope: 'whole',
      });
  }

  /** What was signed since, as soon as somebody carries it here. */
  async #importNews(): Promise<void> {
    const { program } = this;
    const { programs, version } = this.#given.signers;
    if (program === null || version === this.#newsSeen) return;
    const because = await program.againstImport(null, programs);
    if (because === null) this.#newsSeen = version;
  }

  /** What people reach; null: nobody answers. */
  get program(): Program | null {
    return this.#running?.program ?? null;
  }

  /** Of the generation that is current, whoever runs. */
  get journal(): JournalState {
    return this.#data().journal.read();
  }

  #data(): SiteData {
    const data = this.launcher.current('program')?.data;
    if (data === undefined) throw new Error('broken invariant: a site has a current generation');
    return data;
  }

  boot(): void {
    this.launcher.boot();
  }

  /** Somebody mends its new version, and starts a daemon again that only stood still. */
  repair(): void {
    if (!this.computer.repair()) return;
    for (const name of ['information-server', 'normal-server']) {
      this.launcher.serviceProcess(name)?.kill();
    }
  }

  powerCut(milliseconds: number): void {
    const { own, chance, machine } = this.computer;
    const { schedule } = machine;
    this.#powerAt = Math.max(this.#powerAt, schedule.now + milliseconds);
    own.powerCut(chance);
    schedule.at(schedule.now + milliseconds, () => {
      if (!machine.hasPower && schedule.now >= this.#powerAt) this.#powerOn();
    });
  }

  #powerOn(): void {
    this.computer.own.powerOn();
    this.launcher.boot();
  }

  backUp(): JournalState {
    return this.journal.snapshot();
  }

  /** The computer is stopped, its journal put back, and everything started again. */
  restore(backup: JournalState): void {
    const { own, chance, machine } = this.computer;
    if (!machine.hasPower) return;
    own.powerCut(chance);
    backup.noteRestore({ who: 'mori', detail: {} });
    this.#data().journal.write(backup, { synced: true });
    this.#given.world.see({ type: 'journal-replaced', site: this.name });
    this.#powerOn();
  }
}

/** The file that it would be started from is not there. */
function crash(
  { clock }: ServiceRun<SiteData>['process'],
  exit: (status: number) => void,
): { close(): Promise<void> } {
  clock.after(0, () => exit(1));
  return { close: () => Promise.resolve() };
}
