/** Calls about very many servers, answered from the list in memory. */

import type { FleetFilter } from '#domain/fleet/selection.ts';
import type { ListedServer } from '#domain/fleet/listed-server.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { limits } from '../limits.ts';
import { treeServer } from '../fleet/listed-server.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

/** To whoever is responsible for some domains, these only. */
export async function page(
  parts: Parts,
  { filter, sort, from, limit }: Params<'fleet.page'>,
  { scope }: By,
): Answer<'fleet.page'> {
  const found = await parts.fleetIndex.select(filter, { scope, sort });
  const rows = found.slice(from, from + limit).flatMap((one) => rowNow(parts, one));
  return ok({ servers: found.length, from, rows });
}

function rowNow(parts: Parts, { server }: ListedServer) {
  const now = parts.fleetIndex.now(server);
  return now === null ? [] : [treeServer(parts, now.row, now.head, now.placed)];
}

export async function server(
  parts: Parts,
  { server: name }: Params<'fleet.server'>,
): Answer<'fleet.server'> {
  await parts.fleetIndex.opened();
  const now = parts.fleetIndex.now(name);
  if (now === null) return refuse(problem('SERVER_UNKNOWN', { server: name }));
  const { rows } = parts.site.journal;
  const desired = await rows.fleet.desiredOf(name);
  const part = { before: null, limit: limits.timelineShown, linesMax: limits.timelineSearched };
  const { lines: timeline } = await rows.log.searchRecord({ server: name }, part);
  return ok({
    row: treeServer(parts, now.row, now.head, now.placed),
    wanted: desired.map(({ component, version, owner }) => ({ component, version, owner })),
    timeline: timeline.map(({ number, at, kind, who }) => ({ number, at, kind, who })),
  });
}

export async function names(
  parts: Parts,
  { filter }: { readonly filter: FleetFilter },
  { scope }: By,
): Answer<'fleet.names'> {
  const sort = { by: 'server', descending: false } as const;
  const found = await parts.fleetIndex.select(filter, { scope, sort });
  return ok({ servers: found.map(({ server }) => server) });
}

export async function overview(parts: Parts, _: unknown, { scope }: By): Answer<'fleet.overview'> {
  const { domains, programs, sessions, states, groups, contents, ...counts } =
    await parts.fleetIndex.overview(scope);
  return ok({
    ...counts,
    site: parts.site.name,
    domains: [...domains],
    programs: [...programs],
    sessions: [...sessions],
    states: [...states],
    groups: [...groups],
    contents: contents.map(({ component, versions }) => ({ component, versions: [...versions] })),
  });
}
