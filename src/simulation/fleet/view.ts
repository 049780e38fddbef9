/** The fleet as it stands, for recounts: read from the disks of its machines. */

import type { UpgradeId } from '#domain/names.ts';
import type { JournalState } from '../adapters/journal-simulated-state.ts';
import { committedRow, type Cell } from '../adapters/journal-simulated-table.ts';
import type {
  FleetView,
  JournalledInput,
  JournalView,
  ServerView,
  SiteView,
} from '../checkers/checker.ts';
import type { SimulatedServer } from './server.ts';
import type { SimulatedSite } from './site.ts';

export function viewOf(sites: readonly SimulatedSite[]): FleetView {
  return {
    sites: sites.map(siteView),
    servers: sites.flatMap((site) => site.servers.map((server) => serverView(site, server))),
  };
}

function siteView(site: SimulatedSite): SiteView {
  const { machine, computer } = site;
  return {
    site: site.name,
    wallNow: computer.wallNow(),
    isUp: site.program !== null && !machine.isFrozen,
    journal: journalView(site.journal),
  };
}

function serverView(site: SimulatedSite, one: SimulatedServer): ServerView {
  const { machine } = one;
  return {
    server: one.server,
    site: site.name,
    isUp: machine.hasPower && !machine.isFrozen && one.isRunning,
    installed: one.installed(),
    isLost: one.isLost,
  };
}

function journalView(state: JournalState): JournalView {
  const { upgrades } = state;
  const of = (name: Parameters<JournalView['plan']>[0]) => upgrades.known(name);
  return {
    heads: committed(upgrades.upgrades.cells)
      .toSorted((left, right) => right.ordinal - left.ordinal)
      .map(({ head }) => head),
    plan: (name) => {
      const cell = of(name);
      return cell === undefined ? null : (committedRow(cell)?.plan ?? null);
    },
    groups: (name) => committed(of(name)?.groups.values() ?? []),
    rows: (name) => committed(of(name)?.servers.values() ?? []),
    holds: committed(state.holds.keyed.table.cells),
    servers: committed(state.servers.table.cells),
    inputs: (name) => inputsOf(state, name),
  };
}

function inputsOf({ inputs }: JournalState, upgrade: UpgradeId): JournalledInput[] {
  const found: JournalledInput[] = [];
  for (let number = 1; number <= inputs.committed; number++) {
    const line = inputs.line(number);
    if (line?.upgrade === upgrade) found.push(line);
  }
  return found;
}

function committed<Row>(cells: Iterable<Cell<Row>>): Row[] {
  const rows: Row[] = [];
  for (const cell of cells) {
    const row = committedRow(cell);
    if (row !== null) rows.push(row);
  }
  return rows;
}
