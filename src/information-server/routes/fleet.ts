/** Calls about the tree: servers, domains, what each runs, and proof of it. */

import { shows } from '#domain/catalogue/proof.ts';
import { packageFor } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { covers } from '#domain/people/person.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type {
  InformationServerTable,
  ParamsOf,
  ResultOf,
  TreeServer,
} from '#protocol/console/contract.ts';
import type { Placed } from '../fleet/fleet-index.ts';
import { treeServer } from '../fleet/listed-server.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

/** To whoever is responsible for some domains, these only. */
export async function tree(parts: Parts, _: unknown, by: By): Answer<'fleet.tree'> {
  const { site } = parts;
  const head = (await site.journal.rows.upgrades.heads(1))[0] ?? null;
  const states = await statesOf(parts, head);
  const domains = new Map<FleetServer['domain'], TreeServer[]>();
  for (const server of await site.journal.rows.fleet.servers()) {
    if (!covers(by.scope, [server.domain])) continue;
    const servers = domains.get(server.domain) ?? [];
    servers.push(treeServer(parts, server, head, states.get(server.server) ?? null));
    domains.set(server.domain, servers);
  }
  return ok({
    site: site.name,
    domains: [...domains].map(([domain, servers]) => ({ domain, servers })),
  });
}

async function statesOf(
  parts: Parts,
  head: UpgradeHead | null,
): Promise<ReadonlyMap<string, Placed>> {
  const placed = new Map<string, Placed>();
  if (head === null) return placed;
  const { upgrades } = parts.site.journal.rows;
  for (const { name: group } of await upgrades.groups(head.upgrade)) {
    for (const row of await upgrades.rowsIn({ upgrade: head.upgrade, group, limit: 1e6 })) {
      placed.set(row.server, row);
    }
  }
  return placed;
}

export async function move(
  parts: Parts,
  params: Params<'fleet.move'>,
  by: By,
): Answer<'fleet.move'> {
  const { site, loop } = parts;
  const known = await site.journal.rows.fleet.server(params.server);
  if (known === null) return refuse(problem('SERVER_UNKNOWN', { server: params.server }));
  await loop.submit(async (rows) => {
    // Read again: a hello may have changed the row meanwhile.
    const server = (await rows.fleet.server(params.server)) ?? known;
    await rows.fleet.putServer({ ...server, domain: params.domain });
    await rows.log.appendRecord({
      at: site.clock.now(),
      kind: 'server-moved',
      who: by.name,
      server: params.server,
      detail: { from: server.domain, to: params.domain },
    });
    // A hold may stand over the one domain and not over the other.
    return [() => parts.publisher.now(params.server)];
  });
  return ok({ done: true });
}

/** Asks the process that runs there, never the journal. */
export async function identify(
  parts: Parts,
  { server }: Params<'fleet.identify'>,
): Answer<'fleet.identify'> {
  const { site, sessions } = parts;
  const known = await site.journal.rows.fleet.server(server);
  if (known === null) return refuse(problem('SERVER_UNKNOWN', { server }));
  const nonce = site.digestOf(`${server} ${site.clock.monotonic()}`).slice(0, 32);
  const said = await sessions.identify(server, nonce);
  if (said === null) return refuse(problem('SERVER_ABSENT', { server }));
  const { running } = said;
  const release = await site.journal.rows.catalogue.release(running.digest);
  const expected =
    release === null ? [] : (packageFor(release.manifest, known.platform)?.proof ?? []);
  return ok({
    server,
    ...running,
    expected: [...expected],
    matches: expected.length > 0 && shows(expected, running.proof),
  });
}
