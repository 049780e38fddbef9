/** What a caller that is wrong, slow or gone gets from a listener, and what is logged of it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { bearer } from '#adapters/listener/listener-asking.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { ok } from '#domain/result.ts';
import { JournalFailed } from '#ports/journal.ts';

const token = 'the-token';
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const logged: { level: number; msg: string }[] = [];
const log = pino(
  { level: 'debug' },
  { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
);

let listener: Listener;
let fullDisk: Error;

before(async () => {
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  fullDisk = new JournalFailed('the journal', { cause: full });
  const shape = { params: z.object({ text: z.string().optional() }), result: z.unknown() };
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'insecure-loopback' },
    log,
    waits: { bodyMs: 200, firstMessageMs: 200 },
    calls: {
      table: { say: shape, save: shape },
      authenticate: bearer(token),
      async answer(call) {
        if (call === 'save') throw fullDisk;
        return ok('said');
      },
    },
    sockets: [
      { path: '/v1/link', admit: () => null, messageBytesMax: 1_000, accept: () => undefined },
    ],
    uploads: [
      {
        path: '/v1/upload',
        authenticate: bearer(token),
        bytesMax: 1_000_000,
        async receive(stream) {
          let bytes = 0;
          for await (const piece of stream) bytes += (piece as Buffer).length;
          return ok({ bytes });
        },
      },
    ],
  });
});
after(() => listener.close());

async function codeOf(path: string, options: RequestInit): Promise<string> {
  const answer = await fetch(`${listener.address}${path}`, { method: 'POST', ...options });
  const content = (await answer.json()) as { problem?: { code: string } };
  return `${answer.status} ${content.problem?.code}`;
}

async function spoken(text: string): Promise<{ readonly socket: Socket; heard(): string }> {
  const { port } = new URL(listener.address);
  const socket = connect(Number(port), '127.0.0.1');
  let heard = '';
  socket.on('data', (piece: Buffer) => (heard += piece.toString()));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, heard: () => heard };
}

const head = (path: string, lines: readonly string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: x', ...lines, '', ''].join('\r\n');
const mine = `authorization: Bearer ${token}`;
const json = 'content-type: application/json';

test('a name that is too long, or none, is answered in our own words', async () => {
  assert.equal(await codeOf(`/v1/${'a'.repeat(300)}`, { headers, body: '{}' }), '404 CALL_UNKNOWN');
  assert.equal(await codeOf('/v1/%zz', { headers, body: '{}' }), '404 CALL_UNKNOWN');
});

test('a call takes no stream of bytes', async () => {
  const type = { ...headers, 'content-type': 'application/octet-stream' };
  assert.equal(await codeOf('/v1/say', { headers: type, body: '{}' }), '400 MESSAGE_UNREADABLE');
});

test('a full disk is said as such', async () => {
  assert.equal(await codeOf('/v1/save', { headers, body: '{}' }), '409 DISK_FULL');
});

test('a stranger is refused before its body is there', async () => {
  for (const path of ['/v1/say', '/v1/upload']) {
    const { socket, heard } = await spoken(head(path, [json, 'content-length: 500000']));
    while (!heard().includes('TOKEN_WRONG')) await once(socket, 'data');
    assert.match(heard(), /^HTTP\/1.1 403/);
    socket.destroy();
  }
});

test('a body that ends before its end is no error of ours', async () => {
  const { socket } = await spoken(`${head('/v1/say', [mine, json, 'content-length: 500'])}{`);
  socket.destroy();
  while (
    !logged.some(({ msg }) => msg === 'a body ended before its end' || msg === 'a route threw')
  ) {
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.ok(logged.every(({ msg }) => msg !== 'a route threw'));
});

test('a body that dribbles is cut, an upload is not', async () => {
  const octets = 'content-type: application/octet-stream';
  const upload = await spoken(`${head('/v1/upload', [mine, octets, 'content-length: 3'])}a`);
  const { socket } = await spoken(`${head('/v1/say', [mine, json, 'content-length: 500'])}{`);
  const dribble = setInterval(() => socket.write(' '), 20);
  await once(socket, 'close');
  clearInterval(dribble);
  upload.socket.write('bc');
  while (!upload.heard().includes('"bytes":3')) await once(upload.socket, 'data');
  upload.socket.destroy();
});

test('a connection that says nothing is closed, one that spoke stays', async () => {
  const address = `${listener.address.replace('http', 'ws')}/v1/link`;
  const [silent, speaking] = [
    new WebSocket(address, { headers }),
    new WebSocket(address, { headers }),
  ];
  speaking.once('open', () => speaking.send('{}'));
  const [code] = (await once(silent, 'close')) as [number];
  assert.equal(code, 1008);
  assert.equal(speaking.readyState, WebSocket.OPEN);
  speaking.terminate();
});
