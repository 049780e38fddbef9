import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import { developmentRelease, readOwnRelease, readToken } from './daemon-files.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-daemon-files-'));
  await mkdir(join(folder, 'secrets'));
});
after(async () => rm(folder, { recursive: true, force: true }));

test('a token is one line of plain characters; anything else is refused by name', async () => {
  const file = join(folder, 'secrets', 'console.token');
  await writeFile(file, '  the-token\r\n');
  assert.deepEqual(await readToken(folder, 'console'), ok('the-token'));
  for (const text of ['one\ntwo\n', 'トークン', Buffer.from([0x61, 0xff, 0x62]), 'a\0b']) {
    await writeFile(file, text);
    const because = problem('TOKEN_UNREADABLE', { file });
    assert.deepEqual(await readToken(folder, 'console'), refuse(because));
  }
});

test('only a checkout, which has no release.json, runs as the development release', async () => {
  const program = join(folder, 'slot', 'tree', 'app', 'main.mjs');
  assert.deepEqual(await readOwnRelease(program), ok(developmentRelease));
  const file = join(folder, 'slot', 'release.json');
  await mkdir(join(folder, 'slot'));
  for (const text of ['', '{"component":"prog', '{}']) {
    await writeFile(file, text);
    const own = await readOwnRelease(program);
    assert.ok(!own.ok && own.because.code === 'FILE_UNREADABLE');
  }
});
