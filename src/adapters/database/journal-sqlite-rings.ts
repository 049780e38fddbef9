/** Rings in the journal's file: what is on its way, what each server made of it, what was withdrawn. */

import { sql } from 'kysely';
import { brand } from '#domain/names.ts';
import type { RingOutcome, Tally } from '#domain/ring/outcome.ts';
import type { SiteRollout, WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { RingRows } from '#ports/journal.ts';
import type { JournalTables } from './journal-schema.ts';
import type { Database } from './journal-sqlite-rows.ts';
import { decode, encode } from './rows-json.ts';

export function ringRows(database: Database): RingRows {
  return { ...rolloutRows(database), ...outcomeRows(database), ...withdrawnRows(database) };
}

type Part<Names extends keyof RingRows> = Pick<RingRows, Names>;

function rolloutRows(database: Database): Part<'rollout' | 'rollouts' | 'putRollout'> {
  const rowOf = ({ row }: { readonly row: string }) => decode<SiteRollout>(row, 'rollouts');
  return {
    async rollout(component) {
      const found = await database
        .selectFrom('rollouts')
        .select('row')
        .where('component', '=', component)
        .executeTakeFirst();
      return found === undefined ? null : rowOf(found);
    },
    async rollouts() {
      const found = await database
        .selectFrom('rollouts')
        .select('row')
        .orderBy('component')
        .execute();
      return found.map(rowOf);
    },
    async putRollout(rollout) {
      const row = encode(rollout);
      await database
        .insertInto('rollouts')
        .values({ component: rollout.component, row })
        .onConflict((conflict) => conflict.column('component').doUpdateSet({ row }))
        .execute();
    },
  };
}

function outcomeOf({ silent_since, ...row }: JournalTables['ring_outcomes']): RingOutcome {
  return { ...row, silentSince: silent_since } as RingOutcome;
}

function outcomeRows(
  database: Database,
): Part<
  | 'outcome'
  | 'outcomes'
  | 'outcomesOf'
  | 'putOutcome'
  | 'forgetOutcomes'
  | 'forgetOutcomesOf'
  | 'tally'
> {
  const all = () => database.selectFrom('ring_outcomes').selectAll();
  return {
    async outcome(component, server) {
      const found = await all()
        .where('component', '=', component)
        .where('server', '=', server)
        .executeTakeFirst();
      return found === undefined ? null : outcomeOf(found);
    },
    async outcomes(component) {
      const found = await all().where('component', '=', component).orderBy('server').execute();
      return found.map(outcomeOf);
    },
    async outcomesOf(server) {
      const found = await all().where('server', '=', server).orderBy('component').execute();
      return found.map(outcomeOf);
    },
    async putOutcome({ component, server, silentSince, ...said }) {
      const row = { ...said, silent_since: silentSince };
      await database
        .insertInto('ring_outcomes')
        .values({ component, server, ...row })
        .onConflict((conflict) => conflict.columns(['component', 'server']).doUpdateSet(row))
        .execute();
    },
    async forgetOutcomes(component) {
      await database.deleteFrom('ring_outcomes').where('component', '=', component).execute();
    },
    async forgetOutcomesOf(server) {
      await database.deleteFrom('ring_outcomes').where('server', '=', server).execute();
    },
    tally: (component, since) => tally(database, component, since),
  };
}

async function tally(
  database: Database,
  component: string,
  longSilentSince: number,
): Promise<readonly Tally[]> {
  const silence = sql<Tally['silence']>`case when silent_since is null then 'none'
    when silent_since <= ${longSilentSince} then 'long' else 'short' end`;
  const found = await database
    .selectFrom('ring_outcomes')
    .select(['ring', 'state', 'cause', silence.as('silence')])
    .select((count) => count.fn.countAll<number>().as('count'))
    .where('component', '=', component)
    .groupBy(['ring', 'state', 'cause', silence])
    .orderBy('ring')
    .orderBy('state')
    .orderBy('cause')
    .orderBy(silence)
    .execute();
  return found.map((row) => ({ ...row, ring: brand(row.ring) }) as Tally);
}

function withdrawnRows(database: Database): Part<'withdrawn' | 'putWithdrawn'> {
  return {
    async withdrawn() {
      const found = await database
        .selectFrom('withdrawn_contents')
        .select('row')
        .orderBy('at', 'desc')
        .orderBy('component')
        .orderBy('file')
        .execute();
      return found.map(({ row }) => decode<WithdrawnContent>(row, 'withdrawn_contents'));
    },
    async putWithdrawn(content) {
      const { component, file, at } = content;
      const row = encode(content);
      await database
        .insertInto('withdrawn_contents')
        .values({ component, file, at, row })
        .onConflict((conflict) => conflict.columns(['component', 'file']).doUpdateSet({ at, row }))
        .execute();
    },
  };
}
