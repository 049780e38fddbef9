/**
 * The rows of one upgrade, moved by the same steps as in an information server, without a journal.
 * Time jumps from one tick that matters to the next.
 */

import { brand, type Instant, type LeaseId } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type { Command, HeadEvent, ServerEvent, SiteFacts } from '#domain/upgrade/event.ts';
import { nextDueOf } from '#domain/upgrade/next-due.ts';
import {
  inFlight,
  newGroup,
  newServer,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import { stepHead } from '#domain/upgrade/step-head.ts';
import { stepServer } from '#domain/upgrade/step-server.ts';
import { cancel, type Schedule, type Scheduled } from '#simulation/world/schedule.ts';
import type { Meter } from './meter.ts';
import type { Prepared } from './prepared.ts';

/** A server while a run lasts. */
export type ServerInRun = {
  /** Its group's place in the plan. */
  readonly group: number;
  /** What it would move over the link, everything included. */
  readonly bytes: number;
  row: UpgradeServer;
  isThere: boolean;
  isFetching: boolean;
  /** The release stands unpacked beside the running one. */
  isStaged: boolean;
  runsRelease: boolean;
};

export type SiteEvents = {
  /** A command that leaves the rows; `server` for an answer to one. */
  perform(command: Command, server: ServerInRun | null): void;
  /** The head, or the group whose turn it is, went on. */
  moved(place: number, before: UpgradeGroup): void;
};

/** The information server looks at the time once a second. */
const tickMilliseconds = 1_000;

export class ForecastSite {
  readonly prepared: Prepared;
  readonly schedule: Schedule;
  readonly meter: Meter;
  readonly groups: UpgradeGroup[];
  /** By group. */
  readonly servers: readonly (readonly ServerInRun[])[];
  readonly #events: SiteEvents;
  readonly #startsAt: Instant;
  head: UpgradeHead;
  #inFlight = 0;
  #leases = 0;
  /** Servers that do not run the release yet, by their rows. */
  #behind = 0;
  #levelAt: Instant | null = null;
  #tick: Scheduled | null = null;
  #tickedAt = -Infinity;

  constructor(options: {
    readonly prepared: Prepared;
    readonly schedule: Schedule;
    readonly meter: Meter;
    readonly events: SiteEvents;
  }) {
    const { prepared, schedule } = options;
    this.prepared = prepared;
    this.schedule = schedule;
    this.meter = options.meter;
    this.#events = options.events;
    this.#startsAt = schedule.now;
    this.head = firstHead(prepared, schedule.now);
    this.groups = prepared.groups.map(({ servers }, place) =>
      newGroup(this.nameOf(place), servers.length, schedule.now),
    );
    const { value: overhead } = prepared.request.habits.bytesOverhead;
    this.servers = prepared.groups.map(({ servers }, group) =>
      servers.map(({ server, fetchBytes, state }) => ({
        group,
        bytes: fetchBytes * overhead,
        row: newServer(server, this.nameOf(group)),
        isThere: true,
        isFetching: false,
        isStaged: state === 'staged',
        runsRelease: state === 'done',
      })),
    );
    for (const group of this.servers) this.#behind += group.length;
  }

  nameOf(place: number) {
    const planned = this.prepared.plan.groups[place];
    invariant(planned !== undefined, 'a group of the plan');
    return planned.name;
  }

  group(place: number): UpgradeGroup {
    const group = this.groups[place];
    invariant(group !== undefined, 'a group of the plan');
    return group;
  }

  /** When the last server came to run the release; null while one does not. */
  get levelAt(): Instant | null {
    return this.#behind === 0 ? this.#levelAt : null;
  }

  /** So many more may have a lease now. */
  get room(): number {
    return Math.max(0, this.prepared.plan.inFlightMax - this.#inFlight);
  }

  newLease(): LeaseId {
    this.#leases += 1;
    return brand<LeaseId>(String(this.#leases));
  }

  /** The first moment at which the information server looks at the time, from `instant` on. */
  tickFrom(instant: Instant): Instant {
    const passed = Math.max(instant, this.schedule.now) - this.#startsAt;
    return this.#startsAt + Math.ceil(passed / tickMilliseconds) * tickMilliseconds;
  }

  tell(event: HeadEvent, place = this.head.turn): void {
    const before = this.group(place);
    const next = stepHead(this.#input(before), event, this.schedule.now);
    const isMoved = next.head !== this.head || next.group !== before;
    this.head = next.head;
    this.groups[place] = next.group;
    for (const command of next.commands) this.#events.perform(command, null);
    if (isMoved) this.#events.moved(place, before);
    this.#planTick();
  }

  say(server: ServerInRun, event: ServerEvent): void {
    const before = this.group(server.group);
    const next = stepServer(this.#input(before), server.row, event, this.schedule.now);
    this.#count(server.row, next.server);
    const isLeased = next.server.state === 'leased' && server.row.state !== 'leased';
    server.row = next.server;
    this.head = next.head;
    if (next.group !== before) {
      this.groups[server.group] = next.group;
      this.#inFlight += inFlight(next.group.counts) - inFlight(before.counts);
      // I3: who had vanished and comes back has no place that anybody gave; he is above the limit.
      if (isLeased) this.meter.inFlight(this.#inFlight);
    }
    for (const command of next.commands) this.#events.perform(command, server);
    if (next.group !== before && server.group === this.head.turn) this.#planTick();
  }

  #count(before: UpgradeServer, after: UpgradeServer): void {
    // No server of a forecast goes back once it has proved itself.
    if (before.state === after.state || after.state !== 'upgraded') return;
    this.#behind -= 1;
    this.#levelAt = this.schedule.now;
  }

  #input(group: UpgradeGroup) {
    const { plan } = this.prepared;
    const site: SiteFacts = {
      inFlight: this.#inFlight,
      inFlightMax: plan.inFlightMax,
      heldBy: null,
      proving: false,
    };
    return { plan, head: this.head, group, site };
  }

  #planTick(): void {
    const due = nextDueOf(this.#input(this.group(this.head.turn)), this.schedule.now);
    if (due === null) return;
    const first = this.tickFrom(due);
    const at = first > this.#tickedAt ? first : this.#tickedAt + tickMilliseconds;
    if (this.#tick !== null) {
      // One that comes too early changes nothing and looks again.
      if (this.#tick.time <= at) return;
      cancel(this.#tick);
    }
    this.#tick = this.schedule.at(at, () => {
      this.#tick = null;
      this.#tickedAt = this.schedule.now;
      this.tell({ type: 'tick' });
    });
  }
}

function firstHead({ plan, request }: Prepared, now: Instant): UpgradeHead {
  const startsWithSelf = request.withInformationServer && plan.form === 'upgrade';
  return {
    upgrade: plan.upgrade,
    form: plan.form,
    release: plan.release,
    withInformationServer: request.withInformationServer,
    state: startsWithSelf ? 'self-staging' : 'baseline',
    because: null,
    resumeTo: null,
    turn: 0,
    startedAt: now,
    finishedAt: null,
    mixedUntil: now + plan.mixedDaysMax * 86_400_000,
    ownHoldSince: startsWithSelf ? now : null,
    agentStopped: false,
    resumes: 0,
  };
}
