/**
 * What normal servers do, as far as it takes time: fetch, unpack, ask, switch, prove; and how some
 * of them are absent, go back, or vanish.
 */

import type { Cause, GroupName, Instant } from '#domain/names.ts';
import type { Command, ServerEvent } from '#domain/upgrade/event.ts';
import { windowAt } from '#domain/upgrade/lease.ts';
import type { Chance } from '#simulation/world/chance.ts';
import type { Prepared } from './prepared.ts';
import type { ForecastSite, ServerInRun } from './site.ts';
import type { Transfers } from './transfers.ts';

/** As normal servers do after a refusal; half of it is chance. */
const askAgainMilliseconds = 60_000;
/** While an upgrade stands still, asking more often would only make the forecast slow. */
const askLaterMilliseconds = 600_000;

/** A line in which those before `next` have had their turn. */
type Waiting = { readonly servers: ServerInRun[]; next: number };

type NudgeCommand = Extract<Command, { type: 'nudge' }>;

export class Servers {
  readonly #site: ForecastSite;
  readonly #prepared: Prepared;
  readonly #transfers: Transfers;
  readonly #chance: Chance;
  /** By group: staged servers in the order in which they came to be; some have gone on since. */
  readonly #staged: readonly Waiting[];
  readonly #nudged = new Set<number>();
  /** Groups that passed and have staged servers left, which ask every now and then. */
  readonly #following = new Set<number>();

  constructor(parts: {
    readonly site: ForecastSite;
    readonly transfers: Transfers;
    readonly chance: Chance;
  }) {
    this.#site = parts.site;
    this.#prepared = parts.site.prepared;
    this.#transfers = parts.transfers;
    this.#chance = parts.chance;
    this.#staged = this.#site.servers.map(() => ({ servers: [], next: 0 }));
  }

  /** Its group opens. Who is absent is seen again later. */
  open(group: GroupName, retry: boolean): void {
    const place = this.#placeOf(group);
    for (const server of this.#site.servers[place] ?? []) {
      // A later opening finds who was there, and who has come since.
      if (server.row.state === 'waiting') this.#arrive(server);
      const { isThere: present } = server;
      const running = this.#running(server);
      this.say(server, { type: 'opened', present, running, retry });
    }
  }

  closeStaging(group: GroupName): void {
    for (const server of this.#site.servers[this.#placeOf(group)] ?? []) {
      const { state } = server.row;
      if (state === 'staging' || state === 'waiting') this.say(server, { type: 'staging-closed' });
    }
  }

  /** It is absent or there: drawn when it first matters. */
  #arrive(server: ServerInRun): void {
    if (server.runsRelease || !server.isThere) return;
    if (!this.#chance.happens(this.#habits.absent.value)) return;
    server.isThere = false;
    this.#later(this.#prepared.draws.returns(this.#chance), () => {
      server.isThere = true;
      this.#isSeen(server);
    });
  }

  /** Who came back while nobody was let in. */
  follow(group: GroupName): void {
    for (const server of this.#site.servers[this.#placeOf(group)] ?? []) {
      if (server.row.state === 'absent' && server.isThere) this.#isSeen(server);
    }
  }

  #isSeen(server: ServerInRun): void {
    this.say(server, { type: 'seen', running: this.#running(server), against: null });
  }

  #running({ runsRelease }: ServerInRun) {
    return runsRelease ? this.#prepared.plan.release.digest : null;
  }

  want(server: ServerInRun): void {
    if (server.isFetching) return;
    if (server.isStaged) {
      this.#later(0, () => this.say(server, { type: 'staged' }));
      return;
    }
    server.isFetching = true;
    const { draws } = this.#prepared;
    this.#later(draws.begin(this.#chance), () => {
      this.#transfers.begin(server.group, server.bytes, () => {
        this.#later(draws.unpack(this.#chance), () => {
          server.isFetching = false;
          server.isStaged = true;
          this.say(server, { type: 'staged' });
          this.#follow(server);
        });
      });
    });
  }

  /** Too late for its group, it asks until it is let in. */
  #follow(server: ServerInRun): void {
    if (server.row.state !== 'absent') return;
    const { digest } = this.#prepared.plan.release;
    this.say(server, { type: 'lease-requested', digest, lease: this.#site.newLease() });
    this.#later(askLaterMilliseconds, () => this.#follow(server));
  }

  /** One at a time for each group, like the information server's: what comes meanwhile is lost. */
  nudge({ group, count }: NudgeCommand): void {
    const place = this.#placeOf(group);
    if (this.#site.group(place).state === 'passed') this.#followLater(place);
    if (this.#nudged.has(place)) return;
    this.#nudged.add(place);
    this.#later(0, () => {
      this.#nudged.delete(place);
      this.#askSome(place, count);
    });
  }

  #askSome(place: number, count: number): void {
    const waiting = this.#staged[place];
    if (waiting === undefined) return;
    const refused: ServerInRun[] = [];
    let left = count;
    while (left > 0) {
      const server = waiting.servers[waiting.next];
      if (server === undefined) break;
      waiting.next += 1;
      if (!isStaged(server) || !server.isThere) continue;
      left -= 1;
      this.#ask(server);
      if (isStaged(server)) refused.push(server);
    }
    waiting.servers.push(...refused);
    if (waiting.next * 2 < waiting.servers.length) return;
    waiting.servers.splice(0, waiting.next);
    waiting.next = 0;
  }

  /**
   * Staged servers ask by themselves, every minute or so. Here they take turns: as many ask as
   * would be let in, for a refusal changes nothing.
   */
  #followLater(place: number): void {
    if (this.#following.has(place)) return;
    const { now } = this.#site.schedule;
    const window = windowAt(this.#prepared.plan.groups[place]?.windows ?? [], now);
    if (!window.open && window.opens === null) return;
    this.#following.add(place);
    const wait = this.#isPaused ? askLaterMilliseconds : askAgainMilliseconds;
    const at = window.open ? now + wait : (window.opens ?? now) + askAgainMilliseconds;
    this.#site.schedule.at(at, () => {
      this.#following.delete(place);
      if (this.#site.group(place).counts.staged === 0) return;
      if (!this.#isPaused) this.#askSome(place, this.#site.room);
      this.#followLater(place);
    });
  }

  get #isPaused(): boolean {
    return this.#site.head.state === 'paused';
  }

  #ask(server: ServerInRun): void {
    if (!isStaged(server) || !server.isThere) return;
    const { digest } = this.#prepared.plan.release;
    this.say(server, { type: 'lease-requested', digest, lease: this.#site.newLease() });
  }

  granted(server: ServerInRun): void {
    const lease = server.row.lease?.id;
    const wait = this.#prepared.draws.prepare(this.#chance);
    this.#endsAfter(server, wait);
    this.#later(wait, () => {
      if (lease !== undefined && server.row.lease?.id === lease) {
        this.say(server, { type: 'lease-confirmed', lease });
      }
    });
  }

  /** Its group is open to it, but not now: it asks again by itself, as long as nobody asks it to. */
  refused(server: ServerInRun): void {
    if (this.#site.group(server.group).state !== 'passed' || !isStaged(server)) return;
    const { now } = this.#site.schedule;
    const wait = askAgainMilliseconds * (0.5 + this.#chance.next());
    const { because } = server.row;
    let at: Instant = now + askLaterMilliseconds;
    if (because?.code === 'IN_FLIGHT_LIMIT') at = now + wait;
    if (because?.code === 'WINDOW_CLOSED') {
      const { opens } = because.with;
      if (typeof opens !== 'number') return;
      at = opens + wait;
    }
    this.#site.schedule.at(at, () => this.#ask(server));
  }

  confirmed(server: ServerInRun): void {
    const { draws } = this.#prepared;
    const fate = this.#prepared.switchFate(this.#chance);
    const seenAfter = draws.switch(this.#chance);
    const endsAfter = seenAfter + draws.prove(this.#chance);
    this.#endsAfter(server, fate === 'vanishes' ? Infinity : seenAfter);
    if (fate === 'vanishes') this.#vanishes(server);
    else if (fate !== 'works') this.#later(endsAfter, () => this.#returns(server, fate));
    else this.#later(seenAfter, () => this.#runsNew(server, endsAfter - seenAfter));
  }

  #returns(server: ServerInRun, cause: Cause): void {
    this.say(server, { type: 'returned', cause, detail: '' });
  }

  /** It comes back some day, and then it has switched. */
  #vanishes(server: ServerInRun): void {
    server.isThere = false;
    const { draws } = this.#prepared;
    this.#later(draws.returns(this.#chance), () => {
      server.isThere = true;
      this.#runsNew(server, draws.prove(this.#chance));
    });
  }

  #runsNew(server: ServerInRun, provesAfter: number): void {
    server.runsRelease = true;
    this.#isSeen(server);
    this.#endsAfter(server, provesAfter);
    this.#later(provesAfter, () => this.say(server, { type: 'installed' }));
  }

  /** People brought the release onto it by hand. */
  installedByHand(server: ServerInRun): void {
    if (server.row.state === 'upgraded') return;
    server.isThere = true;
    this.#runsNew(server, this.#prepared.draws.prove(this.#chance));
  }

  say(server: ServerInRun, event: ServerEvent): void {
    const wasStaged = isStaged(server);
    this.#site.say(server, event);
    if (wasStaged || !isStaged(server)) return;
    this.#staged[server.group]?.servers.push(server);
    // It asks at once; before its group is open that would only be refused.
    const { state } = this.#site.group(server.group);
    if (state === 'switching' || state === 'passed') this.#ask(server);
  }

  /** Silence that lasts beyond the row's deadline ends the row's state. */
  #endsAfter(server: ServerInRun, milliseconds: number): void {
    const { deadline } = server.row;
    if (deadline === null || this.#site.schedule.now + milliseconds < deadline) return;
    this.#site.schedule.at(this.#site.tickFrom(deadline), () =>
      this.say(server, { type: 'deadline', connected: server.isThere }),
    );
  }

  get #habits() {
    return this.#prepared.request.habits;
  }

  #placeOf(group: GroupName): number {
    return this.#prepared.plan.groups.findIndex((one) => one.name === group);
  }

  #later(milliseconds: number, act: () => void): void {
    this.#site.schedule.after(milliseconds, act);
  }
}

/** It does not run the release, and a person has to find out why. */
export function hasFailed({ row }: ServerInRun): boolean {
  return row.state === 'returned' || row.state === 'vanished' || row.state === 'held';
}

function isStaged({ row }: ServerInRun): boolean {
  return row.state === 'staged';
}
