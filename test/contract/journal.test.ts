/** Journals, real and simulated, over one suite; and what only the simulated one can show. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { emptyJournal, openJournalSimulated } from '#simulation/adapters/journal-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { journalContract } from './journal.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

journalContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-journal-'));
  folders.push(folder);
  return {
    async open() {
      const journal = await openJournal(join(folder, 'journal.sqlite'));
      assert.ok(journal.ok);
      return journal.value;
    },
  };
});

journalContract('simulated', async () => {
  const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
  const stored = machine.disk.store(emptyJournal());
  return {
    async open() {
      const process = machine.start('information-server', new Chance(1));
      return openJournalSimulated({ process, stored, site: 'is' });
    },
  };
});
