/** Whom a fault hits. */

import type { Chance } from '../world/chance.ts';
import type { Above } from '../fleet/agent.ts';
import type { SimulatedServer } from '../fleet/server.ts';
import type { SimulatedSite } from '../fleet/site.ts';
import type { Machine } from '../world/machine.ts';
import type { Path } from '../world/network.ts';
import type { Outline } from './fault.ts';

export function pickSite(chance: Chance, { fleet }: Outline): SimulatedSite {
  return chance.pick(fleet.sites);
}

export function pickServer(chance: Chance, outline: Outline): SimulatedServer {
  return chance.pick(pickSite(chance, outline).servers);
}

type Computer = {
  readonly machine: Machine;
  powerCut(milliseconds: number): void;
};

/** Any computer of the fleet; the few that all depend on are not as rare as they are among many. */
export function pickComputer(chance: Chance, outline: Outline): Computer {
  const { controlManager } = outline.fleet;
  if (controlManager !== null && chance.happens(0.15)) return controlManager;
  return chance.happens(0.35) ? pickSite(chance, outline) : pickServer(chance, outline);
}

/** The way between an agent and the control manager; null: this site has none. */
export function pickAbove(chance: Chance, site: SimulatedSite): Above | null {
  return site.above !== null && chance.happens(0.25) ? site.above : null;
}

/** One server, or a few that stand together. */
function pickSomeServers(
  chance: Chance,
  { servers }: SimulatedSite,
): { readonly name: string; readonly servers: readonly SimulatedServer[] } {
  const count = chance.happens(0.7) ? 1 : chance.integer(1, Math.min(5, servers.length));
  const first = chance.integer(0, servers.length - count);
  const chosen = servers.slice(first, first + count);
  return { name: chosen.map(({ server }) => server).join(', '), servers: chosen };
}

/** Upward, or to one server, a few, or all of the site. */
export function pickPaths(
  chance: Chance,
  site: SimulatedSite,
): { readonly name: string; readonly paths: readonly Path[] } {
  const above = pickAbove(chance, site);
  if (above !== null) return { name: `the control manager of ${site.name}`, paths: [above.path] };
  const { name, servers } = chance.happens(0.3)
    ? { name: `all servers of ${site.name}`, servers: site.servers }
    : pickSomeServers(chance, site);
  return { name, paths: servers.map(({ path }) => path) };
}
