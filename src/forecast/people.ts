/**
 * What people do in a forecast: decide what an upgrade waits for, see to servers that failed, and
 * run installers where a group is upgraded by local installation (L1–L4).
 */

import type { Instant } from '#domain/names.ts';
import type { HeadEvent } from '#domain/upgrade/event.ts';
import type { UpgradeGroup } from '#domain/upgrade/state.ts';
import type { Method } from '#ports/forecast.ts';
import type { Chance } from '#simulation/world/chance.ts';
import { hasFailed, type Servers } from './servers.ts';
import type { ForecastSite, ServerInRun } from './site.ts';

const who = 'forecast';
/** A gate that fails again after everything was tried once more is a person's to override. */
const triesMax = 2;
/** Installers are run by day: a third of it. */
const workDayMinutes = 480;
const minuteMilliseconds = 60_000;
const dayMilliseconds = 86_400_000;

type Local = Extract<Method, { by: 'local-installation' }>;

export class People {
  readonly #site: ForecastSite;
  readonly #servers: Servers;
  readonly #chance: Chance;
  readonly #tries = new Map<number, number>();
  readonly #installing = new Set<number>();
  readonly #repairing = new Set<ServerInRun>();
  #isDeciding = false;

  constructor(parts: {
    readonly site: ForecastSite;
    readonly servers: Servers;
    readonly chance: Chance;
  }) {
    this.#site = parts.site;
    this.#servers = parts.servers;
    this.#chance = parts.chance;
  }

  begin(): void {
    this.#work(this.#habits.planWorkMinutes);
  }

  /** The head or a group went on: is there something for a person to do? */
  moved(place: number, before: UpgradeGroup): void {
    const group = this.#site.group(place);
    if (group.state !== before.state) this.#entered(place, group);
    if (this.#site.head.state === 'paused') this.#site.meter.stopped(place);
    if (!this.#isDeciding) this.#look();
  }

  #entered(place: number, group: UpgradeGroup): void {
    if (group.state === 'failed') this.#tries.set(place, (this.#tries.get(place) ?? 0) + 1);
    if (group.state === 'inconclusive') this.#site.meter.stopped(place);
    if (group.state !== 'passed') return;
    this.#site.meter.passed(place, group);
    this.#work(this.#habits.groupWorkMinutes);
    for (const server of this.#site.servers[place] ?? []) this.ended(server);
  }

  /**
   * Somebody finds out why, each time that it fails: before it is tried again, after its group has
   * passed, and where it comes back by itself. So no pause makes an upgrade less work.
   */
  failed(server: ServerInRun): void {
    this.#work(this.#habits.repairWorkMinutes);
    // It may have failed after its group had passed.
    this.ended(server);
  }

  /** A server that failed is seen to once its group no longer tries. */
  ended(server: ServerInRun): void {
    if (!hasFailed(server) || this.#site.group(server.group).state !== 'passed') return;
    this.#repair(server);
  }

  #repair(server: ServerInRun): void {
    if (this.#repairing.has(server)) return;
    this.#repairing.add(server);
    this.#site.schedule.after(this.#site.prepared.draws.repair(this.#chance), () => {
      this.#repairing.delete(server);
      this.#servers.installedByHand(server);
    });
  }

  #look(): void {
    const { head } = this.#site;
    const place = head.turn;
    const group = this.#site.group(place);
    if (head.state === 'paused') this.#lookAtPause(place, group);
    if (head.state !== 'groups') return;
    const approved: HeadEvent = { type: 'approved', group: group.name, who };
    if (group.state === 'inconclusive') this.#decide(place, approved);
    if (group.state !== 'waiting' || group.approved || !this.#waitsForApproval(place)) return;
    const method = this.#site.prepared.groups[place]?.method;
    if (method?.by === 'local-installation') this.#install(place, method, approved);
    else this.#decide(place, approved);
  }

  #waitsForApproval(place: number): boolean {
    const planned = this.#site.prepared.plan.groups[place];
    return planned?.approve === true && this.#site.schedule.now >= planned.from;
  }

  #lookAtPause(place: number, group: UpgradeGroup): void {
    const isGate = this.#site.head.because?.code === 'GATE_FAILED';
    // What is in flight ends first: only then is it known how bad it is.
    if (isGate && group.state !== 'failed') return;
    const isEnough = isGate && (this.#tries.get(place) ?? 0) >= triesMax;
    this.#decide(
      place,
      isEnough ? { type: 'approved', group: group.name, who } : { type: 'resumed', who },
    );
  }

  #decide(place: number, event: HeadEvent): void {
    this.#isDeciding = true;
    this.#work(this.#habits.decisionWorkMinutes);
    this.#site.schedule.after(this.#site.prepared.draws.decision(this.#chance), () => {
      this.#isDeciding = false;
      this.#site.tell(event, place);
      if (!this.#isDeciding) this.#look();
    });
  }

  /** Who is there gets the release one after the other; the absent when they come back. */
  #install(place: number, local: Local, approved: HeadEvent): void {
    if (this.#installing.has(place)) return;
    this.#installing.add(place);
    this.#site.meter.began(place);
    const { schedule } = this.#site;
    const busyMinutes = Array.from({ length: Math.max(1, local.people) }, () => 0);
    for (const server of this.#site.servers[place] ?? []) {
      if (server.runsRelease) continue;
      // Run again where it went wrong the first time.
      const times = this.#site.prepared.switchFate(this.#chance) === 'works' ? 1 : 2;
      const minutes = times * local.minutesEach;
      this.#work(minutes);
      const at = this.#chance.happens(this.#habits.absent.value)
        ? this.#whenBack(server) + minutes * minuteMilliseconds
        : afterWork(schedule.now, addToLeast(busyMinutes, minutes));
      schedule.at(at, () => this.#servers.installedByHand(server));
    }
    const last = afterWork(schedule.now, Math.max(...busyMinutes));
    const provesAfter = this.#site.prepared.draws.prove(this.#chance);
    schedule.at(last + provesAfter, () => this.#site.tell(approved, place));
  }

  #whenBack(server: ServerInRun): Instant {
    server.isThere = false;
    return this.#site.schedule.now + this.#site.prepared.draws.returns(this.#chance);
  }

  #work(minutes: number): void {
    this.#site.meter.personMinutes += minutes;
  }

  get #habits() {
    return this.#site.prepared.request.habits;
  }
}

/** Whoever has least to do takes it; the answer is when he is done. */
function addToLeast(busyMinutes: number[], minutes: number): number {
  const least = busyMinutes.indexOf(Math.min(...busyMinutes));
  const done = (busyMinutes[least] ?? 0) + minutes;
  busyMinutes[least] = done;
  return done;
}

/** So many minutes of work later, with a night between two days of work. */
function afterWork(from: Instant, minutes: number): Instant {
  const days = Math.ceil(minutes / workDayMinutes) - 1;
  const rest = minutes - days * workDayMinutes;
  return from + Math.max(0, days) * dayMilliseconds + rest * minuteMilliseconds;
}
