/** What a run is asked about, counted while it happens. Decides nothing. */

import type { Instant } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type { GroupCounts, UpgradeGroup } from '#domain/upgrade/state.ts';
import type { Schedule, Scheduled } from '#simulation/world/schedule.ts';
import type { SharedLink } from '#simulation/world/shared-link.ts';
import type { GroupFigures } from './figures.ts';

const hourMilliseconds = 3_600_000;

type Counted = {
  readonly figures: { -readonly [Name in keyof GroupFigures]: GroupFigures[Name] };
  heldSince: Instant | null;
  heldUntil: Instant;
};

export class Meter {
  readonly #schedule: Schedule;
  readonly #startsAt: Instant;
  readonly #groups: readonly Counted[];
  readonly #hours = new Map<number, number>();
  #sampler: Scheduled | null = null;
  #sampledBytes = 0;
  #bytes = 0;
  #inFlightMax = 0;
  personMinutes = 0;
  /** Servers that people had to bring along, although nothing had failed there. */

  constructor(schedule: Schedule, groups: number) {
    this.#schedule = schedule;
    this.#startsAt = schedule.now;
    this.#groups = Array.from({ length: groups }, () => ({
      figures: {
        startsAt: null,
        endsAt: null,
        heldSeconds: 0,
        bytes: 0,
        upgraded: 0,
        failed: 0,
        absent: 0,
        isStopped: false,
      },
      heldSince: null,
      heldUntil: 0,
    }));
  }

  #group(place: number): Counted {
    const group = this.#groups[place];
    invariant(group !== undefined, 'a group of the plan');
    return group;
  }

  inFlight(count: number): void {
    if (count > this.#inFlightMax) this.#inFlightMax = count;
  }

  began(place: number): void {
    this.#group(place).figures.startsAt ??= this.#schedule.now;
  }

  stopped(place: number): void {
    this.#group(place).figures.isStopped = true;
  }

  passed(place: number, { counts }: UpgradeGroup): void {
    const { figures } = this.#group(place);
    figures.endsAt = this.#schedule.now;
    Object.assign(figures, outcomeOf(counts));
  }

  /** A hold ends with its release, or by itself. */
  held(place: number, until: Instant): void {
    const group = this.#group(place);
    group.heldSince ??= this.#schedule.now;
    group.heldUntil = until;
  }

  released(place: number): void {
    const group = this.#group(place);
    if (group.heldSince === null) return;
    const until = Math.min(this.#schedule.now, group.heldUntil);
    group.figures.heldSeconds += (until - group.heldSince) / 1_000;
    group.heldSince = null;
  }

  /** Bytes that crossed the link at once, because nothing is known of its speed. */
  crossed(place: number, bytes: number): void {
    this.#add(bytes);
    this.arrived(place, bytes);
  }

  arrived(place: number, bytes: number): void {
    this.#group(place).figures.bytes += bytes;
  }

  /** A transfer begins: from now on the link is looked at every hour, until it is idle. */
  watch(link: SharedLink): void {
    if (this.#sampler !== null) return;
    const end = this.#startsAt + (this.#hour() + 1) * hourMilliseconds;
    this.#sampler = this.#schedule.at(end, () => {
      this.#sampler = null;
      this.#sample(link, this.#hour() - 1);
      if (link.flows > 0) this.watch(link);
    });
  }

  #hour(): number {
    return Math.floor((this.#schedule.now - this.#startsAt) / hourMilliseconds);
  }

  #sample(link: SharedLink, hour: number): void {
    const { bytesCarried } = link;
    this.#add(bytesCarried - this.#sampledBytes, hour);
    this.#sampledBytes = bytesCarried;
  }

  #add(bytes: number, hour = this.#hour()): void {
    if (bytes === 0) return;
    this.#hours.set(hour, (this.#hours.get(hour) ?? 0) + bytes);
    this.#bytes += bytes;
  }

  /** `groups`: as the run left them, for those that never passed. */
  end(link: SharedLink | null, groups: readonly UpgradeGroup[]) {
    if (link !== null) this.#sample(link, this.#hour());
    for (const [place, { counts }] of groups.entries()) {
      this.released(place);
      const { figures } = this.#group(place);
      if (figures.endsAt === null) Object.assign(figures, outcomeOf(counts));
    }
    return {
      bytes: Math.round(this.#bytes),
      hours: [...this.#hours].map(([hour, bytes]) => ({ hour, bytes: Math.round(bytes) })),
      inFlightMax: this.#inFlightMax,
      personMinutes: this.personMinutes,
      groups: this.#groups.map(({ figures }) => figures),
    };
  }
}

function outcomeOf(counts: GroupCounts) {
  const { upgraded, returned, vanished, held, absent, waiting, staging, staged } = counts;
  return {
    upgraded,
    failed: returned + vanished + held,
    absent: absent + waiting + staging + staged,
  };
}
