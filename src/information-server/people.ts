/** People at an information server: what a call touches here, and where their rows stand. */

import type { Target } from '#domain/people/person.ts';
import type { ApproverRule } from '#domain/people/approval.ts';
import { informationServerRights } from '#domain/people/rights.ts';
import type { HoldScope } from '#domain/hold/hold.ts';
import type { ServerId } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { PeopleWorld } from '#people/world.ts';
import type { PeopleStore } from '#ports/people.ts';
import type { Secrets } from '#ports/secrets.ts';
import {
  informationServerCalls as calls,
  type InformationServerTable,
  type ParamsOf,
} from '#protocol/console/contract.ts';
import type { Parts } from './parts.ts';
import { answer } from './routes/answer.ts';
import { releasable } from './routes/holds.ts';
import { meantBy } from './routes/upgrade-view.ts';
import { approvable } from './routes/upgrades.ts';

export function peopleWorld(
  parts: Parts,
  given: {
    readonly secrets: Secrets;
    readonly approvers: ApproverRule;
    readonly timeZone: string;
  },
): PeopleWorld {
  const { site } = parts;
  const { timeZone, ...world } = given;
  return {
    ...world,
    place: {
      tier: 'information-server',
      name: site.name,
      organisation: site.authority?.organisation.name ?? null,
      version: site.self.version,
      timeZone,
    },
    store: storeOf(parts),
    clock: site.clock,
    rights: informationServerRights,
    targetOf: (call, params) => targetOf(parts, call, params),
    settled: (call, params) => settled(parts, call, params),
    act: (call, params, by) => answer(parts, { call, params, by }),
  };
}

/** Through the one queue, like everything else that changes rows. */
function storeOf({ site, loop }: Parts): PeopleStore {
  return {
    rows: site.journal.rows.people,
    async change(act) {
      const done: { value: Awaited<ReturnType<typeof act>> }[] = [];
      await loop.submit(async (rows) => {
        const value = await act(rows.people, (line) => rows.log.appendRecord(line));
        // Tried again by itself where another one of its batch broke: the last try counts.
        done.splice(0, done.length, { value });
        return [];
      });
      const [first] = done;
      if (first === undefined) throw new Error('a change that was committed has an answer');
      return first.value;
    },
  };
}

/** The domains of the servers that a call names; `whole` where one is not known. */
async function targetOf(parts: Parts, call: string, given: unknown): Promise<Target> {
  switch (call) {
    case 'fleet.move': {
      const { server, domain } = calls[call].params.parse(given);
      const from = await domainsOf(parts, [server]);
      return from === 'whole' ? from : [...new Set([...from, domain])];
    }
    case 'fleet.revoke':
    case 'fleet.remove':
    case 'fleet.identify':
    case 'fleet.doctor':
    case 'fleet.log':
    case 'rollback':
    case 'fleet.server':
    case 'upgrade.why':
      return domainsOf(parts, [calls[call].params.parse(given).server]);
    case 'deploy':
      return domainsOf(parts, calls[call].params.parse(given).servers);
    case 'hold.add':
      return domainsOfScope(parts, calls[call].params.parse(given));
    case 'hold.release': {
      const found = await parts.site.journal.rows.holds.hold(calls[call].params.parse(given).hold);
      return found === null ? 'whole' : domainsOfScope(parts, found.scope);
    }
    case 'upgrade.approve':
      return domainsOfGroup(parts, calls[call].params.parse(given));
    default:
      return 'whole';
  }
}

async function domainsOf(
  { site }: Parts,
  servers: 'site' | readonly ServerId[],
): Promise<'whole' | readonly string[]> {
  if (servers === 'site') return 'whole';
  const domains = new Set<string>();
  for (const name of servers) {
    const server = await site.journal.rows.fleet.server(name);
    if (server === null) return 'whole';
    domains.add(server.domain);
  }
  return domains.size === 0 ? 'whole' : [...domains];
}

/** Of a hold: those that it names, and those of the servers that it names. */
async function domainsOfScope(
  parts: Parts,
  { servers, domains = [] }: Pick<HoldScope, 'servers' | 'domains'>,
): Promise<'whole' | readonly string[]> {
  if (servers.length === 0 && domains.length > 0) return domains;
  const ofServers = await domainsOf(parts, servers);
  return ofServers === 'whole' ? ofServers : [...new Set([...ofServers, ...domains])];
}

async function domainsOfGroup(
  parts: Parts,
  { upgrade: named, group }: ParamsOf<InformationServerTable, 'upgrade.approve'>,
): Promise<Target> {
  const head = await meantBy(parts, named);
  if (!head.ok) return 'whole';
  const { upgrade } = head.value;
  const rows = await parts.site.journal.rows.upgrades.rowsIn({ upgrade, group, limit: 1e6 });
  return domainsOf(
    parts,
    rows.map(({ server }) => server),
  );
}

async function settled(parts: Parts, call: string, given: unknown): Promise<Result<unknown>> {
  switch (call) {
    case 'hold.release': {
      const params = calls[call].params.parse(given);
      const hold = await releasable(parts, params);
      return hold.ok ? ok(params) : hold;
    }
    case 'upgrade.approve': {
      const params = calls[call].params.parse(given);
      const upgrade = await approvable(parts, params);
      return upgrade.ok ? ok({ ...params, upgrade: upgrade.value }) : upgrade;
    }
    default:
      return ok(given);
  }
}
