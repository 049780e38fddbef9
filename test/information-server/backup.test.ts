/** Backups of an information server's folder: real files, and a journal that is written meanwhile. */

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { writeOrganisation } from '#adapters/identity/trust-files.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import { takeLock } from '#launcher/lock.ts';
import { restoredNote } from '#ports/journal.ts';
import {
  acme,
  backup,
  codeOf,
  dataOf,
  digest,
  folder,
  installation,
  restore,
  tokyo,
} from './backup-site.ts';

test('a journal that is being written is copied as of one moment, and put back', async () => {
  const root = await tokyo('one');
  const journal = await openJournal(join(dataOf(root), 'journal.sqlite'));
  assert.ok(journal.ok);
  const put = (name: string) =>
    journal.value.transaction(async ({ log }) => {
      // Two rows that are true only together.
      await log.putNote('left', name);
      await log.putNote('right', name);
    });
  await put('begun');
  let isWriting = true;
  const writing = (async () => {
    for (let number = 0; isWriting; number++) {
      await put(String(number));
      await new Promise((done) => setImmediate(done));
    }
  })();
  const made = await backup(root, 'one.backup');
  isWriting = false;
  await writing;
  await journal.value.close();
  assert.ok(made.ok, JSON.stringify(made));
  assert.equal((await stat(join(folder, 'one.backup'))).mode & 0o777, 0o600);

  const fresh = await installation('one-again');
  const restored = await restore(fresh, 'one.backup');
  assert.ok(restored.ok, JSON.stringify(restored));
  assert.deepEqual({ ...made.value, ...restored.value }, restored.value);
  const again = await openJournal(join(dataOf(fresh), 'journal.sqlite'));
  assert.ok(again.ok);
  const { log } = again.value.rows;
  assert.notEqual(await log.note('left'), null);
  assert.equal(await log.note('left'), await log.note('right'));
  const said: unknown = JSON.parse((await log.note(restoredNote)) ?? '');
  const { voided } = restored.value;
  const of = { backup: 1_000, version: made.value.version, restoredAt: 1_000 };
  assert.deepEqual(said, { who: 'mori', detail: { ...of, revocationsAt: null, ...voided } });
  await again.value.close();
  const archive = await readFile(join(fresh, 'store', 'archives', digest));
  assert.deepEqual(archive, Buffer.alloc(3_000_000, 7));
  assert.equal(await readFile(join(fresh, 'trust', 'organisation.json'), 'utf8'), acme.text);
  await assert.rejects(stat(join(fresh, 'secrets', 'authority.pem')), 'no secret by default');
});

async function withJournal(root: string, server: string): Promise<void> {
  const journal = await openJournal(join(dataOf(root), 'journal.sqlite'));
  assert.ok(journal.ok);
  await journal.value.transaction(({ log }) => log.putNote('server', brand<ServerId>(server)));
  await journal.value.close();
}

test('secrets go along only sealed, and come back with the passphrase alone', async () => {
  const root = await tokyo('two');
  await withJournal(root, 'files-01');
  assert.ok((await backup(root, 'two.backup', { withSecrets: true })).ok);
  const bytes = await readFile(join(folder, 'two.backup'), 'latin1');
  assert.equal(bytes.includes('PRIVATE KEY'), false);
  const fresh = await installation('two-again');
  const wrong = await restore(fresh, 'two.backup', {
    readPassphrase: async () => ok('another passphrase'),
  });
  assert.equal(codeOf(wrong), 'PASSPHRASE_WRONG');
  await assert.rejects(stat(join(dataOf(fresh), 'journal.sqlite')), 'nothing was begun');
  assert.ok((await restore(fresh, 'two.backup')).ok);
  const key = await readFile(join(fresh, 'secrets', 'authority.pem'), 'utf8');
  assert.equal(key, await readFile(join(root, 'secrets', 'authority.pem'), 'utf8'));
});

test('what stood there before is kept aside', async () => {
  const root = await tokyo('three');
  await withJournal(root, 'files-01');
  assert.ok((await backup(root, 'three.backup')).ok);
  await withJournal(root, 'files-02');
  assert.ok((await restore(root, 'three.backup')).ok);
  for (const [file, server] of [
    ['journal.sqlite', 'files-01'],
    ['journal.sqlite.before-restore-1000', 'files-02'],
  ] as const) {
    const journal = await openJournal(join(dataOf(root), file));
    assert.ok(journal.ok);
    assert.equal(await journal.value.rows.log.note('server'), server);
    await journal.value.close();
  }
});

test('a backup is refused where it does not belong, and when it is not whole', async () => {
  const root = await tokyo('four');
  assert.equal(codeOf(await backup(root, 'four.backup')), 'JOURNAL_ABSENT');
  await withJournal(root, 'files-01');
  assert.ok((await backup(root, 'four.backup')).ok);
  assert.equal(codeOf(await backup(root, 'four.backup')), 'FILE_EXISTS');

  const osaka = await installation('osaka', 'osaka');
  assert.equal(codeOf(await restore(osaka, 'four.backup')), 'BACKUP_OF_OTHER_SITE');
  const other = await installation('other');
  await writeOrganisation(other, (await testOrganisation()).text);
  assert.equal(codeOf(await restore(other, 'four.backup')), 'ORGANISATION_OTHER');
  assert.equal(codeOf(await restore(join(folder, 'no'), 'four.backup')), 'INSTALLATION_ABSENT');

  const lock = takeLock(root);
  assert.ok('release' in lock);
  assert.equal(codeOf(await restore(root, 'four.backup')), 'INSTALLATION_RUNS');
  lock.release();

  const whole = await readFile(join(folder, 'four.backup'));
  const fresh = await installation('four-again');
  for (const [name, bytes] of [
    ['cut', whole.subarray(0, whole.length - 20_000)],
    ['changed', Buffer.from(whole).fill(1, 2_000_000, 2_000_100)],
    ['nothing', Buffer.alloc(0)],
  ] as const) {
    await writeFile(join(folder, name), bytes);
    assert.equal(codeOf(await restore(fresh, name)), 'BACKUP_UNREADABLE', name);
  }
  await assert.rejects(stat(join(dataOf(fresh), 'journal.sqlite')), 'nothing was begun');
});
