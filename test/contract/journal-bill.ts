/** What every journal promises of the bill: what is added stays, and is told by entry and by day. */

import assert from 'node:assert/strict';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import type { BillEntry } from '#domain/budget/bill.ts';
import { digestOf } from './journal-rows.testing.ts';
import type { Promises } from './journal-upgrades.ts';

const dayMs = 86_400_000;

function entry(name: string, changes: Partial<BillEntry> = {}): BillEntry {
  return {
    server: brand<ServerId>(name),
    lane: 'program',
    component: brand<ComponentName>('program'),
    release: digestOf(580),
    form: 'whole',
    link: null,
    ...changes,
  };
}

export function billPromises(promises: Promises): void {
  promises('bytes are added up by entry and by day, and stay', async (journal, home) => {
    await journal.transaction(async ({ bill }) => {
      await bill.add(entry('b'), { bytes: 100, at: 5 });
      await bill.add(entry('a', { link: 'thin' }), { bytes: 30, at: 6 });
      await bill.add(entry('b'), { bytes: 11, at: dayMs + 7 });
      await bill.add(entry('b', { form: 'delta' }), { bytes: 3, at: dayMs + 8 });
      const other = { lane: null, component: null, release: null, form: 'other' } as const;
      await bill.add(entry('a', other), { bytes: 1, at: dayMs + 9 });
    });
    await journal.close();
    const { rows } = await home.open();
    const found = await rows.bill.rows();
    assert.deepEqual(
      found.map(({ server, form, link, bytes, since, until }) => [
        server,
        form,
        link,
        bytes,
        since,
        until,
      ]),
      [
        ['a', 'other', null, 1, dayMs + 9, dayMs + 9],
        ['a', 'whole', 'thin', 30, 6, 6],
        ['b', 'delta', null, 3, dayMs + 8, dayMs + 8],
        ['b', 'whole', null, 111, 5, dayMs + 7],
      ],
    );
    assert.equal((await rows.bill.rows(digestOf(580))).length, 3);
    assert.equal((await rows.bill.rows(digestOf(1))).length, 0);
    const days = await rows.bill.days(0);
    assert.equal(
      days.reduce((sum, { bytes }) => sum + bytes, 0),
      145,
    );
    assert.deepEqual(
      (await rows.bill.days(dayMs)).map(({ day, lane, form, bytes }) => [day, lane, form, bytes]),
      [
        [dayMs, null, 'other', 1],
        [dayMs, 'program', 'delta', 3],
        [dayMs, 'program', 'whole', 11],
      ],
    );
  });
}
