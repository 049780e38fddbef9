/** Stores of people: a journal's, real and simulated, and the control manager's database. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openDeliveryStore } from '#adapters/database/delivery-database.ts';
import type { Journal } from '#ports/journal.ts';
import type { PeopleStore } from '#ports/people.ts';
import { emptyJournal, openJournalSimulated } from '#simulation/adapters/journal-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { peopleContract, type PeopleHome } from './people.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-people-'));
  folders.push(folder);
  return folder;
}

function overJournal(journal: Journal): PeopleStore & { close(): Promise<void> } {
  return {
    rows: journal.rows.people,
    change: (act) =>
      journal.transaction((rows) => act(rows.people, (line) => rows.log.appendRecord(line))),
    close: () => journal.close(),
  };
}

function homeOf(open: () => Promise<Journal>): PeopleHome {
  return {
    async open() {
      const journal = await open();
      const site = brand<ServerId>('is');
      await journal.transaction((rows) => rows.log.beginRecord({ site, at: 1 }));
      return overJournal(journal);
    },
    async lines() {
      const journal = await open();
      const found = await journal.rows.log.record(0, 10);
      await journal.close();
      return found;
    },
  };
}

peopleContract('journal in SQLite', async () => {
  const file = join(await newFolder(), 'journal.sqlite');
  return homeOf(async () => {
    const journal = await openJournal(file);
    assert.ok(journal.ok);
    return journal.value;
  });
});

peopleContract('simulated journal', async () => {
  const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
  const stored = machine.disk.store(emptyJournal());
  return homeOf(async () => {
    const process = machine.start('information-server', new Chance(1));
    return openJournalSimulated({ process, stored, site: 'is' });
  });
});

peopleContract('control manager in SQLite', async () => {
  const file = join(await newFolder(), 'control-manager.sqlite');
  const begun = async () => {
    const opened = await openDeliveryStore({ file });
    assert.ok(opened.ok);
    await opened.value.load(1, brand<ServerId>('head-office'));
    return opened.value;
  };
  return {
    async open() {
      const database = await begun();
      return { ...database.people, close: () => database.close() };
    },
    async lines() {
      const database = await begun();
      const found = await database.record(0, 10);
      await database.close();
      return found.filter(({ kind }) => kind !== 'epoch-begun');
    },
  };
});
