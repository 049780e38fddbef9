/** Calls about holds: the same three at an information server and at a control manager. */

import { z } from 'zod';
import { holdWarnings } from '#domain/hold/hold.ts';
import { holdSeriesMax } from '#domain/hold/series.ts';
import {
  componentName,
  domainName,
  holdId,
  instant,
  lane,
  serverId,
  version,
} from '../shared/primitives.ts';

export const holdView = z.object({
  id: holdId,
  reason: z.string(),
  owner: z.string(),
  from: instant,
  until: instant,
  /** Of a control manager's hold: the information servers. */
  servers: z.union([z.literal('site'), z.array(serverId)]),
  domains: z.array(domainName).default([]),
  lanes: z.array(lane),
  components: z.array(componentName),
  active: z.boolean(),
  /** Its beginning is to come; versions before knew no such hold. */
  planned: z.boolean().default(false),
  /** The first of those that were planned together; null: it was planned alone. */
  series: holdId.nullable().default(null),
  warning: z.enum(holdWarnings).nullable().default(null),
  /** What it keeps back now: newest of each. */
  keepsBack: z.array(z.object({ component: componentName, version })),
});

const holdTimes = {
  reason: z.string().min(1).max(500),
  minutes: z
    .number()
    .positive()
    .max(60 * 24 * 92),
  /** When it begins, more than once for a series; absent: now. */
  begins: z.array(instant).min(1).max(holdSeriesMax).optional(),
};
const holdNamed = z.strictObject({
  hold: holdId,
  /** All of its series that have not ended. */
  series: z.literal(true).optional(),
});

export const holdList = {
  'hold.list': { params: z.strictObject({}), result: z.object({ holds: z.array(holdView) }) },
  'hold.release': { params: holdNamed, result: holdView },
} as const;

/** At an information server. */
export const holdCalls = {
  'hold.add': {
    params: z
      .strictObject({
        ...holdTimes,
        /** None: those of the domains alone. */
        servers: z.union([z.literal('site'), z.array(serverId)]),
        /** Besides the servers: whoever stands in these when something is to move. */
        domains: z.array(domainName).max(1_000).optional(),
        lanes: z.array(lane).min(1),
        components: z.array(componentName),
      })
      .refine(({ servers, domains = [] }) => servers.length + domains.length > 0, {
        message: 'the site, servers or domains',
      }),
    result: holdView,
  },
  ...holdList,
} as const;

/** At a control manager. */
export const holdCallsAbove = {
  'hold.add': {
    params: z.strictObject({
      ...holdTimes,
      /** 'all' or information servers. */
      sites: z.union([z.literal('all'), z.array(serverId).min(1)]),
      /** Absent: content. */
      lanes: z.array(lane).min(1).optional(),
      /** Absent or empty: every component of those lanes. */
      components: z.array(componentName).max(1_000).optional(),
    }),
    result: holdView,
  },
  ...holdList,
} as const;

export type HoldView = z.infer<typeof holdView>;
