/**
 * The whole fleet in memory as people look for it, so that a filter over 100,000 servers is
 * answered at once. Made when somebody first looks, and kept by what each commit wrote.
 */

import type { ListedServer } from '#domain/fleet/listed-server.ts';
import { overviewOf, type FleetOverview } from '#domain/fleet/overview.ts';
import { filterOf, ordered, type FleetFilter, type FleetSort } from '#domain/fleet/selection.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { ServerId, UpgradeId } from '#domain/names.ts';
import type { Scope } from '#domain/people/person.ts';
import type { UpgradeHead, UpgradeServer } from '#domain/upgrade/state.ts';
import type { Rows } from '#ports/journal.ts';
import type { Touched } from './watched-rows.ts';

/** Where a server stands in the newest upgrade; null: it has none there. */
export type Placed = Pick<UpgradeServer, 'state' | 'group'> | null;

type Lister = (server: FleetServer, head: UpgradeHead | null, placed: Placed) => ListedServer;

type Selected = {
  readonly key: string;
  readonly of: readonly ListedServer[];
  readonly found: readonly ListedServer[];
};

export class FleetIndex {
  readonly #rows: Rows;
  readonly #list: Lister;
  /** What was read or written last; null: nobody has looked yet. */
  #servers: Map<ServerId, FleetServer | null> | null = null;
  #placed = new Map<ServerId, Placed>();
  #head: UpgradeHead | null = null;
  #opening: Promise<void> | null = null;
  /** In the order of their names; null: to be made anew. */
  #listed: Map<ServerId, ListedServer> | null = null;
  #inOrder: readonly ListedServer[] | null = null;
  /** What was answered last, and out of which list. */
  #selected: Selected | null = null;

  constructor(rows: Rows, list: Lister) {
    this.#rows = rows;
    this.#list = list;
  }

  async select(
    filter: FleetFilter,
    { scope, sort }: { readonly scope: Scope; readonly sort: FleetSort },
  ): Promise<readonly ListedServer[]> {
    const servers = await this.#all();
    // A table asks for one part after another: the next one is of the same list.
    const key = JSON.stringify([filter, scope, sort]);
    const last = this.#selected;
    if (last?.key === key && last.of === servers) return last.found;
    const found = ordered(servers.filter(filterOf(filter, scope)), sort);
    this.#selected = { key, of: servers, found };
    return found;
  }

  async overview(scope: Scope): Promise<FleetOverview> {
    const servers = await this.#all();
    return overviewOf(scope === 'whole' ? servers : servers.filter(filterOf({}, scope)));
  }

  /** Of servers in sight, as they stand at this moment: a session may have ended just now. */
  now(server: ServerId): {
    readonly row: FleetServer;
    readonly head: UpgradeHead | null;
    readonly placed: Placed;
  } | null {
    const row = this.#servers?.get(server) ?? null;
    return row === null
      ? null
      : { row, head: this.#head, placed: this.#placed.get(server) ?? null };
  }

  /** What a commit wrote; costs as much as it wrote, and nothing while nobody looks. */
  async committed({ servers, placed, isUpgradeBegun }: Touched): Promise<void> {
    if (this.#servers === null) return;
    for (const [server, row] of servers) {
      this.#servers.set(server, row);
      this.#relist(server);
    }
    if (isUpgradeBegun) await this.#readUpgrade();
    else await this.#replace(placed);
  }

  /** Read from the journal, the first time that anybody asks. */
  opened(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #all(): Promise<readonly ListedServer[]> {
    await this.opened();
    this.#listed ??= this.#listAll();
    this.#inOrder ??= [...this.#listed.values()].toSorted((left, right) =>
      left.server < right.server ? -1 : 1,
    );
    return this.#inOrder;
  }

  async #open(): Promise<void> {
    const servers = new Map<ServerId, FleetServer | null>();
    this.#servers = servers;
    await this.#readUpgrade();
    // What was written meanwhile is newer than what is read.
    for (const row of await this.#rows.fleet.servers()) {
      if (!servers.has(row.server)) servers.set(row.server, row);
    }
    this.#listed = null;
    this.#inOrder = null;
  }

  async #readUpgrade(): Promise<void> {
    const { upgrades } = this.#rows;
    const head = (await upgrades.heads(1))[0] ?? null;
    const placed = new Map<ServerId, Placed>();
    for (const { name: group } of head === null ? [] : await upgrades.groups(head.upgrade)) {
      for (const row of await rowsOfGroup(this.#rows, head, group)) placed.set(row.server, row);
    }
    this.#head = head;
    this.#placed = placed;
    this.#listed = null;
    this.#inOrder = null;
  }

  async #replace(placed: ReadonlySet<ServerId>): Promise<void> {
    const head = this.#head;
    if (head === null) return;
    for (const server of placed) {
      const row = await this.#rows.upgrades.row(head.upgrade, server);
      this.#placed.set(server, row);
      this.#relist(server);
    }
  }

  #relist(server: ServerId): void {
    const listed = this.#listed;
    if (listed === null) return;
    const row = this.#servers?.get(server) ?? null;
    if (row === null) listed.delete(server);
    else listed.set(server, this.#list(row, this.#head, this.#placed.get(server) ?? null));
    this.#inOrder = null;
  }

  #listAll(): Map<ServerId, ListedServer> {
    const listed = new Map<ServerId, ListedServer>();
    for (const [server, row] of this.#servers ?? []) {
      if (row === null) continue;
      listed.set(server, this.#list(row, this.#head, this.#placed.get(server) ?? null));
    }
    return listed;
  }
}

async function rowsOfGroup(
  { upgrades }: Rows,
  head: { readonly upgrade: UpgradeId } | null,
  group: UpgradeServer['group'],
): Promise<readonly UpgradeServer[]> {
  return head === null ? [] : upgrades.rowsIn({ upgrade: head.upgrade, group, limit: 1e6 });
}
