/** The bill in memory, in SQLite's orders. */

import { billKey, dayOf, type BillDay, type BillEntry, type BillRow } from '#domain/budget/bill.ts';
import type { BillRows } from '#ports/journal.ts';
import type { Access } from './journal-simulated-access.ts';
import type { JournalState } from './journal-simulated-state.ts';
import { compare } from './journal-simulated-upgrades.ts';

export function billRows({ bill, billDays }: JournalState, { read, write }: Access): BillRows {
  return {
    add: (entry, { bytes, at }) =>
      write(() => {
        const key = billKey(entry);
        const known = bill.get(key);
        const since = known?.since ?? at;
        const { server, lane, component, release, form, link } = entry;
        const row = { server, lane, component, release, form, link, since, until: at };
        bill.put(key, { ...row, bytes: (known?.bytes ?? 0) + bytes });
        const day = dayOf(at);
        const ofDay = `${day} ${lane ?? ''} ${form} ${link ?? ''}`;
        const before = billDays.get(ofDay)?.bytes ?? 0;
        billDays.put(ofDay, { day, lane, form, link, bytes: before + bytes });
      }),
    rows: (of) =>
      read(() =>
        bill
          .all()
          .filter(({ release }) => of === undefined || release === of)
          .toSorted(byEntry),
      ),
    days: (since) =>
      read(() =>
        billDays
          .all()
          .filter(({ day }) => day >= since)
          .toSorted(byDay),
      ),
  };
}

function inOrder(left: readonly (string | null)[], right: readonly (string | null)[]): number {
  return left.reduce((order, one, place) => order || compare(one ?? '', right[place] ?? ''), 0);
}

function byEntry(left: BillRow, right: BillRow): number {
  const of = (one: BillEntry) => [
    one.server,
    one.lane,
    one.component,
    one.release,
    one.form,
    one.link,
  ];
  return inOrder(of(left), of(right));
}

function byDay(left: BillDay, right: BillDay): number {
  const of = ({ lane, form, link }: BillDay) => [lane, form, link];
  return left.day - right.day || inOrder(of(left), of(right));
}
