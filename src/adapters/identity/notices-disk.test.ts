/** Which notices are taken, and which of them stay: real lists, real files. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { nextNoticeNumber } from '#domain/trust/notices.ts';
import { systemClock } from '../daemon/clock-system.ts';
import { noticeFiles } from './notice-files.ts';
import { openNotices, type KeptNotices } from './notices-disk.ts';
import { testOrganisation, type TestOrganisation } from '../organisation/organisation.testing.ts';
import { makeRefusedAuthorities, readRefusedAuthorities } from './refused-authorities.ts';
import { writeOrganisation } from './trust-files.ts';

const log = pino({ level: 'silent' });
const [one, two] = ['4a'.repeat(16), '5b'.repeat(16)];
let organisation: TestOrganisation;
let root: string;
before(async () => {
  organisation = await testOrganisation();
});

const listOf = (number: number, serials: readonly string[], by = organisation) =>
  makeRefusedAuthorities(by.root, {
    number,
    now: 1_700_000_000_000,
    authorities: serials.map((serial) => ({ serial, at: 1_700_000_000_000 })),
  });

const opened: KeptNotices[] = [];
after(async () => {
  for (const notices of opened) notices.close();
  await rm(root, { recursive: true });
});

async function reopened(): Promise<KeptNotices> {
  const notices = await openNotices(root, { clock: systemClock, log });
  assert.ok(notices.ok, JSON.stringify(notices));
  opened.push(notices.value);
  return notices.value;
}

async function fresh(): Promise<KeptNotices> {
  root = await mkdtemp(join(tmpdir(), 'dankai-notices-'));
  await writeOrganisation(root, organisation.text);
  return reopened();
}

async function said(notices: KeptNotices, text: string): Promise<string> {
  const taken = await notices.take({ 'refused-authorities': text }, 'test');
  return taken.ok ? `${taken.value.length} taken` : taken.because.code;
}

test('a list is a revocation list of X.509, and says its number, its date and whom it refuses', async () => {
  const number = nextNoticeNumber(null, Date.now());
  const text = await listOf(number, [one, two]);
  assert.match(text, /^-----BEGIN X509 CRL-----\n/);
  const { authority } = organisation.organisation;
  const read = await readRefusedAuthorities(text, authority);
  assert.ok(read.ok, JSON.stringify(read));
  const { at, authorities } = read.value;
  assert.deepEqual([read.value.number, at], [number, 1_700_000_000_000]);
  assert.deepEqual(authorities, [one, two]);
});

test('a list is taken once, outlives a restart, and gives way to a later one alone', async () => {
  const notices = await fresh();
  assert.equal(notices.isRefused(one), false);
  const first = await listOf(5, [one]);
  assert.equal(await said(notices, first), '1 taken');
  assert.equal(await said(notices, first), '0 taken');
  assert.equal(notices.isRefused(one), true);
  assert.equal(await said(notices, await listOf(4, [one, two])), 'NOTICE_OLDER');
  assert.equal(notices.isRefused(two), false);
  assert.equal(await said(notices, await listOf(300, [one, two])), '1 taken');
  const again = await reopened();
  assert.deepEqual([one, two].map(again.isRefused), [true, true]);
  assert.deepEqual(again.texts(), notices.texts());
});

test('a later list without what an earlier one had is refused: what was taken back stays so', async () => {
  const notices = await fresh();
  assert.equal(await said(notices, await listOf(5, [one])), '1 taken');
  assert.equal(await said(notices, await listOf(6, [two])), 'NOTICE_SHRUNK');
  assert.deepEqual([one, two].map(notices.isRefused), [true, false]);
});

test('a list that another root has signed, or that was changed, is none', async () => {
  const notices = await fresh();
  const other = await testOrganisation();
  const foreign = await testOrganisation({ name: 'other' });
  for (const by of [other, foreign]) {
    assert.equal(await said(notices, await listOf(9, [one], by)), 'NOTICE_UNREADABLE');
  }
  const good = await listOf(9, [one]);
  const bytes = Buffer.from(good.split('\n').slice(1, -2).join(''), 'base64');
  for (const place of [40, 90, bytes.length - 5]) {
    const bad = Buffer.from(bytes);
    bad[place] = (bad[place] ?? 0) ^ 1;
    const text = `-----BEGIN X509 CRL-----\n${bad.toString('base64')}\n-----END X509 CRL-----\n`;
    assert.equal(await said(notices, text), 'NOTICE_UNREADABLE');
  }
  assert.equal(await said(notices, 'none'), 'NOTICE_UNREADABLE');
  assert.equal(notices.isRefused(one), false);
});

test('nobody starts with a list that cannot be believed; while it runs, what it knew stays', async () => {
  const notices = await fresh();
  const text = await listOf(5, [one]);
  assert.equal(await said(notices, text), '1 taken');
  const file = join(root, 'trust', noticeFiles['refused-authorities']);
  await writeFile(file, text.slice(0, -60));
  const refused = await openNotices(root, { clock: systemClock, log });
  assert.equal(refused.ok ? null : refused.because.code, 'NOTICE_UNREADABLE');
  const later = await listOf(6, [one, two]);
  assert.equal(await said(notices, later), '1 taken');
  assert.equal(await readFile(file, 'utf8'), later);
});
