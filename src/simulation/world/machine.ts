/**
 * A simulated computer and the processes on it.
 *
 * Everything that a process asks of the world goes through `Process`, so it can be killed between
 * any two effects. A dead process cannot be stopped in the middle of its own code, but nothing that
 * it still does has an effect: its promises never settle, its timers never fire.
 */

import type { Clock } from '#ports/clock.ts';
import type { Chance } from './chance.ts';
import { Disk } from './disk.ts';
import { cancel, type Schedule } from './schedule.ts';

/** When an injected kill strikes: before that effect of the process happens, or right after it. */
export type Kill = { readonly effect: number; readonly when: 'before' | 'after' };

export class Machine {
  readonly name: string;
  readonly schedule: Schedule;
  readonly disk: Disk;
  /** Wall time minus monotonic time; a person or a time server may change it at any moment. */
  clockOffset = 0;
  /** Milliseconds that this machine counts in one of virtual time, since `#ratedAt`. */
  #clockRate = 1;
  #ratedAt = 0;
  #countedThen = 0;
  /** Told when it falls silent: frozen, or without power. */
  readonly silences = new Set<() => void>();
  readonly #processes = new Set<Process>();
  #hasPower = true;
  #poweredAt: number;
  #frozenUntil = -1;
  #thawed: (() => void)[] = [];

  constructor(options: {
    readonly name: string;
    readonly schedule: Schedule;
    readonly diskBytes: number;
  }) {
    this.name = options.name;
    this.schedule = options.schedule;
    this.disk = new Disk(options.diskBytes, () => this.schedule.now);
    this.#poweredAt = this.schedule.now;
  }

  /** Without power, peers hear nothing: no connection of it is reset. */
  get hasPower(): boolean {
    return this.#hasPower;
  }

  set hasPower(isOn: boolean) {
    if (isOn && !this.#hasPower) this.#poweredAt = this.schedule.now;
    this.#hasPower = isOn;
  }

  /**
   * Since when nothing has kept it from work: it has power, does not stand still, and its disk
   * refused nothing. null: it has no power, or stands still.
   */
  get ableSince(): number | null {
    if (!this.#hasPower || this.isFrozen) return null;
    return Math.max(this.#poweredAt, this.#frozenUntil, this.disk.refusedAt);
  }

  start(name: string, chance: Chance): Process {
    const process: Process = new Process(this, name, chance, () => this.#processes.delete(process));
    this.#processes.add(process);
    return process;
  }

  processes(): readonly Process[] {
    return [...this.#processes];
  }

  /** Counts faster or slower from now on; nothing jumps. */
  setClockRate(rate: number): void {
    this.#countedThen = this.monotonic();
    this.#ratedAt = this.schedule.now;
    this.#clockRate = rate;
  }

  monotonic(): number {
    return this.#countedThen + (this.schedule.now - this.#ratedAt) * this.#clockRate;
  }

  /** How long it takes this machine to count so many milliseconds. */
  lasting(milliseconds: number): number {
    return Math.max(0, milliseconds) / this.#clockRate;
  }

  get isFrozen(): boolean {
    return this.schedule.now < this.#frozenUntil;
  }

  /** When it goes on, or went on last; -1: it never stood still. */
  get thawsAt(): number {
    return this.#frozenUntil;
  }

  /** Nothing happens on it until then; what was due meanwhile happens at once afterwards. */
  freeze(milliseconds: number): void {
    const until = this.schedule.now + milliseconds;
    if (until <= this.#frozenUntil) return;
    this.#frozenUntil = until;
    this.#fallSilent();
    this.schedule.at(until, () => {
      if (this.isFrozen) return;
      const waiting = this.#thawed;
      this.#thawed = [];
      for (const act of waiting) act();
    });
  }

  /** Now, or when the machine goes on. */
  awake(act: () => void): void {
    if (this.isFrozen) this.#thawed.push(act);
    else act();
  }

  killAll(): void {
    for (const process of this.#processes) process.kill();
  }

  /** What was not synced is lost; whoever gives it power again sets `hasPower`. */
  powerCut(chance: Chance): void {
    this.hasPower = false;
    this.killAll();
    this.disk.powerCut(chance);
    this.#fallSilent();
  }

  #fallSilent(): void {
    for (const act of this.silences) act();
  }
}

export class Process {
  readonly machine: Machine;
  readonly name: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly #ended: () => void;
  readonly #onDeath = new Set<() => void>();
  #isAlive = true;
  #effects = 0;
  #kills: Kill[] = [];

  constructor(machine: Machine, name: string, chance: Chance, ended: () => void) {
    this.machine = machine;
    this.name = name;
    this.chance = chance;
    this.#ended = ended;
    this.clock = {
      now: () => Math.floor(machine.monotonic() + machine.clockOffset),
      monotonic: () => machine.monotonic(),
      after: (milliseconds, act) => {
        const fire = (): void => {
          if (machine.isFrozen) machine.awake(fire);
          else if (this.#isAlive) act();
        };
        const event = machine.schedule.after(machine.lasting(milliseconds), fire);
        return () => cancel(event);
      },
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get effects(): number {
    return this.#effects;
  }

  killAt(kill: Kill): void {
    this.#kills.push(kill);
  }

  /** Called once, at the end of the process, however it ended; answers how to forget it. */
  onDeath(act: () => void): () => void {
    if (!this.#isAlive) act();
    else this.#onDeath.add(act);
    return () => this.#onDeath.delete(act);
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#ended();
    for (const act of this.#onDeath) act();
  }

  /** One effect on the world. The promise of a dead process never settles. */
  effect<Value>(act: () => Value): Promise<Value> {
    const number = this.#begins();
    if (number === null) return neverSettles();
    const value = act();
    return this.#lives(number) ? Promise.resolve(value) : neverSettles();
  }

  /** An effect that is over at once; a dead process has none. */
  act(act: () => void): void {
    const number = this.#begins();
    if (number === null) return;
    act();
    this.#lives(number);
  }

  /** An effect that takes time of its own, such as a transfer: `begin` answers how to give it up. */
  wait<Value>(begin: (done: (value: Value) => void) => () => void): Promise<Value> {
    const number = this.#begins();
    if (number === null) return neverSettles();
    return new Promise((resolve) => {
      let isDone = false;
      let forget = (): void => undefined;
      const giveUp = begin((value) => {
        isDone = true;
        forget();
        this.machine.awake(() => {
          if (this.#lives(number)) resolve(value);
        });
      });
      if (!isDone) forget = this.onDeath(giveUp);
    });
  }

  /** Its number; null: a dead process has none. */
  #begins(): number | null {
    if (!this.#isAlive) return null;
    this.#effects += 1;
    const number = this.#effects;
    return this.#survives(number, 'before') ? number : null;
  }

  #lives(number: number): boolean {
    return this.#isAlive && this.#survives(number, 'after');
  }

  #survives(effect: number, when: Kill['when']): boolean {
    if (this.#kills.length === 0) return true;
    const isDue = this.#kills.some((one) => one.when === when && one.effect === effect);
    if (isDue) this.kill();
    return this.#isAlive;
  }
}

/** One for each: a shared one would keep all that ever waited. */
function neverSettles<Value>(): Promise<Value> {
  return new Promise(() => undefined);
}
