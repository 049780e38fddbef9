/** The servers that a filter lets through, page by page as they come into sight. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { FleetFilter, FleetSort } from '#domain/fleet/selection.ts';
import type { ServerId } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import { fleetPageMax, type FleetServerView } from '#protocol/console/fleet-calls.ts';
import { callSite } from '../../data/call.ts';
import { valueOf } from '../../data/query-client.ts';
import type { Chosen } from '../../parts/table/column.ts';
import { pagedRows, type RowSource } from '../../parts/table/row-source.ts';

const pageSize = 100;

export type FleetRows = RowSource<FleetServerView>;

/** The contract wants lists that it may keep. */
export function paramsOf(filter: FleetFilter) {
  const { domains, programs, sessions, states, groups, contents, ...plain } = filter;
  const lists = { domains, programs, sessions, states, groups, contents };
  const given = Object.entries(lists).flatMap(([name, list]) =>
    list === undefined ? [] : [[name, [...list]] as const],
  );
  return { ...plain, ...Object.fromEntries(given) };
}

export function useFleetRows(filter: FleetFilter, sort: FleetSort): FleetRows {
  const params = paramsOf(filter);
  const ask = async (from: number, limit: number) =>
    valueOf(await callSite('fleet.page', { filter: params, sort, from, limit }));
  const count = useQuery({
    queryKey: ['fleet.page', params, sort, 'count'],
    queryFn: () => ask(0, 1),
    placeholderData: keepPreviousData,
  });
  return pagedRows({
    count: count.data?.servers ?? 0,
    pageSize,
    key: ['fleet.page', params, sort],
    ask: async (from, limit) => (await ask(from, limit)).rows,
  });
}

/** All of them, for an export; null: the server does not answer. */
export async function allFleetRows(
  filter: FleetFilter,
  sort: FleetSort,
): Promise<readonly FleetServerView[] | null> {
  const all: FleetServerView[] = [];
  for (let from = 0; ; from += fleetPageMax) {
    const asked = { filter: paramsOf(filter), sort, from, limit: fleetPageMax };
    const page = await callSite('fleet.page', asked);
    if (!page.ok) return null;
    all.push(...page.value.rows);
    if (from + fleetPageMax >= page.value.servers) return all;
  }
}

/** The names of those that are chosen; `all`: of every one that the filter lets through. */
export async function chosenNames(
  chosen: Chosen,
  filter: FleetFilter,
): Promise<Result<readonly ServerId[]>> {
  const names = await callSite('fleet.names', { filter: paramsOf(filter) });
  if (!names.ok) return names;
  const { servers } = names.value;
  return ok(chosen === 'all' ? servers : servers.filter((one) => chosen.has(one)));
}
