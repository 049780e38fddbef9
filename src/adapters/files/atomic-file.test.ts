import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { linkAtomically, makeFolder, writeFileAtomically } from './atomic-file.ts';
import { digestOfBytes, digestOfFile, digestOfStream } from './digest.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-atomic-'));
});
after(() => rm(folder, { recursive: true }));

test('a file is replaced whole, with the mode asked for and nothing left beside it', async () => {
  const home = join(folder, 'deep/er');
  await makeFolder(home, 0o700);
  const file = join(home, 'token');
  assert.deepEqual(await writeFileAtomically(file, 'first', 0o600), { ok: true, value: null });
  assert.deepEqual(await writeFileAtomically(file, 'second', 0o600), { ok: true, value: null });
  assert.equal(await readFile(file, 'utf8'), 'second');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(home)).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(home), ['token']);
});

test('what a disk refuses is a refusal, not a throw', async () => {
  const answer = await writeFileAtomically('/dev/full/file', 'x');
  assert.deepEqual(answer, {
    ok: false,
    because: { code: 'FILE_UNREADABLE', with: { file: '/dev/full/file', detail: 'ENOTDIR' } },
  });
});

test('a link is replaced in one rename', async () => {
  const link = join(folder, 'current');
  await linkAtomically('generations/1', link);
  await linkAtomically('generations/2', link);
  assert.equal(await readlink(link), 'generations/2');
});

test('the digests of a file, a stream and bytes agree', async () => {
  const content = Buffer.alloc(3 * 1024 * 1024 + 17, 'dankai');
  const file = join(folder, 'large');
  await writeFileAtomically(file, content);
  const digest = digestOfBytes(content);
  assert.equal(await digestOfFile(file), digest);
  async function* halves(): AsyncGenerator<Uint8Array> {
    yield content.subarray(0, 99);
    yield content.subarray(99);
  }
  assert.deepEqual(await digestOfStream(halves()), { digest, bytes: content.byteLength });
});
