import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import {
  appendIntent,
  readIntentFile,
  repairIntentFile,
  rewriteIntentFile,
} from './intent-file.ts';
import { openJournal } from './journal.ts';
import { limits } from './limits.ts';
import { openLogFile } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'dankai-intent-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const three = [{ type: 'a' }, { type: 'b', text: '段階\n' }, { type: 'c' }];

function fileOf(name: string): string {
  const file = join(folder, name);
  for (const intent of three) appendIntent(file, intent);
  return file;
}

it('gives back what was appended', () => {
  const file = fileOf('whole');
  const { lines, fault, bytesGood } = readIntentFile(file);
  assert.deepEqual(lines, three);
  assert.equal(fault, 'none');
  assert.equal(bytesGood, readFileSync(file).length);
  assert.deepEqual(readIntentFile(join(folder, 'absent')).lines, []);
});

it('cut at any byte it gives the lines before the cut, and can be appended to', () => {
  const whole = readFileSync(fileOf('cut'));
  const file = join(folder, 'cut');
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    const lineCount = whole.subarray(0, length).filter((byte) => byte === 0x0a).length;
    const reading = readIntentFile(file);
    assert.deepEqual(reading.lines, three.slice(0, lineCount));
    repairIntentFile(file, reading);
    appendIntent(file, { type: 'after' });
    const again = readIntentFile(file);
    assert.deepEqual(again.lines, [...three.slice(0, lineCount), { type: 'after' }]);
    assert.equal(again.fault, 'none');
  }
});

it('a flipped byte ends what is believed; in the middle a copy is kept as evidence', () => {
  const whole = readFileSync(fileOf('flipped'));
  const file = join(folder, 'flipped');
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const before = whole.subarray(0, at).filter((byte) => byte === 0x0a).length;
    const { lines, fault } = readIntentFile(file);
    assert.deepEqual(lines, three.slice(0, before));
    // A line feed that is gone joins two lines into a last one, as a cut would.
    const lineFeedBeforeLast = at === lastLine - 1;
    assert.equal(fault, at >= lastLine || lineFeedBeforeLast ? 'torn' : 'damaged');
  }
  writeFileSync(file, whole.fill(0x20, 0, 4));
  repairIntentFile(file, readIntentFile(file));
  assert.equal(readFileSync(file).length, 0);
  assert.ok(existsSync(`${file}.damaged`));
});

it('refuses a line over its limit and stays as it was', () => {
  const file = fileOf('limit');
  assert.throws(() => appendIntent(file, { text: 'x'.repeat(limits.intentLineBytesMax) }));
  assert.deepEqual(readIntentFile(file).lines, three);
});

it('is rewritten whole', () => {
  const file = fileOf('rewritten');
  rewriteIntentFile(file, [{ type: 'only' }]);
  assert.deepEqual(readIntentFile(file).lines, [{ type: 'only' }]);
});

it('a journal stays short, however much happens, and adds up to the same', () => {
  const file = join(folder, 'journal');
  const open = () => openJournal({ file, now: () => 1, log: () => undefined });
  const journal = open();
  const wanted = (index: number) => (index % 2 === 0 ? 'stopped' : 'running');
  for (let index = 0; index <= limits.intentLinesMax; index++) {
    journal.append({ at: 1, type: 'wanted', wanted: wanted(index) });
  }
  assert.ok(readIntentFile(file).lines.length < 5);
  assert.deepEqual(open().intent(), journal.intent());
  assert.equal(journal.intent().wanted, wanted(limits.intentLinesMax));
});

it('after damage an open switch is not believed', () => {
  const file = join(folder, 'damaged-journal');
  const change = { from: 'a', to: 'b', fromGeneration: 1, generation: 2, tag: '', proveSeconds: 1 };
  appendIntent(file, { at: 1, type: 'switch', ...change });
  appendFileSync(file, 'damage\n');
  appendIntent(file, { at: 1, type: 'switched', generation: 2 });
  const events: string[] = [];
  const journal = openJournal({ file, now: () => 1, log: (event) => events.push(event) });
  assert.equal(journal.intent().open, null);
  assert.equal(journal.intent().generationMax, 2);
  assert.deepEqual(events, ['intent-file-damaged']);
});

it('a log file that is full becomes the kept one', () => {
  const file = join(folder, 'service.log');
  const log = openLogFile(file, 10);
  for (const line of ['first 123\n', 'second 12\n', 'third\n']) log.write(line);
  assert.equal(readFileSync(`${file}.1`, 'utf8'), 'second 12\n');
  assert.equal(readFileSync(file, 'utf8'), 'third\n');
});
