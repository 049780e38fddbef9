/** The site's link: archives cross it as flows that share it; unknown speeds are no limit. */

import type { ForecastRequest } from '#ports/forecast.ts';
import type { Schedule } from '#simulation/world/schedule.ts';
import { SharedLink } from '#simulation/world/shared-link.ts';
import type { Meter } from './meter.ts';

export class Transfers {
  readonly link: SharedLink | null;
  readonly #meter: Meter;

  constructor(request: ForecastRequest, schedule: Schedule, meter: Meter) {
    this.#meter = meter;
    const whole = bytesPerSecond(request.linkBitsPerSecond);
    const each = bytesPerSecond(request.serverBitsPerSecond);
    this.link =
      whole === Infinity && each === Infinity
        ? null
        : new SharedLink({ schedule, bytesPerSecond: whole, bytesPerSecondEach: each });
  }

  begin(group: number, bytes: number, done: () => void): void {
    if (this.link === null || bytes <= 0) {
      this.#meter.crossed(group, bytes);
      done();
      return;
    }
    this.#meter.watch(this.link);
    this.link.begin(bytes, () => {
      this.#meter.arrived(group, bytes);
      done();
    });
  }
}

function bytesPerSecond(bitsPerSecond: number | null): number {
  return bitsPerSecond === null ? Infinity : bitsPerSecond / 8;
}
