/**
 * The verifier that stands alone shares no line with Dankai's own. Both must say the same of every
 * record, whole or not.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { readLines } from '#adapters/files/text-lines.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { recordKinds } from '#domain/record/kinds.ts';
import {
  chained,
  genesisHead,
  type Genesis,
  type RecordHead,
  type RecordLine,
  type ToldHead,
} from '#domain/record/line.ts';
import { RecordVerifier, type Verification } from '#domain/record/verify.ts';
import {
  exportedText,
  headerText,
  headText,
  parseExported,
  parseHeader,
} from '#protocol/record/export.ts';

const alone = new URL('../../src/verify-record/verify-record.mjs', import.meta.url).pathname;
const digestOf = (text: string): Digest => brand<Digest>(hash('sha256', text, 'hex'));
const genesis: Genesis = { format: 1, site: brand<ServerId>('東京'), at: 1, linesBefore: 2 };

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-verify-'));
});
after(() => rm(folder, { recursive: true, force: true }));

type Exported = { readonly text: string; readonly lines: readonly RecordLine[] };

const entries = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom(...recordKinds, 'journal-restored' as const),
    who: fc.string({ unit: 'binary' }),
    server: fc.constantFrom(null, brand<ServerId>('s-1')),
    detail: fc.oneof(
      fc.record({ epoch: fc.nat(9) }),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  }),
  { minLength: 1, maxLength: 30 },
);

const records = entries.map((all): Exported => {
  const lines: RecordLine[] = [];
  let head: RecordHead = genesisHead(genesis, digestOf);
  for (const entry of all) {
    const line = chained(head, entry, digestOf);
    lines.push(line);
    head = line;
  }
  return { text: [headerText(genesis, head), ...lines.map(exportedText)].join('\n'), lines };
});

/** What somebody does to the lines of the file, the header being the first. */
const acts = fc.array(
  fc.record({
    how: fc.constantFrom('remove', 'copy', 'swap', 'edit', 'renumber', 'blank', 'cut', 'space'),
    at: fc.nat(),
    other: fc.nat(),
  }),
  { maxLength: 4 },
);

type Act = { readonly how: string; readonly at: number; readonly other: number };

function tampered(texts: readonly string[], { how, at, other }: Act): readonly string[] {
  if (texts.length === 0) return texts;
  const here = at % texts.length;
  const there = other % texts.length;
  const [one = '', two = ''] = [texts[here], texts[there]];
  switch (how) {
    case 'remove':
      return texts.toSpliced(here, 1);
    case 'copy':
      return texts.toSpliced(here, 0, two);
    case 'swap':
      return texts.with(here, two).with(there, one);
    case 'edit':
      return texts.with(here, one.replace('"who":"', '"who":"not '));
    case 'renumber':
      return texts.with(here, one.replace(/"number":\d+/, `"number":${other % 40}`));
    case 'blank':
      return texts.toSpliced(here, 0, '');
    case 'cut':
      return texts.slice(0, here);
    default:
      return texts.with(here, one.replace('"line":{', '"line": {'));
  }
}

const heads = fc.array(fc.record({ at: fc.nat(), epoch: fc.nat(9), isRight: fc.boolean() }), {
  maxLength: 4,
});

test('both verifiers say the same of every record', async () => {
  const { openVerifier, readHeader, readLine } = await loaded();
  let whole = 0;
  let broken = 0;
  fc.assert(
    fc.property(records, acts, heads, ({ text, lines }, all, told) => {
      const [header = '', ...body] = text.split('\n');
      const texts = all.reduce(tampered, body);
      const known = told.map(({ at, epoch, isRight }): ToldHead => {
        const line = lines[at % lines.length];
        assert.ok(line !== undefined);
        const { site } = genesis;
        return { site, epoch, number: line.number, hash: isRight ? line.hash : digestOf('other') };
      });
      const ours = verified(header, texts, known);
      const begin = readHeader(header);
      const theirs = openVerifier(begin, { site: null, heads: known });
      for (const [index, one] of texts.entries()) theirs.take(readLine(one), index + 1);
      assert.deepEqual(theirs.end(), ours);
      if (ours.problems.length === 0) whole += 1;
      else broken += 1;
    }),
    { numRuns: 2_000 },
  );
  assert.ok(whole > 100 && broken > 1_000, `${whole} whole, ${broken} broken`);
});

type Alone = {
  openVerifier(
    begin: unknown,
    given: object,
  ): { take(line: unknown, place: number): void; end(): unknown };
  readHeader(text: string): unknown;
  readLine(text: string): unknown;
};

async function loaded(): Promise<Alone> {
  const found: unknown = await import(alone);
  return found as Alone;
}

function verified(
  header: string,
  texts: readonly string[],
  known: readonly ToldHead[],
): Verification {
  const read = parseHeader(header);
  assert.ok(read !== null);
  const verifier = new RecordVerifier(read.genesis, { digestOf, site: null, heads: known });
  for (const [index, text] of texts.entries()) {
    const line = parseExported(text);
    if (line === null) verifier.unreadable(index + 1);
    else verifier.take(line);
  }
  return verifier.end(read.head);
}

// -- as people run it --------------------------------------------------------------------------

type Ended = { readonly status: number | null; readonly output: string };

/** In a folder of its own, where nothing of Dankai is. */
async function runAlone(...words: readonly string[]): Promise<Ended> {
  const copy = join(folder, 'verify-record.mjs');
  await copyFile(alone, copy);
  const child = spawn(process.execPath, [copy, ...words], { cwd: folder });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.resume();
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}

test('alone, with nothing but Node and the export, it says what is wrong and what it cannot know', async () => {
  const [record] = fc.sample(
    records.filter(({ lines }) => lines.length > 9),
    { numRuns: 1, seed: 7 },
  );
  assert.ok(record !== undefined);
  const { text, lines } = record;
  const file = join(folder, 'tokyo.record');
  await writeFile(file, `${text}\n`);
  const whole = await runAlone(file);
  assert.equal(whole.status, 0, whole.output);
  assert.match(whole.output, /Every line follows/);
  assert.match(whole.output, /cannot be known/);

  const last = lines.at(-1);
  assert.ok(last !== undefined);
  const known = join(folder, 'tokyo.heads');
  await writeFile(known, `${headText({ ...last, site: genesis.site, epoch: 99 })}\n`);
  const witnessed = await runAlone(file, '--heads', known, '--json');
  assert.equal(witnessed.status, 0);
  assert.equal(verificationOf(witnessed.output).witnessed, last.number);

  // Somebody who has the record can write all of it anew, but not what others know of it.
  const shorter = lines.slice(0, 5);
  const end = shorter.at(-1);
  assert.ok(end !== undefined);
  await writeFile(file, [headerText(genesis, end), ...shorter.map(exportedText)].join('\n'));
  assert.equal((await runAlone(file)).status, 0);
  const cut = await runAlone(file, '--heads', known, '--json');
  assert.equal(cut.status, 1);
  assert.deepEqual(verificationOf(cut.output).problems, [
    { code: 'RECORD_CUT_OFF', with: { number: 5, known: last.number } },
  ]);
  assert.match(
    (await runAlone(file, '--site', 'osaka')).output,
    /the record of 東京, not of osaka/,
  );
  assert.equal((await runAlone(known)).status, 2, 'no record');
  assert.equal((await runAlone()).status, 2, 'wrong usage');
});

function verificationOf(output: string): Pick<Verification, 'problems' | 'witnessed'> {
  return JSON.parse(output) as Verification;
}

test('it imports Node alone', async () => {
  const imports = (await readFile(alone, 'utf8')).matchAll(/^import .* from '(.+)';$/gm);
  const names = [...imports].map(([, name]) => name);
  assert.ok(names.length > 0);
  assert.deepEqual(
    names.filter((name) => name?.startsWith('node:') !== true),
    [],
  );
});

test('lines of a file come whole, wherever its pieces end', async () => {
  const file = join(folder, 'lines');
  const lines = Array.from({ length: 5_000 }, (_, index) => 'é'.repeat(index % 700));
  for (const end of ['', '\n']) {
    await writeFile(file, lines.join('\n') + end);
    const read = await readLines(file);
    assert.ok(read.ok);
    const found: string[] = [];
    for await (const piece of read.value) found.push(...piece);
    assert.deepEqual(found, lines);
  }
  const absent = await readLines(join(folder, 'absent'));
  assert.equal(absent.ok ? null : absent.because.code, 'FILE_UNREADABLE');
});
