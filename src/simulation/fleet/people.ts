/**
 * The person who looks after one site: starts its upgrade, and looks again every so often. Acts
 * through the routes of the information server's console alone, and only while somebody answers
 * there. Absent: which habits a person has; faults change them.
 */

import type { Hold } from '#domain/hold/hold.ts';
import {
  brand,
  type ComponentName,
  type GroupName,
  type PersonName,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead } from '#domain/upgrade/state.ts';
import type { By } from '#information-server/parts.ts';
import type { Program } from '#information-server/program.ts';
import { handlers } from '#information-server/routes/answer.ts';
import { JournalFailed, type Rows } from '#ports/journal.ts';
import type { Chance } from '../world/chance.ts';
import type { World } from '../world/world.ts';
import { ownComponent } from './releases.ts';

const minuteMs = 60_000;
const besideLookMs = 5_000;

export type Habits = {
  /** Mean time between two looks. */
  minutesBetweenLooks: number;
  /** From seeing that something waits to doing something about it. */
  minutesLate: number;
  /** Everything is said twice, at once. */
  saysTwice: boolean;
  /** Resumes so often before giving an upgrade up. */
  resumesMax: number;
  /** Goes on by hand where a gate has failed or proved nothing. */
  overrules: boolean;
};

/** What is upgraded beside the daemons, once, whatever becomes of it. */
export type Beside = {
  readonly form: UpgradePlan['form'];
  readonly from: 'start' | 'groups';
  readonly component: ComponentName;
  readonly servers: readonly ServerId[];
  writePlan(): string;
  importRelease(): Promise<void>;
};

export type PersonWorld = {
  readonly site: string;
  readonly world: World;
  readonly chance: Chance;
  readonly habits: Habits;
  /** The running information server; null while none is. */
  program(): Program | null;
  /** Makes a plan for this upgrade, and answers its text. */
  writePlan(upgrade: UpgradeId): string;
  nextUpgrade(): UpgradeId;
  /** Uploads the release of the plan; harmless when it is there. */
  importRelease(): Promise<void>;
  /** And metadata alone, where there is any that this site has not seen. */
  importNews(): Promise<void>;
  /** null: nothing is. */
  readonly beside: Beside | null;
};

type Call = keyof typeof handlers;

export class Person {
  readonly habits: Habits;
  readonly #world: PersonWorld;
  readonly #by: By;
  #resumes = 0;
  /** Of what is upgraded beside. */
  #resumesBeside = 0;
  #retries = 0;
  /** Stopped upgrades after which another one is made. */
  #upgradesLeft = 1;
  #begun: UpgradeId | null = null;
  #end: 'finished' | 'stopped' | null = null;

  constructor(world: PersonWorld) {
    this.#world = world;
    this.habits = world.habits;
    this.#by = { name: brand<PersonName>(`person of ${world.site}`), scope: 'whole' };
    this.#lookAfter(minuteMs);
    if (world.beside !== null) this.#waitFor(world.beside);
  }

  /** Nothing is left to do for this person. */
  get end(): 'finished' | 'stopped' | null {
    return this.#end;
  }

  /** The plan that was begun last, or is to be. */
  get upgrade(): UpgradeId | null {
    return this.#begun;
  }

  /** At once: what a fault has the person do. */
  pause(upgrade = this.#begun ?? undefined): void {
    this.#say('upgrade.pause', (program) =>
      handlers['upgrade.pause'](program.parts, { upgrade }, this.#by),
    );
  }

  resume(upgrade = this.#begun ?? undefined): void {
    this.#say('upgrade.resume', (program) =>
      handlers['upgrade.resume'](program.parts, { upgrade }, this.#by),
    );
  }

  stop(upgrade = this.#begun ?? undefined): void {
    this.#say('upgrade.stop', (program) =>
      handlers['upgrade.stop'](program.parts, { upgrade }, this.#by),
    );
  }

  approve(group: GroupName, upgrade = this.#begun ?? undefined): void {
    this.#say('upgrade.approve', (program) =>
      handlers['upgrade.approve'](program.parts, { upgrade, group }, this.#by),
    );
  }

  hold(minutes: number, scope: Pick<Hold['scope'], 'servers' | 'lanes'>): void {
    const params = { reason: 'a person said so', minutes, components: [] };
    const servers = scope.servers === 'site' ? scope.servers : [...scope.servers];
    this.#say('hold.add', (program) =>
      handlers['hold.add'](
        program.parts,
        { ...params, servers, lanes: [...scope.lanes] },
        this.#by,
      ),
    );
  }

  update(): void {
    this.#say('update.now', (program) => handlers['update.now'](program.parts, {}, this.#by));
  }

  agent(wanted: 'stop' | 'start'): void {
    this.#say(`agent.${wanted}`, (program) =>
      handlers[`agent.${wanted}`](program.parts, {}, this.#by),
    );
  }

  restore(): void {
    this.#say('catalogue.restore', (program) =>
      handlers['catalogue.restore'](program.parts, { preview: false }, this.#by),
    );
  }

  /** Everything that only shows something: it must not break, whatever goes on. */
  lookAround(): void {
    const shows = ['site.show', 'hold.list', 'catalogue.diff', 'fleet.tree'] as const;
    for (const call of shows)
      this.#say(call, (program) => handlers[call](program.parts, {}, this.#by));
    this.#say('upgrade.status', (program) =>
      handlers['upgrade.status'](program.parts, {}, this.#by),
    );
    this.#say('record.list', (program) =>
      handlers['record.list'](program.parts, { limit: 20 }, this.#by),
    );
  }

  /** Its own upgrade by itself, outside any group. */
  upgradeSelf(version: string): void {
    this.#say('information-server.upgrade', (program) =>
      handlers['information-server.upgrade'](program.parts, { version }, this.#by),
    );
  }

  /** One component to these servers, whatever the plan of the site says. */
  deploy(component: ComponentName, servers: readonly ServerId[]): void {
    const params = { component, servers: [...servers], acknowledged: true };
    this.#say('deploy', (program) => handlers.deploy(program.parts, params, this.#by));
  }

  identify(server: ServerId): void {
    this.#say('fleet.identify', (program) =>
      handlers['fleet.identify'](program.parts, { server }, this.#by),
    );
  }

  #lookAfter(milliseconds: number): void {
    const { schedule } = this.#world.world;
    schedule.after(milliseconds, () => {
      const next = this.#world.chance.exponential(this.habits.minutesBetweenLooks * minuteMs);
      if (this.#end === null) this.#lookAfter(1_000 + next);
      this.#look();
    });
  }

  #look(): void {
    const program = this.#world.program();
    if (program === null) return;
    this.#guard('imported', this.#world.importNews());
    this.#guard('looked', this.#see(program));
  }

  async #see(program: Program): Promise<void> {
    const { upgrades } = program.parts.site.journal.rows;
    const heads = await upgrades.heads();
    const own = heads.filter(({ release }) => release.component === ownComponent);
    const head = own.find(({ upgrade }) => upgrade === this.#begun) ?? own[0];
    // An older journal may know an earlier upgrade that goes on: that one is looked after then.
    if (head !== undefined && goesOn(head)) this.#begun = head.upgrade;
    if (head === undefined || head.upgrade !== this.#begun) return this.#begin();
    const beside = heads.filter((one) => one.release.component !== ownComponent && goesOn(one));
    for (const one of beside) await this.#answer(one, upgrades);
    if (goesOn(head)) await this.#answer(head, upgrades);
    else if (beside.length > 0) return;
    else if (head.state === 'finished') this.#end = 'finished';
    else this.#stopped();
  }

  async #answer(head: UpgradeHead, upgrades: Rows['upgrades']): Promise<void> {
    if (head.state === 'paused') this.#answerPause(head);
    else if (head.state === 'groups') {
      const group = (await upgrades.groups(head.upgrade))[head.turn];
      if (group !== undefined) this.#answerGroup(head.upgrade, group);
    }
  }

  /** Looks more often than for anything else, lest the moment passes. */
  #waitFor(beside: Beside): void {
    this.#world.world.schedule.after(besideLookMs, () => {
      if (this.#end !== null) return;
      this.#waitFor(beside);
      const program = this.#world.program();
      if (program !== null) this.#guard('looked', this.#seeBeside(program, beside));
    });
  }

  async #seeBeside(program: Program, beside: Beside): Promise<void> {
    const { upgrades } = program.parts.site.journal.rows;
    const heads = await upgrades.heads();
    if (heads.some(({ release }) => release.component === beside.component)) return;
    const head = heads.find(({ upgrade }) => upgrade === this.#begun);
    if (beside.from === 'start' || head?.state === 'groups') this.#beginBeside(beside);
  }

  #beginBeside(beside: Beside): void {
    const { component, form, servers } = beside;
    const start = (): void => {
      if (form === 'deployment') return this.deploy(component, servers);
      const params = { file: 'plan', text: beside.writePlan() };
      this.#say('upgrade.start', (program) =>
        handlers['upgrade.start'](program.parts, params, this.#by),
      );
    };
    this.#guard('imported', beside.importRelease().then(start));
  }

  #begin(): void {
    const upgrade = this.#begun ?? this.#world.nextUpgrade();
    this.#begun = upgrade;
    const start = (): void => {
      const params = { file: 'plan', text: this.#world.writePlan(upgrade) };
      this.#say('upgrade.start', (program) =>
        handlers['upgrade.start'](program.parts, params, this.#by),
      );
    };
    this.#guard('imported', this.#world.importRelease().then(start));
  }

  #stopped(): void {
    if (this.#upgradesLeft === 0) this.#end = 'stopped';
    else {
      this.#upgradesLeft -= 1;
      this.#resumes = 0;
      this.#begun = null;
      this.#begin();
    }
  }

  #answerPause({ upgrade, because, release }: UpgradeHead): void {
    const isOwn = release.component === ownComponent;
    const resumes = isOwn ? (this.#resumes += 1) : (this.#resumesBeside += 1);
    if (resumes > this.habits.resumesMax) this.#later(() => this.stop(upgrade));
    else if (because?.code === 'GATE_FAILED' && this.habits.overrules && resumes > 1) {
      const { group } = because.with;
      this.#later(() => this.#approveNamed(upgrade, String(group)));
    } else this.#later(() => this.resume(upgrade));
  }

  #answerGroup(upgrade: UpgradeId, { name, state, because, approved }: UpgradeGroup): void {
    const isAsked = state === 'waiting' && because?.code === 'GROUP_NOT_OPEN' && !approved;
    if (isAsked) this.#later(() => this.approve(name, upgrade));
    if (state !== 'inconclusive') return;
    this.#retries += 1;
    if (this.#retries % 3 === 0) this.#later(() => this.approve(name, upgrade));
    else this.#later(() => this.resume(upgrade));
  }

  #approveNamed(upgrade: UpgradeId, text: string): void {
    const program = this.#world.program();
    if (program === null) return;
    const { upgrades } = program.parts.site.journal.rows;
    const found = upgrades.groups(upgrade).then((groups) => {
      const group = groups.find(({ name }) => name === text);
      if (group !== undefined) this.approve(group.name, upgrade);
    });
    this.#guard('looked', found);
  }

  #later(act: () => void): void {
    const { chance, world } = this.#world;
    world.schedule.after(chance.between(0, this.habits.minutesLate * minuteMs), act);
  }

  #say(what: Call, ask: (program: Program) => Promise<Result<unknown>>): void {
    for (let time = 0; time < (this.habits.saysTwice ? 2 : 1); time++) {
      const program = this.#world.program();
      const { site, world } = this.#world;
      const detail = { answered: program !== null };
      world.see({ type: 'acted', what, on: site, detail });
      if (program !== null) this.#guard(what, ask(program));
    }
  }

  /** An answer may be no; whatever else a call throws is a bug. */
  #guard(what: string, asked: Promise<unknown>): void {
    const { world, site } = this.#world;
    asked.catch((error: unknown) => {
      if (error instanceof JournalFailed) return;
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      world.see({ type: 'error', process: `${site}/console`, text: `${what}: ${detail}` });
    });
  }
}

function goesOn({ state }: UpgradeHead): boolean {
  return state !== 'finished' && state !== 'stopped';
}
