/** The limits of a listener's edge, each reached on purpose: who floods it hurts nobody else. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlainly, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { openLinkTrust } from '../identity/link-trust.ts';
import { openListener, type Listener } from './listener-fastify.ts';
import {
  testOrganisation,
  type Credentials,
  type TestOrganisation,
} from '../organisation/organisation.testing.ts';
import { TokenBucket, TokenBuckets } from '../link/token-bucket.ts';

const limits = {
  headersMax: 10,
  headerBytesMax: 8_192,
  headersMs: 300,
  handshakeMs: 300,
  connectionsPerPeerMax: 3,
  strangersMax: 5,
  strangerMs: 700,
  requests: { perSecond: 1, burst: 5 },
  messages: { perSecond: 50, burst: 20 },
};

let organisation: TestOrganisation;
let listener: Listener;
const heard = new Map<string, number>();

before(async () => {
  organisation = await testOrganisation();
  const { site, standing } = organisation;
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'mutual', trust: openLinkTrust(standing(site.informationServer)) },
    log: pino({ level: 'silent' }),
    limits,
    documents: [
      { prefix: '/v1/documents/', admit: () => null, read: async () => Buffer.from('x') },
    ],
    sockets: [
      {
        path: '/v1/session',
        admit: () => null,
        messageBytesMax: 1_000_000,
        accept(link) {
          const { identity } = link.peer ?? {};
          const name = identity?.role === 'normal-server' ? identity.server : '';
          link.onMessage(() => heard.set(name, (heard.get(name) ?? 0) + 1));
        },
      },
    ],
  });
});
after(() => listener.close());

const at = () => ({ host: '127.0.0.1', port: Number(new URL(listener.address).port) });

async function connected(shown: Credentials): Promise<TLSSocket> {
  const { key, chain: cert } = shown;
  const socket = connect({ ...at(), key, cert, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

async function statusOf(socket: TLSSocket, headers: readonly string[] = []): Promise<number> {
  const answer = Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.write(['GET /v1/documents/x HTTP/1.1', 'host: x', ...headers, '', ''].join('\r\n'));
  const [piece] = (await answer) as [Buffer];
  return Number(String(piece).slice(9, 12));
}

const over = async (socket: Socket): Promise<boolean> => {
  if (socket.destroyed) return true;
  const ended = once(socket, 'close').then(() => true);
  socket.resume();
  return Promise.race([ended, sleep(3_000).then(() => false)]);
};

test('too many headers, and too long ones, are refused with 431', async () => {
  const a1 = await organisation.site.normalServer('a1');
  const many = Array.from({ length: 12 }, (_, number) => `x-${number}: 1`);
  for (const headers of [many, [`x: ${'a'.repeat(9_000)}`]]) {
    const socket = await connected(a1);
    assert.equal(await statusOf(socket, headers), 431);
    socket.destroy();
  }
});

test('headers that dribble, and a handshake that never ends, are cut off', async () => {
  const a1 = await connected(await organisation.site.normalServer('a1'));
  a1.write('GET /v1/documents/x HTTP/1.1\r\nhost: x\r\n');
  const dribble = setInterval(() => a1.write('x: 1\r\n'), 50);
  const silent = connectPlainly(at());
  silent.on('error', () => undefined);
  assert.deepEqual(await Promise.all([over(a1), over(silent)]), [true, true]);
  clearInterval(dribble);
});

test('a peer that opens too many connections loses the newest, and nobody else any', async () => {
  const flood = await organisation.site.normalServer('flood');
  const sockets = await Promise.all(Array.from({ length: 3 }, () => connected(flood)));
  const beyond = await connected(flood);
  assert.equal(await over(beyond), true);
  const other = await connected(await organisation.site.normalServer('b1'));
  assert.equal(await statusOf(other), 200);
  assert.deepEqual(
    sockets.map(({ destroyed }) => destroyed),
    [false, false, false],
  );
  sockets[0]?.destroy();
  await sleep(100);
  const again = await connected(flood);
  assert.equal(await statusOf(again), 200);
  for (const socket of [...sockets, other, again]) socket.destroy();
});

test('strangers drive out strangers, and none stays for long; servers come in meanwhile', async () => {
  const strangers: TLSSocket[] = [];
  for (let number = 0; number < 12; number++) {
    const socket = connect({ ...at(), rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    strangers.push(socket);
  }
  const server = await connected(await organisation.site.normalServer('c1'));
  assert.equal(await statusOf(server), 200);
  await sleep(50);
  assert.ok(strangers.filter(({ destroyed }) => !destroyed).length <= limits.strangersMax);
  const ends = await Promise.all(strangers.map(over));
  assert.ok(ends.every(Boolean), 'after their time all are gone');
  assert.equal(server.destroyed, false);
  server.destroy();
});

test('a flood of requests is refused with 429; another server is answered all the while', async () => {
  const flood = await connected(await organisation.site.normalServer('d1'));
  const other = await connected(await organisation.site.normalServer('d2'));
  const statuses: number[] = [];
  for (let number = 0; number < 30; number++) statuses.push(await statusOf(flood));
  assert.deepEqual(new Set(statuses), new Set([200, 429]));
  assert.ok(statuses.filter((status) => status === 200).length <= 8);
  assert.equal(await statusOf(other), 200);
  for (const socket of [flood, other]) socket.destroy();
});

test('messages that come too fast are read later; another session is heard at once', async () => {
  const link = async (name: string): Promise<WebSocket> => {
    const { key, chain: cert } = await organisation.site.normalServer(name);
    const options = { key, cert, rejectUnauthorized: false };
    const socket = new WebSocket(`${listener.address.replace('https', 'wss')}/v1/session`, options);
    await once(socket, 'open');
    return socket;
  };
  const [flood, other] = [await link('e1'), await link('e2')];
  // Pieces of their own: what comes in one piece is heard at once, and paid for afterwards.
  const sent = 80;
  for (let number = 0; number < sent; number++) {
    flood.send('{}');
    await sleep(2);
  }
  other.send('{}');
  await sleep(100);
  assert.equal(heard.get('e2'), 1);
  const soon = heard.get('e1') ?? 0;
  assert.ok(soon >= 20 && soon < sent, `${soon} of ${sent}`);
  const until = performance.now() + 10_000;
  while (heard.get('e1') !== sent && performance.now() < until) await sleep(50);
  assert.equal(heard.get('e1'), sent, 'late, and not lost');
  for (const socket of [flood, other]) socket.terminate();
});

test('a bucket gives its burst at once and then so much per second', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  assert.deepEqual(
    [0, 0, 0, 0, 50, 100, 100].map((now) => bucket.take(now)),
    [0, 0, 0, 100, 50, 0, 100],
  );
  assert.deepEqual([bucket.owe(5, 100), bucket.take(500), bucket.take(600)], [500, 200, 100]);
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 2);
  assert.deepEqual(
    ['a', 'b', 'a', 'b'].map((name) => buckets.take(name, 0)),
    [0, 0, 1_000, 1_000],
  );
  assert.equal(buckets.take('c', 0), 0, 'the oldest is forgotten');
});
