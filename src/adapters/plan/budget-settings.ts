/**
 * The budget as it stands in settings: speeds as people write them, hours of the day in their time
 * zone. Hours become ready-made intervals some weeks ahead, so they are looked up again now and then.
 */

import { z } from 'zod';
import { noBudget, type Budget, type Limit, type Speed } from '#domain/budget/budget.ts';
import { namePattern } from '#domain/names.ts';
import { parseSpeed } from '#domain/plan/quantities.ts';
import { domainName } from '#protocol/shared/primitives.ts';
import { expandWindows, isZone } from './plan-file-windows.ts';

const unlimited = 'unlimited';
const speed = z.string().refine((text) => text === unlimited || parseSpeed(text) !== null, {
  message: 'a speed such as 10Mbit/s, or unlimited',
});
const zone = z.string().refine(isZone, { message: 'a time zone such as Asia/Tokyo' });
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);

const limit = z.strictObject({
  speed: speed.default(unlimited),
  /** The first that is open counts; in no hour of these, `speed`. */
  hours: z
    .array(
      z.strictObject({
        from: timeOfDay,
        until: timeOfDay,
        zone: zone.optional(),
        days: z.array(weekday).min(1).optional(),
        speed,
      }),
    )
    .max(14)
    .default([]),
});

export const budgetSettings = z
  .strictObject({
    /** Of hours that name none. */
    zone: zone.default('UTC'),
    /** All that goes to servers, together. */
    site: limit.optional(),
    /** Each server by itself. */
    server: limit.optional(),
    /** Links that some domains lie behind. */
    links: z
      .array(
        limit.extend({
          name: z.string().regex(namePattern),
          domains: z.array(domainName).min(1).max(1_000),
        }),
      )
      .max(200)
      .default([]),
  })
  .refine(({ links }) => new Set(links.map(({ name }) => name)).size === links.length, {
    message: 'links of different names',
  })
  .optional();
export type BudgetSettings = z.infer<typeof budgetSettings>;

export function budgetOf(settings: BudgetSettings, now: number): Budget {
  if (settings === undefined) return noBudget;
  const of = (one: z.infer<typeof limit> | undefined): Limit => limitOf(one, settings.zone, now);
  return {
    site: of(settings.site),
    server: of(settings.server),
    links: settings.links.map(({ name, domains, ...one }) => ({ name, domains, limit: of(one) })),
    upgrades: [],
  };
}

function limitOf(one: z.infer<typeof limit> | undefined, zoneOf: string, now: number): Limit {
  if (one === undefined) return { usual: null, hours: [] };
  const hours = one.hours.map(({ speed: text, ...window }) => ({
    open: expandWindows([window], { from: now, zone: zoneOf }),
    speed: bytesPerSecond(text),
  }));
  return { usual: bytesPerSecond(one.speed), hours };
}

function bytesPerSecond(text: string): Speed {
  const bits = text === unlimited ? null : parseSpeed(text);
  return bits === null ? null : bits / 8;
}
