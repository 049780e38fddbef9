/**
 * An upload that is refused before its end: the sender is told why, however much is on its way.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { importRelease } from '#adapters/link/console-client.ts';
import { bearer } from '#adapters/listener/listener-asking.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { readReleaseStream } from '#adapters/release/release-file.ts';
import { importPath } from '#protocol/console/share-import.ts';

const log = pino({ level: 'silent' });
const token = 'the-token';
const uploads = 100;

let folder = '';
let listener: Listener;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-upload-'));
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'insecure-loopback' },
    log,
    uploads: [
      {
        path: importPath,
        authenticate: bearer(token),
        bytesMax: 1024 ** 3,
        receive: (stream) =>
          readReleaseStream(stream, { name: 'upload', intoStore: join(folder, 'store') }),
      },
    ],
  });
});
after(async () => {
  await listener.close();
  await rm(folder, { recursive: true, force: true });
});

async function garbage(bytes: number): Promise<string> {
  const file = join(folder, `${bytes}.release`);
  await writeFile(file, 'not a release ');
  await truncate(file, bytes);
  return file;
}

/** How often each answer was heard. */
async function answersTo(file: string, withToken: string): Promise<ReadonlyMap<string, number>> {
  const heard = new Map<string, number>();
  for (let number = 0; number < uploads; number++) {
    const where = { address: listener.address, token: withToken, believed: null };
    const answer = await importRelease(where, file, () => undefined);
    const code = answer.ok ? 'taken' : answer.because.code;
    heard.set(code, (heard.get(code) ?? 0) + 1);
  }
  return heard;
}

test('the archive of an installation is not even sent; it is said what is wanted', async () => {
  const file = join(folder, 'dankai.tar.gz');
  await writeFile(file, Buffer.from([0x1f, 0x8b, 8, 0, 0]));
  const answer = await importRelease(
    { address: listener.address, token, believed: null },
    file,
    () => {
      assert.fail('was sent');
    },
  );
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'PACKAGE_UNREADABLE');
  assert.match(String(answer.because.with['detail']), /\.release file/);
});

for (const bytes of [100_000, 3_000_000]) {
  test(`a refusal reaches the sender of ${bytes} bytes every time`, async () => {
    const file = await garbage(bytes);
    assert.deepEqual(await answersTo(file, token), new Map([['PACKAGE_UNREADABLE', uploads]]));
    assert.deepEqual(await answersTo(file, 'wrong'), new Map([['TOKEN_WRONG', uploads]]));
  });
}
