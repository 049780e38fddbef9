/** The journal's questions and writes of upgrades over the tables in memory. */

import { invariant } from '#domain/result.ts';
import type { UpgradeServer } from '#domain/upgrade/state.ts';
import type { OwnedRow, UpgradeRows } from '#ports/journal.ts';
import type { Access } from './journal-simulated-access.ts';
import { groupServers, type ServerCell, type UpgradeTables } from './journal-simulated-upgrades.ts';

export function upgradeRows(
  tables: UpgradeTables,
  access: Access,
  nextOrdinal: () => number,
): UpgradeRows {
  return { ...headRows(tables, access, nextOrdinal), ...serverRows(tables, access) };
}

function headRows(
  tables: UpgradeTables,
  { read, write }: Access,
  nextOrdinal: () => number,
): Pick<
  UpgradeRows,
  'plan' | 'head' | 'heads' | 'openHeads' | 'begin' | 'putHead' | 'group' | 'groups' | 'putGroup'
> {
  return {
    plan: (upgrade) => read(() => tables.known(upgrade)?.row?.plan ?? null),
    head: (upgrade) => read(() => tables.known(upgrade)?.row?.head ?? null),
    heads: (limit) => read(() => tables.heads().slice(0, limit)),
    openHeads: () => read(() => tables.heads().filter(({ state }) => state !== 'finished')),
    begin: (plan, head, groups) =>
      write(() => {
        const own = tables.upgrade(plan.upgrade);
        invariant(own.row === null, `an upgrade ${plan.upgrade} is there already`);
        for (const cell of tables.upgrades.cells) {
          if (cell.row?.plan.release.component !== plan.release.component) continue;
          tables.upgrades.put(cell, { ...cell.row, isSuperseded: true });
        }
        tables.upgrades.put(own, { head, plan, ordinal: nextOrdinal(), isSuperseded: false });
        for (const group of groups) {
          const cell = tables.group(own, group.name);
          invariant(cell.row === null, `a group ${group.name} is there already`);
          tables.groups.put(cell, group);
        }
      }),
    putHead: (head) =>
      write(() => {
        const cell = tables.known(head.upgrade);
        if (cell === undefined || cell.row === null) return;
        tables.upgrades.put(cell, { ...cell.row, head });
      }),
    group: (upgrade, name) => read(() => tables.known(upgrade)?.groups.get(name)?.row ?? null),
    groups: (upgrade) =>
      read(() =>
        [...(tables.known(upgrade)?.groups.values() ?? [])].flatMap(({ row }) => row ?? []),
      ),
    putGroup: (upgrade, group) =>
      write(() => {
        const cell = tables.known(upgrade)?.groups.get(group.name);
        if (cell !== undefined && cell.row !== null) tables.groups.put(cell, group);
      }),
  };
}

function serverRows(
  tables: UpgradeTables,
  { read, write }: Access,
): Pick<UpgradeRows, 'row' | 'standingRowsOf' | 'rowsIn' | 'rowsDue' | 'putRow' | 'inFlight'> {
  return {
    row: (upgrade, server) => read(() => tables.known(upgrade)?.servers.get(server)?.row ?? null),
    standingRowsOf: (server) => read(() => owned(tables.standing(server))),
    rowsIn: ({ upgrade, group, state, limit }) =>
      read(() => {
        const of = tables.known(upgrade);
        if (of === undefined) return [];
        const servers = groupServers(of, group);
        return rowsOf(
          state === undefined
            ? servers.sorted().slice(0, limit)
            : servers.inState(state).first(limit),
        );
      }),
    rowsDue: (now, limit) => read(() => owned(tables.dueUntil(now, limit))),
    putRow: (upgrade, row) =>
      write(() => tables.servers.put(tables.server(tables.upgrade(upgrade), row.server), row)),
    inFlight: () => read(() => tables.inFlight),
  };
}

function rowsOf(cells: readonly ServerCell[]): readonly UpgradeServer[] {
  const found: UpgradeServer[] = [];
  for (const { row } of cells) if (row !== null) found.push(row);
  return found;
}

function owned(cells: readonly ServerCell[]): readonly OwnedRow[] {
  const found: OwnedRow[] = [];
  for (const { of, row } of cells) if (row !== null) found.push({ upgrade: of.upgrade, row });
  return found;
}
