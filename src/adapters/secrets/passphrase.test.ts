import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import type { Result } from '#domain/result.ts';
import { askSilently, choosePassphrase, readPassphrase } from './passphrase.ts';

const folder = await mkdtemp(join(tmpdir(), 'dankai-passphrase-'));
after(() => rm(folder, { recursive: true, force: true }));

const long = 'correct horse battery staple';
const questions = { first: 'New passphrase:', again: 'Again:' };

const shown = (answer: Result<string>): string => (answer.ok ? answer.value : answer.because.code);

async function named(content: string, mode = 0o600): Promise<string> {
  const file = join(folder, 'passphrase');
  await rm(file, { force: true });
  await writeFile(file, content, { mode });
  return shown(await readPassphrase({ file, ask: null }, 'Passphrase:'));
}

/** A person who types these, one after another; what was asked is kept. */
function person(...typed: readonly string[]): {
  readonly asked: string[];
  readonly ask: (question: string) => Promise<string>;
} {
  const asked: string[] = [];
  return {
    asked,
    ask: async (question) => {
      asked.push(question);
      return typed[asked.length - 1] ?? '';
    },
  };
}

test('a file holds it as one line', async () => {
  assert.equal(await named(`${long}\n`), long);
  assert.equal(await named(long), long);
  assert.equal(await named(`${long}\r\n`), long);
  assert.equal(await named(' with spaces \n'), ' with spaces ');
});

test('a file that holds none, or more, or that others may read is refused', async () => {
  assert.equal(await named(''), 'PASSPHRASE_UNREADABLE');
  assert.equal(await named('\n'), 'PASSPHRASE_UNREADABLE');
  assert.equal(await named('one\ntwo\n'), 'PASSPHRASE_UNREADABLE');
  assert.equal(await named('x'.repeat(5_000)), 'PASSPHRASE_UNREADABLE');
  assert.equal(await named(long, 0o644), 'PASSPHRASE_UNREADABLE');
  const file = join(folder, 'absent');
  assert.equal(shown(await readPassphrase({ file, ask: null }, '?')), 'PASSPHRASE_UNREADABLE');
});

test('without a file a person is asked, and without a terminal nobody', async () => {
  const { ask, asked } = person(long);
  assert.equal(shown(await readPassphrase({ file: undefined, ask }, 'Passphrase:')), long);
  assert.deepEqual(asked, ['Passphrase:']);
  const alone = await readPassphrase({ file: undefined, ask: null }, 'Passphrase:');
  assert.equal(shown(alone), 'PASSPHRASE_ABSENT');
});

test('for a new key it is asked twice, and both must be the same', async () => {
  const { ask, asked } = person(long, long);
  assert.equal(shown(await choosePassphrase({ file: undefined, ask }, questions)), long);
  assert.deepEqual(asked, ['New passphrase:', 'Again:']);
  const slipped = person(long, `${long}x`);
  const answer = await choosePassphrase({ file: undefined, ask: slipped.ask }, questions);
  assert.equal(shown(answer), 'PASSPHRASE_DIFFERENT');
});

test('a new key takes no short one, of a file neither', async () => {
  const { ask, asked } = person('short');
  const typed = await choosePassphrase({ file: undefined, ask }, questions);
  assert.equal(shown(typed), 'PASSPHRASE_SHORT');
  assert.equal(asked.length, 1);
  const file = join(folder, 'short');
  await writeFile(file, 'short\n', { mode: 0o600 });
  assert.equal(shown(await choosePassphrase({ file, ask: null }, questions)), 'PASSPHRASE_SHORT');
});

test('what is typed is not shown, and can be corrected', async () => {
  const input = new PassThrough();
  const shown: string[] = [];
  const output = { write: (text: string) => shown.push(text) };
  const answer = askSilently('Passphrase of alice:', { input, output });
  input.write('secrex');
  input.write('\u007f'); // backspace
  input.write('t\r');
  assert.equal(await answer, 'secret');
  assert.equal(shown.join(''), 'Passphrase of alice: \n');
});

test('who types Ctrl-C gives none', async () => {
  const input = new PassThrough();
  const ask = (question: string) =>
    askSilently(question, { input, output: { write: () => undefined } });
  const answer = readPassphrase({ file: undefined, ask }, 'Passphrase:');
  input.write('sec\u0003');
  assert.equal(shown(await answer), 'PASSPHRASE_DECLINED');
});
