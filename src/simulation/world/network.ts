/**
 * Connections between processes of different machines, as the programs see them through
 * `SocketLink`: ordered and complete while they stand, and over when one side believes so.
 *
 * A cut (of one direction or both) keeps what was sent until the path is whole again; silence ends
 * the connection after the time that the links' contract states. A lost packet is a delay, as it is
 * under TCP. Duplicates and overtaking do not exist there; they are an adversary of their own.
 */

import { identityText, type Identity } from '#domain/trust/identity.ts';
import type { Peer, SocketLink } from '#ports/link.ts';
import { backOffMilliseconds, redial } from '#protocol/shared/redial.ts';
import type { Chance } from './chance.ts';
import type { Process } from './machine.ts';
import type { Schedule } from './schedule.ts';

/** The way between one machine and whoever it dials; changed in place by faults. */
export class Path {
  latencyMilliseconds: number;
  /** At most so much on top, evenly. */
  jitterMilliseconds: number;
  /** Against the contract of a stream, to try the protocol harder than TCP does. */
  duplicateShare = 0;
  overtakeShare = 0;
  isCutUp = false;
  isCutDown = false;
  /** A lower end that lies: what it really sends in place of this message; null: nothing. */
  meddleUp: ((message: object) => object | null) | null = null;
  /** The same of an upper end. */
  meddleDown: ((message: object) => object | null) | null = null;
  /** Told when it is cut, when it is whole again, and when it loses more or less. */
  readonly changed = new Set<() => void>();

  #lossShare = 0;

  constructor(latencyMilliseconds: number, jitterMilliseconds: number) {
    this.latencyMilliseconds = latencyMilliseconds;
    this.jitterMilliseconds = jitterMilliseconds;
  }

  /** Each lost packet is a retransmission's delay, and a transfer so much slower. */
  get lossShare(): number {
    return this.#lossShare;
  }

  set lossShare(share: number) {
    this.#lossShare = share;
    for (const act of this.changed) act();
  }

  get isCut(): boolean {
    return this.isCutUp || this.isCutDown;
  }

  cut(directions: { readonly up: boolean; readonly down: boolean }): void {
    this.isCutUp = directions.up;
    this.isCutDown = directions.down;
    for (const act of this.changed) act();
  }
}

type Listening = {
  readonly accept: (link: SocketLink) => void;
  /** Whose certificate it shows. */
  readonly identity: Identity;
  /** Of whom it takes connections; anybody else's end at once, as if refused by the real one. */
  readonly admits?: (peer: Identity) => boolean;
};

type Listener = Listening & { readonly process: Process };

/** Who was refused comes back that much later. */
const refusedMilliseconds = 30_000;

/** What is sent again may be lost again: each time it takes twice as long, as TCP does it. */
const retransmissionMilliseconds = 200;
const retransmissionsMax = 8;
/** An overtaken message comes so late that others have answered, decided and said more since. */
const heldBackMsMin = 1_000;
const heldBackMsMax = 60_000;

/** What one packet is late on that path, beyond its latency. */
export function lateMilliseconds({ jitterMilliseconds, lossShare }: Path, chance: Chance): number {
  let milliseconds = chance.next() * jitterMilliseconds;
  for (let sent = 0; sent < retransmissionsMax && chance.happens(lossShare); sent++) {
    milliseconds += retransmissionMilliseconds * 2 ** sent;
  }
  return milliseconds;
}

export class Network {
  readonly #schedule: Schedule;
  readonly #chance: Chance;
  readonly #listeners = new Map<string, Listener>();

  constructor(schedule: Schedule, chance: Chance) {
    this.#schedule = schedule;
    this.#chance = chance;
  }

  /** Whoever dials this address reaches `accept`, as long as the process lives. */
  listen(process: Process, address: string, listening: Listening): void {
    const listener = { process, ...listening };
    this.#listeners.set(address, listener);
    process.onDeath(() => {
      if (this.#listeners.get(address) === listener) this.#listeners.delete(address);
    });
  }

  isListening(address: string): boolean {
    return this.#listeners.has(address);
  }

  /** Keeps one connection alive for ever, like the programs' own dialler. */
  dial(
    process: Process,
    options: {
      readonly address: () => string | null;
      readonly path: Path;
      /** Whose certificate it shows. */
      readonly identity: Identity;
      readonly opened: (link: SocketLink) => void;
    },
  ): { close(): void } {
    let failures = 0;
    let isClosed = false;
    let current: Connection | null = null;
    const { clock } = process;
    const ended = (lived: number): void => {
      current = null;
      if (isClosed) return;
      failures = lived >= redial.steadyMilliseconds ? 1 : failures + 1;
      clock.after(backOffMilliseconds(failures, process.chance.next()), attempt);
    };
    const attempt = (): void => {
      if (isClosed || !process.isAlive) return;
      const address = options.address();
      if (address === null) {
        failures += 1;
        const wait = backOffMilliseconds(failures, process.chance.next());
        clock.after(Math.min(wait, redial.addressMillisecondsMax), attempt);
        return;
      }
      const listener = this.#listeners.get(address);
      if (options.path.isCut) {
        clock.after(redial.handshakeMilliseconds, () => ended(0));
        return;
      }
      // Three ways of a packet: the handshake.
      const wait = 3 * this.#delay(options.path);
      clock.after(wait, () => {
        if (isClosed) return;
        const isThere = listener !== undefined && listener.process.isAlive;
        if (!isThere || listener.process.machine.isFrozen || options.path.isCut) return ended(0);
        if (listener.admits?.(options.identity) === false) {
          clock.after(refusedMilliseconds, () => ended(0));
          return undefined;
        }
        const openedAt = clock.monotonic();
        current = new Connection({
          schedule: this.#schedule,
          chance: this.#chance,
          path: options.path,
          dialler: process,
          listener: listener.process,
          delay: () => this.#delay(options.path),
          peers: { lower: peerOf(options.identity), upper: peerOf(listener.identity) },
        });
        current.lower.onClose(() => ended(clock.monotonic() - openedAt));
        listener.accept(current.upper);
        options.opened(current.lower);
        return undefined;
      });
    };
    attempt();
    return {
      close() {
        isClosed = true;
        current?.lower.close();
      },
    };
  }

  #delay(path: Path): number {
    return path.latencyMilliseconds + lateMilliseconds(path, this.#chance);
  }
}

type Facts = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly path: Path;
  readonly dialler: Process;
  readonly listener: Process;
  readonly delay: () => number;
  /** Who stands at which end. */
  readonly peers: { readonly lower: Peer; readonly upper: Peer };
};

/** One certificate for each name: its text is its serial number. */
const peerOf = (identity: Identity): Peer => ({ identity, serial: identityText(identity) });

class Connection {
  readonly lower: End;
  readonly upper: End;
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.lower = new End(facts, { process: facts.dialler, isUp: true });
    this.upper = new End(facts, { process: facts.listener, isUp: false });
    this.lower.other = this.upper;
    this.upper.other = this.lower;
    const watch = (): void => this.#changed();
    const forget = (): void => {
      if (!this.lower.isOver || !this.upper.isOver) return;
      facts.path.changed.delete(watch);
      for (const { machine } of [facts.dialler, facts.listener]) machine.silences.delete(watch);
    };
    facts.path.changed.add(watch);
    for (const { machine } of [facts.dialler, facts.listener]) machine.silences.add(watch);
    this.lower.over = forget;
    this.upper.over = forget;
  }

  #changed(): void {
    this.lower.flush();
    this.upper.flush();
    if (!this.lower.isDeaf() && !this.upper.isDeaf()) return;
    // Two pings without a sound, as the links' contract says.
    this.#facts.schedule.after(2 * redial.pingMilliseconds, () => {
      this.lower.giveUpIfDeaf();
      this.upper.giveUpIfDeaf();
    });
  }
}

class End implements SocketLink {
  readonly remote: string;
  readonly peer: Peer;
  other: End | null = null;
  isOver = false;
  over = (): void => undefined;
  readonly #facts: Facts;
  readonly #process: Process;
  readonly #isUp: boolean;
  #messageActs: ((input: unknown) => void)[] = [];
  #closeActs: (() => void)[] = [];
  #waiting: object[] = [];
  #arrivesAt = 0;
  #forgetDeath = (): void => undefined;

  constructor(facts: Facts, side: { readonly process: Process; readonly isUp: boolean }) {
    this.#facts = facts;
    this.#process = side.process;
    this.#isUp = side.isUp;
    this.peer = side.isUp ? facts.peers.upper : facts.peers.lower;
    this.remote = (side.isUp ? facts.listener : facts.dialler).machine.name;
    // A killed process' connections are reset by its kernel; a machine without power is silent.
    this.#forgetDeath = this.#process.onDeath(() => {
      if (this.#process.machine.hasPower) this.#reset();
      else this.#end();
    });
  }

  send(message: object): void {
    if (this.isOver) return;
    const { meddleUp, meddleDown } = this.#facts.path;
    const meddle = this.#isUp ? meddleUp : meddleDown;
    const sent = meddle === null ? message : meddle(message);
    this.#process.act(() => {
      if (sent === null) return;
      if (this.#isHeldBack()) this.#waiting.push(sent);
      else this.#carry(sent);
    });
  }

  onMessage(act: (input: unknown) => void): void {
    // Exactly one, as a rule: a grown array would keep room for sixteen more.
    this.#messageActs = [...this.#messageActs, act];
  }

  onClose(act: () => void): void {
    this.#closeActs = [...this.#closeActs, act];
  }

  close(): void {
    if (!this.isOver) this.#reset();
  }

  flush(): void {
    if (this.#isHeldBack()) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#carry(message);
  }

  /** Nothing of the other side can be heard here; a ping and its answer need both directions. */
  isDeaf(): boolean {
    const { other } = this;
    if (this.isOver || other === null) return false;
    return other.isOver || other.#process.machine.isFrozen || this.#facts.path.isCut;
  }

  giveUpIfDeaf(): void {
    if (this.isDeaf()) this.#reset();
  }

  #isHeldBack(): boolean {
    const { path } = this.#facts;
    return this.#isUp ? path.isCutUp : path.isCutDown;
  }

  #carry(message: object): void {
    const { schedule, chance, path } = this.#facts;
    if (chance.happens(path.duplicateShare))
      schedule.after(this.#facts.delay(), () => this.#arrive(message));
    const at = schedule.now + this.#facts.delay();
    const overtakes = chance.happens(path.overtakeShare);
    if (!overtakes) this.#arrivesAt = Math.max(at, this.#arrivesAt);
    const heldBack = overtakes ? chance.between(heldBackMsMin, heldBackMsMax) : 0;
    schedule.at(overtakes ? at + heldBack : this.#arrivesAt, () => this.#arrive(message));
  }

  #arrive(message: object): void {
    const { other } = this;
    if (other === null) return;
    const { machine } = other.#process;
    if (machine.isFrozen) machine.awake(() => other.#hear(message));
    else other.#hear(message);
  }

  #hear(message: object): void {
    if (this.isOver || !this.#process.isAlive) return;
    for (const act of this.#messageActs) act(message);
  }

  /** Closed from this side; the other one hears of it when a packet can get there. */
  #reset(): void {
    if (this.isOver) return;
    const { schedule } = this.#facts;
    this.#end();
    const at = Math.max(schedule.now + this.#facts.delay(), this.#arrivesAt);
    const { other } = this;
    schedule.at(at, () => {
      if (other !== null && !this.#isHeldBack()) other.#end();
    });
  }

  #end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#waiting = [];
    this.#forgetDeath();
    this.over();
    const { machine } = this.#process;
    const tell = (): void => {
      if (!this.#process.isAlive) return;
      for (const act of this.#closeActs) act();
    };
    // Never while the side that closes it is still at that; what is dead is told nothing.
    if (this.#process.isAlive) this.#facts.schedule.after(0, () => machine.awake(tell));
  }
}
