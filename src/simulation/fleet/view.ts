/** The fleet as it stands, for recounts: read from the disks of its machines. */

import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { ComponentName, Digest, ServerId, UpgradeId } from '#domain/names.ts';
import type { Genesis, RecordLine } from '#domain/record/line.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from '#domain/upgrade/state.ts';
import type { JournalState } from '../adapters/journal-simulated-state.ts';
import { committedRow, type Cell } from '../adapters/journal-simulated-table.ts';
import type {
  FleetView,
  JournalledInput,
  JournalView,
  ServerView,
  SiteView,
} from '../checkers/checker.ts';
import type { SiteName } from '../observation.ts';
import type { SimulatedServer } from './server.ts';
import type { SimulatedSite } from './site.ts';

export function viewOf(sites: readonly SimulatedSite[]): FleetView {
  return {
    sites: sites.map(siteView),
    servers: sites.flatMap(({ name, servers }) => servers.map((one) => new Standing(name, one))),
  };
}

function siteView(site: SimulatedSite): SiteView {
  const { machine, computer } = site;
  return {
    site: site.name,
    wallNow: computer.wallNow(),
    isUp: site.program !== null && !machine.isFrozen,
    journal: new Journalled(site.journal),
  };
}

/** A class: there are as many at each recount as the fleet has servers. */
class Standing implements ServerView {
  readonly site: SiteName;
  readonly #one: SimulatedServer;

  constructor(site: SiteName, one: SimulatedServer) {
    this.site = site;
    this.#one = one;
  }

  get server(): ServerId {
    return this.#one.server;
  }

  get ableSince(): number | null {
    return this.#one.machine.ableSince;
  }

  get isRunning(): boolean {
    return this.#one.isRunning;
  }

  get installed(): ReadonlyMap<ComponentName, Digest> {
    return this.#one.installed();
  }

  get isLost(): boolean {
    return this.#one.isLost;
  }
}

/** Each list is made when it is asked for, and once: several checkers ask for the same. */
class Journalled implements JournalView {
  readonly #state: JournalState;
  readonly #rows = new Map<UpgradeId, readonly UpgradeServer[]>();
  #heads: readonly UpgradeHead[] | null = null;
  #servers: readonly FleetServer[] | null = null;

  constructor(state: JournalState) {
    this.#state = state;
  }

  get heads(): readonly UpgradeHead[] {
    this.#heads ??= committed(this.#state.upgrades.upgrades.cells)
      .toSorted((left, right) => right.ordinal - left.ordinal)
      .map(({ head }) => head);
    return this.#heads;
  }

  get holds(): readonly Hold[] {
    return committed(this.#state.holds.keyed.table.cells);
  }

  get servers(): readonly FleetServer[] {
    this.#servers ??= committed(this.#state.servers.table.cells);
    return this.#servers;
  }

  get genesis(): Genesis | null {
    const [cell] = this.#state.genesis.table.cells;
    return cell === undefined ? null : committedRow(cell);
  }

  record(after: number): readonly RecordLine[] {
    const { record } = this.#state;
    const found: RecordLine[] = [];
    for (let number = after + 1; number <= record.committed; number++) {
      const line = record.line(number);
      if (line !== undefined) found.push(line);
    }
    return found;
  }

  get inputsCount(): number {
    return this.#state.inputs.committed;
  }

  plan(name: UpgradeId): UpgradePlan | null {
    const cell = this.#state.upgrades.known(name);
    return cell === undefined ? null : (committedRow(cell)?.plan ?? null);
  }

  groups(name: UpgradeId): readonly UpgradeGroup[] {
    return committed(this.#state.upgrades.known(name)?.groups.values() ?? []);
  }

  rows(name: UpgradeId): readonly UpgradeServer[] {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const made = committed(this.#state.upgrades.known(name)?.servers.values() ?? []);
    this.#rows.set(name, made);
    return made;
  }

  inputs(upgrade: UpgradeId, after = 0): readonly JournalledInput[] {
    const { inputs } = this.#state;
    const found: JournalledInput[] = [];
    for (let number = after + 1; number <= inputs.committed; number++) {
      const line = inputs.line(number);
      if (line?.upgrade === upgrade) found.push(line);
    }
    return found;
  }
}

function committed<Row>(cells: Iterable<Cell<Row>>): Row[] {
  const rows: Row[] = [];
  for (const cell of cells) {
    const row = committedRow(cell);
    if (row !== null) rows.push(row);
  }
  return rows;
}
