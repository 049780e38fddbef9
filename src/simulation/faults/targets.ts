/** Whom a fault hits. */

import type { Chance } from '../world/chance.ts';
import type { SimulatedServer } from '../fleet/server.ts';
import type { SimulatedSite } from '../fleet/site.ts';
import type { Outline } from './fault.ts';

export function pickSite(chance: Chance, { fleet }: Outline): SimulatedSite {
  return chance.pick(fleet.sites);
}

export function pickServer(chance: Chance, outline: Outline): SimulatedServer {
  return chance.pick(pickSite(chance, outline).servers);
}

/** One server, or a few that stand together. */
export function pickSomeServers(
  chance: Chance,
  { servers }: SimulatedSite,
): { readonly name: string; readonly servers: readonly SimulatedServer[] } {
  const count = chance.happens(0.7) ? 1 : chance.integer(1, Math.min(5, servers.length));
  const first = chance.integer(0, servers.length - count);
  const chosen = servers.slice(first, first + count);
  return { name: chosen.map(({ server }) => server).join(', '), servers: chosen };
}
