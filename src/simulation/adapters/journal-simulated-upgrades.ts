/**
 * Heads, groups and servers of upgrades in memory, with the indexes that SQLite has as well: by
 * group and state, by server, by deadline, and what is in flight.
 */

import type { GroupName, ServerId, UpgradeId } from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import {
  isInFlight,
  type ServerState,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import { Ordered } from './journal-simulated-ordered.ts';
import { Cell, committedRow, Table } from './journal-simulated-table.ts';

export type UpgradeRow = {
  readonly head: UpgradeHead;
  readonly plan: UpgradePlan;
  /** In the order of their beginning. */
  readonly ordinal: number;
  /** A later upgrade of the component began. */
  readonly isSuperseded: boolean;
};

type Due = { readonly deadline: number; readonly cell: ServerCell };

export class UpgradeCell extends Cell<UpgradeRow> {
  readonly upgrade: UpgradeId;
  /** In the order of the plan. */
  readonly groups = new Map<GroupName, GroupCell>();
  readonly servers = new Map<ServerId, ServerCell>();
  readonly serversOf = new Map<GroupName, GroupServers>();

  constructor(upgrade: UpgradeId) {
    super();
    this.upgrade = upgrade;
  }
}

export class GroupCell extends Cell<UpgradeGroup> {
  readonly upgrade: UpgradeId;
  readonly name: GroupName;

  constructor(upgrade: UpgradeId, name: GroupName) {
    super();
    this.upgrade = upgrade;
    this.name = name;
  }
}

export class ServerCell extends Cell<UpgradeServer> {
  readonly of: UpgradeCell;
  readonly server: ServerId;
  due: Due | null = null;

  constructor(of: UpgradeCell, server: ServerId) {
    super();
    this.of = of;
    this.server = server;
  }
}

/** The servers of one group of one upgrade. */
class GroupServers {
  readonly #group: GroupName;
  /** Of states that somebody asked for: the others need no order. */
  readonly #byState = new Map<ServerState, Ordered<ServerCell>>();
  readonly #members = new Set<ServerCell>();
  /** All in order; null: to be ordered anew. */
  #sorted: readonly ServerCell[] | null = null;

  constructor(group: GroupName) {
    this.#group = group;
  }

  inState(state: ServerState): Ordered<ServerCell> {
    const known = this.#byState.get(state);
    if (known !== undefined) return known;
    const isIn = ({ row }: ServerCell): boolean =>
      row !== null && row.state === state && row.group === this.#group;
    const made = new Ordered<ServerCell>(byServer, isIn);
    for (const cell of this.#members) if (isIn(cell)) made.add(cell);
    this.#byState.set(state, made);
    return made;
  }

  sorted(): readonly ServerCell[] {
    this.#sorted ??= [...this.#members].toSorted(byServer);
    return this.#sorted;
  }

  /** Came into the group, or into another state of it. */
  enter(cell: ServerCell, state: ServerState, isNew: boolean): void {
    if (isNew) {
      this.#members.add(cell);
      this.#sorted = null;
    }
    this.#byState.get(state)?.add(cell);
  }

  leave(cell: ServerCell, state: ServerState, isGone: boolean): void {
    if (isGone) {
      this.#members.delete(cell);
      this.#sorted = null;
    }
    this.#byState.get(state)?.remove();
  }
}

export class UpgradeTables {
  readonly upgrades = new Table<UpgradeRow, UpgradeCell>(() => {
    this.#heads = null;
  });
  readonly groups = new Table<UpgradeGroup, GroupCell>();
  readonly servers = new Table<UpgradeServer, ServerCell>((cell, from, to) =>
    this.#serverMoved(cell, from, to),
  );
  readonly #byName = new Map<UpgradeId, UpgradeCell>();
  readonly #byServer = new Map<ServerId, ServerCell[]>();
  readonly #due = new Ordered<Due>(byDeadline, (due) => due.cell.due === due);
  #inFlight = 0;
  /** Newest first; null: to be listed anew. */
  #heads: readonly UpgradeHead[] | null = null;

  get inFlight(): number {
    return this.#inFlight;
  }

  known(upgrade: UpgradeId): UpgradeCell | undefined {
    return this.#byName.get(upgrade);
  }

  upgrade(name: UpgradeId): UpgradeCell {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const cell = this.upgrades.add(new UpgradeCell(name));
    this.#byName.set(name, cell);
    return cell;
  }

  group(of: UpgradeCell, name: GroupName): GroupCell {
    const known = of.groups.get(name);
    if (known !== undefined) return known;
    const cell = this.groups.add(new GroupCell(of.upgrade, name));
    of.groups.set(name, cell);
    return cell;
  }

  server(of: UpgradeCell, server: ServerId): ServerCell {
    const known = of.servers.get(server);
    if (known !== undefined) return known;
    const cell = this.servers.add(new ServerCell(of, server));
    of.servers.set(server, cell);
    const others = this.#byServer.get(server);
    if (others === undefined) this.#byServer.set(server, [cell]);
    else others.push(cell);
    return cell;
  }

  heads(): readonly UpgradeHead[] {
    this.#heads ??= this.upgrades
      .rows()
      .toSorted((left, right) => right.ordinal - left.ordinal)
      .map(({ head }) => head);
    return this.#heads;
  }

  /** Oldest upgrade first. */
  standing(server: ServerId): readonly ServerCell[] {
    const found = (this.#byServer.get(server) ?? []).filter(isStanding);
    return found.length < 2 ? found : found.toSorted(byOrdinal);
  }

  dueUntil(now: number, limit: number): readonly ServerCell[] {
    return this.#due.first(limit, ({ deadline }) => deadline <= now).map(({ cell }) => cell);
  }

  #serverMoved(cell: ServerCell, from: UpgradeServer | null, to: UpgradeServer | null): void {
    const isOfOtherGroup = from?.group !== to?.group;
    if (isOfOtherGroup || from?.state !== to?.state) {
      if (from !== null) {
        groupServers(cell.of, from.group).leave(cell, from.state, isOfOtherGroup);
        if (isInFlight(from.state)) this.#inFlight -= 1;
      }
      if (to !== null) {
        groupServers(cell.of, to.group).enter(cell, to.state, isOfOtherGroup);
        if (isInFlight(to.state)) this.#inFlight += 1;
      }
    }
    this.#deadlineMoved(cell, to?.deadline ?? null);
  }

  #deadlineMoved(cell: ServerCell, deadline: number | null): void {
    if ((cell.due?.deadline ?? null) === deadline) return;
    if (cell.due !== null) this.#due.remove();
    cell.due = deadline === null ? null : { deadline, cell };
    if (cell.due !== null) this.#due.add(cell.due);
  }
}

export function groupServers(of: UpgradeCell, group: GroupName): GroupServers {
  const known = of.serversOf.get(group);
  if (known !== undefined) return known;
  const made = new GroupServers(group);
  of.serversOf.set(group, made);
  return made;
}

/** What is committed of `from`, into tables that are empty. */
export function copyUpgrades(from: UpgradeTables, to: UpgradeTables): void {
  for (const cell of from.upgrades.cells) {
    to.upgrades.put(to.upgrade(cell.upgrade), committedRow(cell));
  }
  for (const cell of from.groups.cells) {
    to.groups.put(to.group(to.upgrade(cell.upgrade), cell.name), committedRow(cell));
  }
  for (const cell of from.servers.cells) {
    to.servers.put(to.server(to.upgrade(cell.of.upgrade), cell.server), committedRow(cell));
  }
}

/** A switch under way is heard to its end, whatever began since. */
function isStanding({ of, row }: ServerCell): boolean {
  if (of.row === null || row === null) return false;
  return !of.row.isSuperseded || isInFlight(row.state);
}

function byServer(left: ServerCell, right: ServerCell): number {
  return compare(left.server, right.server);
}

function byOrdinal(left: ServerCell, right: ServerCell): number {
  return (left.of.row?.ordinal ?? 0) - (right.of.row?.ordinal ?? 0);
}

function byDeadline(left: Due, right: Due): number {
  return (
    left.deadline - right.deadline ||
    compare(left.cell.server, right.cell.server) ||
    compare(left.cell.of.upgrade, right.cell.of.upgrade)
  );
}

export function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
