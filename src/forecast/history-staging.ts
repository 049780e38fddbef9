/**
 * How long unpacking took, when only the whole of staging was journalled: the transfers are run
 * again over a link of the stated speed, and what they do not explain was unpacking. The moment at
 * which each server began was not journalled either; its wait is counted with the unpacking.
 */

import type { Instant, ServerId } from '#domain/names.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { SharedLink } from '#simulation/world/shared-link.ts';

export type Staging = {
  readonly server: ServerId;
  readonly from: Instant;
  readonly until: Instant;
};

export function unpackSeconds(
  stagings: readonly Staging[],
  archives: ReadonlyMap<ServerId, number>,
  linkBitsPerSecond: number | null,
): number[] {
  const first = stagings.reduce((least, { from }) => Math.min(least, from), Infinity);
  if (first === Infinity) return [];
  const schedule = new Schedule(first);
  const link =
    linkBitsPerSecond === null
      ? null
      : new SharedLink({ schedule, bytesPerSecond: linkBitsPerSecond / 8 });
  const seconds: number[] = [];
  for (const { server, from, until } of stagings) {
    const arrived = (): void => {
      seconds.push(Math.max(0, until - schedule.now) / 1_000);
    };
    const bytes = archives.get(server) ?? 0;
    schedule.at(from, () => {
      if (link === null || bytes === 0) arrived();
      else link.begin(bytes, arrived);
    });
  }
  schedule.runNow();
  return seconds;
}
