/**
 * The site's link: archives cross it as flows that share it, within what budgets give at that hour;
 * unknown speeds are no limit. Absent: links behind which only some domains lie, and content, to
 * which programs yield.
 */

import { narrower, nextChangeAt, speedsAt, type Speed } from '#domain/budget/budget.ts';
import type { ForecastRequest } from '#ports/forecast.ts';
import type { Schedule } from '#simulation/world/schedule.ts';
import { SharedLink } from '#simulation/world/shared-link.ts';
import type { Meter } from './meter.ts';

export class Transfers {
  readonly link: SharedLink | null;
  readonly #request: ForecastRequest;
  readonly #schedule: Schedule;
  readonly #meter: Meter;
  #isWatching = false;

  constructor(request: ForecastRequest, schedule: Schedule, meter: Meter) {
    this.#request = request;
    this.#schedule = schedule;
    this.#meter = meter;
    const { whole, each } = speedsOf(request, schedule.now);
    const isFree = whole === Infinity && each === Infinity && request.budget === undefined;
    this.link = isFree
      ? null
      : new SharedLink({ schedule, bytesPerSecond: whole, bytesPerSecondEach: each });
  }

  begin(group: number, bytes: number, done: () => void): void {
    if (this.link === null || bytes <= 0) {
      this.#meter.crossed(group, bytes);
      done();
      return;
    }
    this.#follow(this.link);
    this.#meter.watch(this.link);
    this.link.begin(bytes, () => {
      this.#meter.arrived(group, bytes);
      done();
    });
  }

  /** The hour changes what may be spent; while nothing moves, nobody minds. */
  #follow(link: SharedLink): void {
    const { budget } = this.#request;
    if (budget === undefined || this.#isWatching) return;
    const { whole, each } = speedsOf(this.#request, this.#schedule.now);
    link.setBandwidth(whole, each);
    const next = nextChangeAt(budget.set, budget.changes, this.#schedule.now);
    if (next === null) return;
    this.#isWatching = true;
    this.#schedule.at(next, () => {
      this.#isWatching = false;
      if (link.flows > 0) this.#follow(link);
    });
  }
}

function speedsOf(request: ForecastRequest, now: number) {
  const { budget, plan, linkBitsPerSecond, serverBitsPerSecond } = request;
  let whole = bytesPerSecond(linkBitsPerSecond);
  let each = bytesPerSecond(serverBitsPerSecond);
  if (budget !== undefined) {
    const { site, server, upgrades } = speedsAt(budget.set, budget.changes, now);
    const own = upgrades[plan.upgrade] ?? bytesPerSecond(plan.budgetBitsPerSecond ?? null);
    whole = narrower(narrower(whole, site), own);
    each = narrower(each, server);
  }
  return { whole: whole ?? Infinity, each: each ?? Infinity };
}

function bytesPerSecond(bitsPerSecond: number | null): Speed {
  return bitsPerSecond === null ? null : bitsPerSecond / 8;
}
