/**
 * Whoever may write the journal's file edits it behind the information server's back, stopped or
 * running. The record that is exported afterwards does not pass: at Dankai's own verifier, and at
 * the one that shares no line with it.
 */

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOfBytes } from '#adapters/files/digest.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import { chained, type RecordLine } from '#domain/record/line.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import { exportedText, headerText, parseExported, parseHeader } from '#protocol/record/export.ts';
import { RecordedSite, type Edit } from './process.ts';

const alone = new URL('../../src/verify-record/verify-record.mjs', import.meta.url).href;

let site: RecordedSite;
/** As they were before anybody changed anything. */
const heads = (): string => join(site.folder, 'tokyo.heads');
before(async () => {
  site = await RecordedSite.begin();
  await writeFile(site.heads, '');
  await site.start();
  for (const reason of ['backup', 'audit', 'holiday', 'move', 'drill']) await site.hold(reason);
  await site.stop();
  // A start is a line of its own, and its head is kept elsewhere at once.
  await site.start();
  while ((await readFile(site.heads, 'utf8')).split('\n').length < 3) await sleep(20);
  await copyFile(site.heads, heads());
  await site.edit('create table kept as select * from record');
});
after(() => site.end());

const undo: Edit = ['delete from record', 'insert into record select * from kept'];

async function linesNow(): Promise<readonly RecordLine[]> {
  const { lines } = await site.ask('record.list', { after: 0, limit: 1_000 });
  return lines.map((line) => ({ ...line }));
}

const changes = [
  `detail = json_set(detail, '$.changed', 1)`,
  `at = at - 60000`,
  `kind = 'hold-released'`,
  `who = 'somebody'`,
  `server = 'web-1'`,
  `hash = '${'0'.repeat(64)}'`,
];

const ways: Readonly<Record<string, (number: number) => Edit>> = {
  remove: (number) => [`delete from record where number = ${number}`],
  close: (number) => [
    `delete from record where number = ${number}`,
    `update record set number = -number where number > ${number}`,
    `update record set number = -number - 1 where number < 0`,
  ],
  change: (number) => [
    `update record set ${changes[number % changes.length]} where number = ${number}`,
  ],
  reorder: (number) => [
    `update record set number = -number where number in (${number}, ${number + 1})`,
    `update record set number = ${number} where number = -${number + 1}`,
    `update record set number = ${number + 1} where number = -${number}`,
  ],
  insert: (number) => [
    `update record set number = -number where number >= ${number}`,
    `update record set number = 1 - number where number < 0`,
    `insert into record select ${number}, at, kind, who, server, detail, hash from record
       where number = ${number + 1}`,
  ],
};

/** As `audit export` writes it: its process is too slow to be begun for every line. */
async function exported(): Promise<readonly string[]> {
  const { genesis, head } = await site.ask('record.show', {});
  return [headerText(genesis, head), ...(await linesNow()).map(exportedText)];
}

type Alone = {
  readHeader(text: string): unknown;
  readLine(text: string): unknown;
  openVerifier(
    begin: unknown,
    given: object,
  ): { take(line: unknown, at: number): void; end(): Said };
};
type Said = { readonly problems: readonly { readonly code: string }[] };

/** Both verifiers, which must agree. */
async function codesOf([header = '', ...texts]: readonly string[]): Promise<readonly string[]> {
  const read = parseHeader(header);
  assert.ok(read !== null);
  const ours = new RecordVerifier(read.genesis, { digestOf: digestOfBytes, site: null, heads: [] });
  const found: unknown = await import(alone);
  const { openVerifier, readHeader, readLine } = found as Alone;
  const theirs = openVerifier(readHeader(header), { site: null, heads: [] });
  for (const [index, text] of texts.entries()) {
    const line = parseExported(text);
    if (line === null) ours.unreadable(index + 1);
    else ours.take(line);
    theirs.take(readLine(text), index + 1);
  }
  const codes = ours.end(read.head).problems.map(({ code }) => code);
  assert.deepEqual(
    theirs.end().problems.map(({ code }) => code),
    codes,
  );
  return codes;
}

/** Through the command that people type, of the server as it runs. */
async function exportedFile(): Promise<string> {
  const written = await site.dankai('audit', 'export', '--root', site.root);
  assert.equal(written.status, 0, written.err);
  const file = join(site.folder, 'tokyo.record');
  await writeFile(file, written.out);
  return file;
}

type Verdicts = {
  readonly statuses: readonly (number | null)[];
  readonly codes: readonly string[];
  readonly said: string;
};

async function verdictsOn(file: string, ...more: readonly string[]): Promise<Verdicts> {
  const [ours, alone] = await Promise.all([
    site.dankai('audit', 'verify', file, ...more),
    site.verifyAlone(file, ...more),
  ]);
  const codesIn = (text: string): string[] => text.match(/^RECORD_\w+/gm) ?? [];
  const codes = codesIn(ours.out);
  assert.deepEqual(codesIn(alone.out), codes, 'both say the same');
  return { statuses: [ours.status, alone.status], codes, said: ours.out + alone.out };
}

const passes = { statuses: [0, 0], codes: [] };

function check(found: Verdicts, wanted: Omit<Verdicts, 'said'>): void {
  const { statuses, codes, said } = found;
  assert.deepEqual({ statuses, codes }, wanted, said);
}

test('removing, changing or reordering any line is detected', async (t) => {
  const lines = await linesNow();
  const last = lines.length;
  assert.ok(last >= 6, `${last} lines`);
  check(await verdictsOn(await exportedFile()), passes);
  assert.deepEqual(await codesOf(await exported()), []);

  await t.test('while it runs, each line', async () => {
    let edits = 0;
    for (const [way, edit] of Object.entries(ways)) {
      // The last has none behind it that would miss it: the test after this one is about that.
      const numbers = lines.map(({ number }) => number).slice(0, way === 'change' ? last : -1);
      for (const number of numbers) {
        await site.edit(...edit(number));
        const codes = await codesOf(await exported());
        assert.notDeepEqual(codes, [], `${way} line ${number}`);
        await site.edit(...undo);
        edits += 1;
      }
    }
    assert.equal(edits, 5 * last - 4);
    assert.deepEqual(await codesOf(await exported()), []);
  });

  await t.test('while it runs, and it goes on writing', async () => {
    await site.edit(...(ways['change']?.(3) ?? []));
    await site.hold('after the fact');
    const codes = ['RECORD_LINES_CHANGED'];
    check(await verdictsOn(await exportedFile()), { statuses: [1, 1], codes });
    await site.edit(...undo);
  });

  await t.test('while it is stopped', async () => {
    await site.stop();
    await site.edit(...(ways['remove']?.(2) ?? []), ...(ways['reorder']?.(4) ?? []));
    await site.start();
    const codes = ['RECORD_LINES_CHANGED', 'RECORD_LINES_REMOVED'];
    check(await verdictsOn(await exportedFile()), { statuses: [1, 1], codes });
    // Without a file: the server's own record, over its console.
    const live = await site.dankai('audit', 'verify', '--root', site.root);
    assert.equal(live.status, 1);
    assert.match(live.out, /^RECORD_LINES_REMOVED/m);
    await site.edit(...undo);
  });
});

test('an end that was cut off, and a record that was written anew, are known by their heads alone', async () => {
  const lines = await linesNow();
  const last = lines.at(-1);
  const [, second] = lines;
  assert.ok(last !== undefined && second !== undefined);
  check(await verdictsOn(await exportedFile(), '--heads', heads()), passes);

  await site.edit(`delete from record where number > ${last.number - 2}`);
  const shorter = await exportedFile();
  const unknown = await verdictsOn(shorter);
  check(unknown, passes);
  assert.match(unknown.said, /cannot be known/);
  const cutOff = { statuses: [1, 1], codes: ['RECORD_CUT_OFF'] };
  check(await verdictsOn(shorter, '--heads', heads()), cutOff);
  await site.edit(...undo);

  // Another name in line 4, and everything behind it chained anew, with right hashes.
  const statements: string[] = [];
  let head: RecordLine = second;
  for (const line of lines.slice(2)) {
    const who = line.number === 4 ? 'somebody else' : line.who;
    const kind = line.kind as RecordKind;
    head = chained(head, { ...line, kind, who }, digestOfBytes);
    statements.push(
      `update record set who = '${who}', hash = '${head.hash}' where number = ${line.number}`,
    );
  }
  await site.edit(...statements);
  const anew = await exportedFile();
  check(await verdictsOn(anew), passes);
  const rewritten = { statuses: [1, 1], codes: ['RECORD_REWRITTEN'] };
  check(await verdictsOn(anew, '--heads', heads()), rewritten);
  await site.edit(...undo);
});

test('what people ask for and do not get stands in the record', async () => {
  const after = (await linesNow()).length;
  const file = join(site.folder, 'no.release');
  await writeFile(file, 'not a release');
  const imported = await site.dankai('share', 'import', file, '--root', site.root);
  assert.notEqual(imported.status, 0);
  const updated = await site.dankai('update', 'now', '--root', site.root);
  assert.notEqual(updated.status, 0, 'no source is set');
  const { lines } = await site.ask('record.list', { after, limit: 100 });
  assert.deepEqual(
    lines.map(({ kind, detail }) => [kind, Object.keys(detail)]),
    [
      ['release-refused', ['because']],
      ['update-asked', ['source']],
    ],
  );
});
