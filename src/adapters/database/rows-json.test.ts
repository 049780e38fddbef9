import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { brand, type HoldId } from '#domain/names.ts';
import { openJournal } from './journal-sqlite.ts';
import { decode, encode, rowCharactersMax, RowDamaged } from './rows-json.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-rows-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Longer than what a change below can make of the checksum's own name. */
const member = fc.string({ minLength: 5 });
const row = fc.dictionary(member, fc.jsonValue()).map((one) => {
  const written: Record<string, unknown> = JSON.parse(JSON.stringify(one));
  return written;
});

test('a row is read as it was written, also one from before there were checksums', () => {
  fc.assert(
    fc.property(row, (one) => {
      assert.deepEqual(decode(encode(one), 'a'), one);
      assert.deepEqual(decode(JSON.stringify(one), 'a'), one);
    }),
  );
});

test('a row in which anything was changed is refused, or its content is what was written', () => {
  fc.assert(
    fc.property(row, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3), (one, at, piece, cut) => {
      const text = encode(one);
      const from = at % text.length;
      const changed = text.slice(0, from) + piece + text.slice(from + cut);
      try {
        // A checksum whose name was spoilt is read as a member that nobody knows.
        assert.deepEqual({ ...decode<object>(changed, 'a'), ...one }, decode(changed, 'a'));
      } catch (error) {
        if (!(error instanceof RowDamaged)) throw error;
        assert.equal(error.because.code, 'JOURNAL_ROW_DAMAGED');
        assert.ok(
          String(error.because.with['detail']).length < 100,
          'it repeats nothing of the row',
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

for (const [name, text] of [
  ['cut off', '{"a":1'],
  ['empty', ''],
  ['no object', '"a"'],
  ['null', 'null'],
  ['longer than any row', ' '.repeat(rowCharactersMax + 1)],
] as const) {
  test(`a row that is ${name} is refused by name`, () => {
    assert.throws(
      () => decode(text, 'holds'),
      (error) => {
        assert.ok(error instanceof RowDamaged);
        assert.equal(error.because.with['table'], 'holds');
        return true;
      },
    );
  });
}

test('a damaged row undoes the transaction that reads it; mended, everything is as before', async () => {
  const file = join(folder, 'journal.sqlite');
  const opened = await openJournal(file);
  assert.ok(opened.ok);
  const journal = opened.value;
  const id = brand<HoldId>('hold-1');
  const hold = { id, until: 9, releasedAt: null, reason: 'because' };
  // As every hold is stored; what else one holds is not this test's.
  await journal.rows.holds.putHold(hold as Parameters<typeof journal.rows.holds.putHold>[0]);
  const disk = new DatabaseSync(file);
  const change = (from: string, to: string) =>
    disk.prepare('update holds set row = replace(row, ?, ?)').run(from, to);
  change('"because"', '"becausf"');
  const reading = journal.transaction(async (rows) => {
    await rows.log.putNote('begun', 'yes');
    await rows.holds.hold(id);
  });
  await assert.rejects(reading, RowDamaged);
  assert.equal(await journal.rows.log.note('begun'), null);
  change('"becausf"', '"because"');
  assert.deepEqual(await journal.rows.holds.hold(id), hold);
  disk.close();
  await journal.close();
});
