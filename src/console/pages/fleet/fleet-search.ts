/** What stands in the address of the fleet page: so a view can be linked, kept and gone back to. */

import { z } from 'zod';
import { fleetOrders, type FleetFilter, type FleetSort } from '#domain/fleet/selection.ts';
import { sessionStates } from '#domain/fleet/listed-server.ts';

const list = z.array(z.coerce.string()).optional().catch(undefined);

export const fleetSearch = z.object({
  search: z.coerce.string().optional().catch(undefined),
  domains: list,
  programs: list,
  sessions: z.array(z.enum(sessionStates)).optional().catch(undefined),
  states: list,
  groups: list,
  contents: list,
  rebootRecommended: z.boolean().optional().catch(undefined),
  by: z.enum(fleetOrders).optional().catch(undefined),
  descending: z.boolean().optional().catch(undefined),
});

export type FleetSearch = z.infer<typeof fleetSearch>;

export function filterOfSearch(search: FleetSearch): FleetFilter {
  const { domains, programs, sessions, states, groups, contents } = search;
  const lists = { domains, programs, sessions, states, groups, contents };
  return { ...lists, search: search.search, rebootRecommended: search.rebootRecommended };
}

export function sortOfSearch({ by = 'server', descending = false }: FleetSearch): FleetSort {
  return { by, descending };
}

export function isFiltered(search: FleetSearch): boolean {
  return Object.values(filterOfSearch(search)).some((part) => part !== undefined);
}

/** Without what is empty: an address says only what narrows. */
export function tidied(search: FleetSearch): FleetSearch {
  const kept = Object.entries(search).filter(
    ([, part]) => part !== undefined && part !== '' && !(Array.isArray(part) && part.length === 0),
  );
  return fleetSearch.parse(Object.fromEntries(kept));
}
