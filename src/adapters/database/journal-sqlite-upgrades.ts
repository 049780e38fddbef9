/** Heads, groups and servers of upgrades in the journal's file. */

import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import {
  wholeGroup,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import type { OwnedRow, UpgradeRows } from '#ports/journal.ts';
import type { Database } from './journal-sqlite-rows.ts';
import { decode, encode } from './rows-json.ts';

export function upgradeRows(database: Database): UpgradeRows {
  return { ...headRows(database), ...serverRows(database) };
}

function headRows(
  database: Database,
): Pick<
  UpgradeRows,
  'plan' | 'head' | 'heads' | 'openHeads' | 'begin' | 'putHead' | 'group' | 'groups' | 'putGroup'
> {
  const one = (upgrade: string) =>
    database
      .selectFrom('upgrades')
      .select(['head', 'plan'])
      .where('upgrade', '=', upgrade)
      .executeTakeFirst();
  const newestFirst = () =>
    database.selectFrom('upgrades').select('head').orderBy('ordinal', 'desc');
  const headsOf = (found: readonly { readonly head: string }[]): readonly UpgradeHead[] =>
    found.map(({ head }) => decode<UpgradeHead>(head, 'upgrades'));
  return {
    async plan(upgrade) {
      const found = await one(upgrade);
      return found === undefined ? null : decode<UpgradePlan>(found.plan, 'upgrades');
    },
    async head(upgrade) {
      const found = await one(upgrade);
      return found === undefined ? null : decode<UpgradeHead>(found.head, 'upgrades');
    },
    async heads(limit) {
      const found = newestFirst();
      return headsOf(await (limit === undefined ? found : found.limit(limit)).execute());
    },
    async openHeads() {
      return headsOf(await newestFirst().where('state', '<>', 'finished').execute());
    },
    async begin(plan, head, groups) {
      const { component } = plan.release;
      await database
        .updateTable('upgrades')
        .set({ superseded: 1 })
        .where('component', '=', component)
        .execute();
      await database
        .insertInto('upgrades')
        .values({
          upgrade: plan.upgrade,
          component,
          superseded: 0,
          state: head.state,
          started_at: head.startedAt,
          head: encode(head),
          plan: encode(plan),
        })
        .execute();
      for (const [position, group] of groups.entries()) {
        await database
          .insertInto('upgrade_groups')
          .values({ upgrade: plan.upgrade, name: group.name, position, row: encode(group) })
          .execute();
      }
    },
    async putHead(head) {
      await database
        .updateTable('upgrades')
        .set({ state: head.state, head: encode(head) })
        .where('upgrade', '=', head.upgrade)
        .execute();
    },
    async group(upgrade, name) {
      const found = await database
        .selectFrom('upgrade_groups')
        .select('row')
        .where('upgrade', '=', upgrade)
        .where('name', '=', name)
        .executeTakeFirst();
      return found === undefined
        ? null
        : wholeGroup(decode<UpgradeGroup>(found.row, 'upgrade_groups'));
    },
    async groups(upgrade) {
      const found = await database
        .selectFrom('upgrade_groups')
        .select('row')
        .where('upgrade', '=', upgrade)
        .orderBy('position')
        .execute();
      return found.map(({ row }) => wholeGroup(decode<UpgradeGroup>(row, 'upgrade_groups')));
    },
    async putGroup(upgrade, group) {
      await database
        .updateTable('upgrade_groups')
        .set({ row: encode(group) })
        .where('upgrade', '=', upgrade)
        .where('name', '=', group.name)
        .execute();
    },
  };
}

function serverRows(
  database: Database,
): Pick<UpgradeRows, 'row' | 'standingRowsOf' | 'rowsIn' | 'rowsDue' | 'putRow' | 'inFlight'> {
  const owned = (found: readonly { upgrade: string; row: string }[]): OwnedRow[] =>
    found.map(
      (one) => ({ upgrade: one.upgrade, row: decode(one.row, 'upgrade_servers') }) as OwnedRow,
    );
  return {
    async row(upgrade, server) {
      const found = await database
        .selectFrom('upgrade_servers')
        .select('row')
        .where('upgrade', '=', upgrade)
        .where('server', '=', server)
        .executeTakeFirst();
      return found === undefined ? null : decode<UpgradeServer>(found.row, 'upgrade_servers');
    },
    async standingRowsOf(server) {
      return owned(
        await database
          .selectFrom('upgrade_servers')
          .innerJoin('upgrades', 'upgrades.upgrade', 'upgrade_servers.upgrade')
          .select(['upgrade_servers.upgrade', 'upgrade_servers.row'])
          .where('server', '=', server)
          .where((where) =>
            // A switch under way is heard to its end, whatever began since.
            where.or([
              where('superseded', '=', 0),
              where('upgrade_servers.state', 'in', ['leased', 'switching', 'proving']),
            ]),
          )
          .orderBy('ordinal')
          .execute(),
      );
    },
    async rowsIn({ upgrade, group, state, limit }) {
      let query = database
        .selectFrom('upgrade_servers')
        .select('row')
        .where('upgrade', '=', upgrade)
        .where('group_name', '=', group);
      if (state !== undefined) query = query.where('state', '=', state);
      const found = await query.orderBy('server').limit(limit).execute();
      return found.map(({ row }) => decode<UpgradeServer>(row, 'upgrade_servers'));
    },
    async rowsDue(now, limit) {
      return owned(
        await database
          .selectFrom('upgrade_servers')
          .select(['upgrade', 'row'])
          .where('deadline', 'is not', null)
          .where('deadline', '<=', now)
          .orderBy('deadline')
          .orderBy('server')
          .orderBy('upgrade')
          .limit(limit)
          .execute(),
      );
    },
    async putRow(upgrade, row) {
      const values = {
        group_name: row.group,
        state: row.state,
        deadline: row.deadline,
        row: encode(row),
      };
      await database
        .insertInto('upgrade_servers')
        .values({ upgrade, server: row.server, ...values })
        .onConflict((conflict) => conflict.columns(['upgrade', 'server']).doUpdateSet(values))
        .execute();
    },
    async inFlight() {
      const found = await database
        .selectFrom('upgrade_servers')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where('state', 'in', ['leased', 'switching', 'proving'])
        .executeTakeFirstOrThrow();
      return Number(found.count);
    },
  };
}
