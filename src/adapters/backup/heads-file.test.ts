import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { ToldHead } from '#domain/record/line.ts';
import { isTornHead, parseHead } from '#protocol/record/export.ts';
import { appendHead } from './heads-file.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-heads-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const head = (number: number): ToldHead => {
  const hash = brand<Digest>('a'.repeat(64));
  return { site: brand<ServerId>('tokyo'), epoch: 7, number, hash };
};

async function read(file: string): Promise<readonly (ToldHead | null)[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  return lines.filter((line) => !isTornHead(line)).map(parseHead);
}

test('each head is a line behind those that stand there', async () => {
  const file = join(folder, 'tokyo.heads');
  await writeFile(file, '');
  for (const number of [1, 101]) assert.ok((await appendHead(file, head(number))).ok);
  assert.deepEqual(await read(file), [head(1), head(101)]);
});

test('what is left of a line that was cut off spoils none behind it', async () => {
  const file = join(folder, 'torn.heads');
  await writeFile(file, '');
  await appendHead(file, head(1));
  const whole = await readFile(file, 'utf8');
  for (let length = 1; length < whole.length - 1; length++) {
    await writeFile(file, whole);
    await appendFile(file, whole.slice(0, length));
    assert.ok((await appendHead(file, head(2))).ok);
    assert.deepEqual(await read(file), [head(1), head(2)], `cut after ${length}`);
  }
  assert.equal(isTornHead('{"hash":"'), false, 'a line of a record is none');
});

test('a place that is missing or full is told, and nothing is made there', async () => {
  const file = join(folder, 'not-mounted', 'tokyo.heads');
  const codes: unknown[] = [];
  for (const place of [file, join(folder, 'absent'), '/dev/full', folder]) {
    const kept = await appendHead(place, head(1));
    codes.push(kept.ok ? 'kept' : [kept.because.code, kept.because.with['detail']]);
  }
  assert.deepEqual(codes, [
    ['FILE_UNREADABLE', 'ENOENT'],
    ['FILE_UNREADABLE', 'ENOENT'],
    ['DISK_FULL', undefined],
    ['FILE_UNREADABLE', 'EISDIR'],
  ]);
});
