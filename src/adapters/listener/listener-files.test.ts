/** Immutable files over real HTTP: what caches are told, and readers that do not read. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { limits } from '#adapters/link/limits.ts';
import { FilePieces } from './file-pieces.ts';
import { openListener } from './listener-fastify.ts';

const content = randomBytes(3_000_000);
const digest = createHash('sha256').update(content).digest('hex');

async function serving(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-files-'));
  const file = join(folder, digest);
  await writeFile(file, content);
  /** Of each transfer: what may go, and what went. */
  const transfers: { allowed: number; sent: number; ended: boolean }[] = [];
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'insecure-loopback' },
    log: pino({ enabled: false }),
    files: [
      {
        prefix: '/v1/archives/',
        admit: () => null,
        locate: async (named) => (named === digest ? file : join(folder, 'none')),
        transfers: {
          begin() {
            const one = { allowed: 0, sent: 0, ended: false };
            transfers.push(one);
            return {
              async allow(bytesMax) {
                one.allowed += bytesMax;
                return bytesMax;
              },
              sent: (bytes) => void (one.sent += bytes),
              end: () => void (one.ended = true),
            };
          },
        },
      },
    ],
  });
  context.after(async () => {
    await listener.close();
    await rm(folder, { recursive: true });
  });
  const ask = (headers: Record<string, string> = {}, method = 'GET', named = digest) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const address = `${listener.address}/v1/archives/${named}`;
      get(address, { headers, method, agent: false }, resolve).on('error', reject);
    });
  return { ask, transfers };
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('the whole and its parts are the bytes that the digest names, and every byte is counted', async (context) => {
  const { ask, transfers } = await serving(context);
  const whole = await ask();
  assert.equal(whole.statusCode, 200);
  assert.deepEqual(await bodyOf(whole), content);
  const from = 1_234_567;
  const part = await ask({ range: `bytes=${from}-`, 'if-range': `"${digest}"` });
  assert.equal(part.statusCode, 206);
  assert.deepEqual(await bodyOf(part), content.subarray(from));
  const last = await ask({ range: 'bytes=-10' });
  assert.deepEqual(await bodyOf(last), content.subarray(-10));
  await sleep(20);
  const counted = transfers.map(({ sent, ended }) => ({ sent, ended }));
  assert.deepEqual(counted, [
    { sent: content.length, ended: true },
    { sent: content.length - from, ended: true },
    { sent: 10, ended: true },
  ]);
});

test('a cache is told to keep what is there, and not that something is not', async (context) => {
  const { ask } = await serving(context);
  const head = await ask({}, 'HEAD');
  assert.equal(head.statusCode, 200);
  assert.equal(head.headers['content-length'], String(content.length));
  assert.equal(head.headers.etag, `"${digest}"`);
  assert.match(head.headers['cache-control'] ?? '', /immutable/);
  assert.equal((await bodyOf(head)).length, 0);
  const known = await ask({ 'if-none-match': `"${digest}"` });
  assert.equal(known.statusCode, 304);
  const absent = await ask({}, 'GET', 'a'.repeat(64));
  assert.equal(absent.statusCode, 404);
  assert.equal(absent.headers['cache-control'], 'no-store');
  const beyond = await ask({ range: `bytes=${content.length}-` });
  assert.equal(beyond.statusCode, 416);
  assert.equal(beyond.headers['content-range'], `bytes */${content.length}`);
});

test('readers that do not read hold one piece each, and hold nobody up', async (context) => {
  const { ask, transfers } = await serving(context);
  const slow = await Promise.all(Array.from({ length: 30 }, () => ask()));
  for (const one of slow) one.pause();
  await sleep(100);
  const fast = await ask();
  assert.deepEqual(await bodyOf(fast), content);
  for (const { allowed, sent } of transfers.slice(0, slow.length)) {
    assert(allowed - sent <= limits.readBytes, 'no more waits for a reader than one piece');
  }
  for (const one of slow) one.destroy();
  await sleep(100);
  assert(transfers.every(({ ended }) => ended));
});

test('pieces are read once for all, and no more of them are kept than may be', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-pieces-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'file');
  await writeFile(file, content.subarray(0, 10_500));
  const pieces = new FilePieces({ pieceBytes: 1_000, keptBytesMax: 4_000 });
  const [left, right] = await Promise.all([pieces.open(file), pieces.open(file)]);
  assert(left !== null && right !== null);
  const [one, same] = await Promise.all([left.read(2_100), right.read(2_200)]);
  assert.deepEqual(one, content.subarray(2_100, 3_000));
  assert.equal(one.buffer, same.buffer);
  for (let at = 0; at < left.bytes; at += 1_000) {
    assert.deepEqual(await left.read(at), content.subarray(at, Math.min(at + 1_000, 10_500)));
    assert(pieces.kept <= 4);
  }
  left.close();
  left.close();
  assert.deepEqual(await right.read(0), content.subarray(0, 1_000));
  right.close();
  assert.equal(pieces.kept, 0);
  assert.equal(await pieces.open(join(folder, 'none')), null);
});
