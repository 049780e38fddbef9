/** The bill in SQLite: one row for each entry, added to where it stands. */

import { sql } from 'kysely';
import { dayOf, type BillDay, type BillRow } from '#domain/budget/bill.ts';
import type { BillRows } from '#ports/journal.ts';
import type { Database } from './journal-sqlite-rows.ts';

const orEmpty = (text: string | null): string => text ?? '';
const orNull = (text: string): string | null => (text === '' ? null : text);

export function billRows(database: Database): BillRows {
  return {
    async add(entry, { bytes, at }) {
      const { server, form } = entry;
      const lane = orEmpty(entry.lane);
      const link = orEmpty(entry.link);
      const component = orEmpty(entry.component);
      const release = orEmpty(entry.release);
      await database
        .insertInto('bill')
        .values({ server, lane, component, release, form, link, bytes, since: at, until: at })
        .onConflict((conflict) =>
          conflict
            .columns(['server', 'lane', 'component', 'release', 'form', 'link'])
            .doUpdateSet({ bytes: sql`bytes + ${bytes}`, until: at }),
        )
        .execute();
      await database
        .insertInto('bill_days')
        .values({ day: dayOf(at), lane, form, link, bytes })
        .onConflict((conflict) =>
          conflict
            .columns(['day', 'lane', 'form', 'link'])
            .doUpdateSet({ bytes: sql`bytes + ${bytes}` }),
        )
        .execute();
    },
    async rows(release) {
      let query = database.selectFrom('bill').selectAll();
      if (release !== undefined) query = query.where('release', '=', release);
      const found = await query
        .orderBy('server')
        .orderBy('lane')
        .orderBy('component')
        .orderBy('release')
        .orderBy('form')
        .orderBy('link')
        .execute();
      return found.map(
        ({ lane, component, release: of, link, ...row }) =>
          ({
            ...row,
            lane: orNull(lane),
            component: orNull(component),
            release: orNull(of),
            link: orNull(link),
          }) as BillRow,
      );
    },
    async days(since) {
      const found = await database
        .selectFrom('bill_days')
        .selectAll()
        .where('day', '>=', since)
        .orderBy('day')
        .orderBy('lane')
        .orderBy('form')
        .orderBy('link')
        .execute();
      return found.map(
        ({ lane, link, ...row }) => ({ ...row, lane: orNull(lane), link: orNull(link) }) as BillDay,
      );
    },
  };
}
