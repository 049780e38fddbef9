/** Calls about very many servers: a filter, an order, and the part of it that is in sight. */

import { z } from 'zod';
import { sessionStates } from '#domain/fleet/listed-server.ts';
import { fleetOrders } from '#domain/fleet/selection.ts';
import { componentName, domainName, instant, serverId, version } from '../shared/primitives.ts';
import { treeServer } from './tree-view.ts';

const values = z.array(z.string().max(200)).max(200).optional();

export const fleetFilter = z.strictObject({
  /** Part of the name, of the operating system or of a version. */
  search: z.string().max(200).optional(),
  domains: values,
  programs: values,
  sessions: z.array(z.enum(sessionStates)).optional(),
  states: values,
  groups: values,
  /** `component version`; `component -` is without any. */
  contents: values,
  rebootRecommended: z.boolean().optional(),
});

export const fleetSort = z.strictObject({
  by: z.enum(fleetOrders),
  descending: z.boolean(),
});

export const fleetPageMax = 500;

const count = z.int().min(0);
const counted = z.array(z.object({ value: z.string(), servers: count }));

export const fleetServer = treeServer.extend({ domain: domainName });

export const fleetCalls = {
  /**
   * So many servers from there on. By number, not behind the last one seen: a table is scrolled to
   * its middle, and shows what stands there now.
   */
  'fleet.page': {
    params: z.strictObject({
      filter: fleetFilter,
      sort: fleetSort,
      from: count,
      limit: z.int().min(1).max(fleetPageMax),
    }),
    result: z.object({
      /** Of all that the filter lets through. */
      servers: count,
      from: count,
      rows: z.array(fleetServer),
    }),
  },
  /** One of them: beside what is wanted there, and with what happened to it lately. */
  'fleet.server': {
    params: z.strictObject({ server: serverId }),
    result: z.object({
      row: fleetServer,
      wanted: z.array(
        z.object({ component: componentName, version, owner: z.enum(['upgrade', 'manual']) }),
      ),
      /** The newest first, out of the newest lines of the record. */
      timeline: z.array(
        z.object({ number: z.int(), at: instant, kind: z.string(), who: z.string() }),
      ),
    }),
  },
  /** Names alone, of all that the filter lets through: to act on them. */
  'fleet.names': {
    params: z.strictObject({ filter: fleetFilter }),
    result: z.object({ servers: z.array(serverId) }),
  },
  /** What there is to choose from in a filter, and how each domain stands. */
  'fleet.overview': {
    params: z.strictObject({}),
    result: z.object({
      site: serverId,
      servers: count,
      domains: z.array(
        z.object({ domain: domainName, servers: count, silent: count, troubled: count }),
      ),
      programs: counted,
      sessions: counted,
      states: counted,
      groups: counted,
      contents: z.array(z.object({ component: z.string(), versions: counted })),
      rebootRecommended: count,
    }),
  },
} as const;

export type FleetServerView = z.infer<typeof fleetServer>;
export type FleetFilterView = z.infer<typeof fleetFilter>;
