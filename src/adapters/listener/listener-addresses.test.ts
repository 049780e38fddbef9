/** What one address may take of a listener, and that nobody at another one notices; over real TLS. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlainly } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import { identityText } from '#domain/trust/identity.ts';
import type { RefusedPeer } from '#ports/link.ts';
import { openLinkTrust } from '../identity/link-trust.ts';
import { openListener, type Listener } from './listener-fastify.ts';
import type { ListenerSecurity } from './listener-server.ts';
import { testOrganisation, type TestOrganisation } from '../organisation/organisation.testing.ts';

/** Two addresses of this machine. */
const [flooding, quiet] = ['127.0.0.2', '127.0.0.3'];
const limits = {
  connectionsPerAddressMax: 5,
  handshakes: { perSecond: 1, burst: 12 },
  strangersMax: 6,
  messages: { perSecond: 50, burst: 20 },
};

let organisation: TestOrganisation;
let links: Listener;
let people: Listener;
const refused: RefusedPeer[] = [];
const listeners: Listener[] = [];

async function opened(security: ListenerSecurity): Promise<Listener> {
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security,
    limits,
    log: pino({ level: 'silent' }),
    refused: (peer) => refused.push(peer),
    calls: {
      table: {},
      authenticate: async () => refuse(problem('TOKEN_WRONG', {})),
      answer: async () => ok(null),
    },
    documents: [
      {
        prefix: '/v1/documents/',
        admit: () => problem('PEER_NOT_ADMITTED', { peer: 'of this test' }),
        read: async () => null,
      },
    ],
    sockets: [
      { path: '/v1/session', admit: () => null, messageBytesMax: 1_000, accept: () => undefined },
    ],
  });
  listeners.push(listener);
  return listener;
}

before(async () => {
  organisation = await testOrganisation();
  const trust = openLinkTrust(organisation.standing(organisation.site.informationServer));
  links = await opened({ kind: 'mutual', trust });
  people = await opened({ kind: 'console', trust, own: null });
});
after(() => Promise.all(listeners.map((listener) => listener.close())));

const portOf = ({ address }: Listener): number => Number(new URL(address).port);

/** null: it was dropped. */
async function connected(
  listener: Listener,
  localAddress: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket | null> {
  const port = portOf(listener);
  const ends = { host: '127.0.0.1', port, localAddress, rejectUnauthorized: false };
  const socket = connect({ ...ends, ...options });
  socket.on('error', () => undefined);
  const isThere = await Promise.race([
    once(socket, 'secureConnect').then(
      () => true,
      () => false,
    ),
    once(socket, 'close').then(() => false),
  ]);
  return isThere ? socket : null;
}

async function answerOf(socket: TLSSocket | null, path = '/v1/whoami'): Promise<string> {
  if (socket === null) return 'dropped';
  const method = path.startsWith('/v1/documents') ? 'GET' : 'POST';
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
  const [piece] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer];
  return `${String(piece).slice(9, 12)} ${/"code":"(\w+)"/.exec(String(piece))?.[1] ?? ''}`;
}

const codes = (): string[] => refused.splice(0).map(({ because }) => because.code);

test('one address that opens too many connections to people hears why, then nothing; another is answered', async () => {
  const sockets: (TLSSocket | null)[] = [];
  const max = limits.connectionsPerAddressMax;
  for (let number = 0; number < 2 * max + 1; number++) {
    sockets.push(await connected(people, flooding));
  }
  assert.equal(await answerOf(sockets[max - 1] ?? null), '403 TOKEN_WRONG');
  assert.equal(await answerOf(sockets[max] ?? null), '429 CONNECTIONS_TOO_MANY');
  assert.equal(await answerOf(sockets[2 * max] ?? null), 'dropped');
  assert.deepEqual(codes(), ['CONNECTIONS_TOO_MANY']);
  const other = await connected(people, quiet);
  assert.equal(await answerOf(other), '403 TOKEN_WRONG');
  for (const socket of [...sockets, other]) socket?.destroy();
});

for (const name of ['links', 'people'] as const) {
  test(`one address that begins too many handshakes with ${name} is dropped; another is answered`, async () => {
    const trust = openLinkTrust(organisation.standing(organisation.site.informationServer));
    const listener = await opened(
      name === 'links' ? { kind: 'mutual', trust } : { kind: 'console', trust, own: null },
    );
    let dropped = 0;
    for (let number = 0; number < 40; number++) {
      const socket = await connected(listener, flooding);
      if (socket === null) dropped += 1;
      socket?.destroy();
    }
    assert.ok(dropped >= 40 - 12 - 5, `${dropped} of 40 were dropped`);
    assert.deepEqual(new Set(codes()), new Set(['HANDSHAKES_TOO_MANY']));
    const other = await connected(listener, quiet);
    assert.match(await answerOf(other), /^403 /);
    other?.destroy();
  });
}

test('strangers of one address drive out their own, and no stranger of another', async () => {
  const first = await connected(links, quiet);
  assert.ok(first !== null);
  const flood: (TLSSocket | null)[] = [];
  for (let number = 0; number < 10; number++) flood.push(await connected(links, flooding));
  await sleep(50);
  assert.equal(first.destroyed, false);
  assert.match(await answerOf(first), /^403 /);
  const left = flood.filter((socket) => socket?.destroyed === false);
  assert.ok(left.length < limits.strangersMax, `${left.length} of the flood are left`);
  for (const socket of [first, ...flood]) socket?.destroy();
  refused.splice(0);
});

test('pings are paid for like messages', async () => {
  const { key, chain: cert } = await organisation.site.normalServer('a1');
  const url = `${links.address.replace('https', 'wss')}/v1/session`;
  const socket = new WebSocket(url, { key, cert, rejectUnauthorized: false, localAddress: quiet });
  await once(socket, 'open');
  let pongs = 0;
  socket.on('pong', () => (pongs += 1));
  const sent = 80;
  for (let number = 0; number < sent; number++) {
    socket.ping();
    await sleep(2);
  }
  assert.ok(pongs >= 20 && pongs < sent, `${pongs} of ${sent} were answered at once`);
  const until = performance.now() + 10_000;
  while (pongs !== sent && performance.now() < until) await sleep(50);
  assert.equal(pongs, sent, 'the others late');
  socket.terminate();
});

test('whoever is turned away is told of with his address, what he proved, and why', async () => {
  const a1 = await organisation.site.normalServer('a1');
  const another = await testOrganisation({ name: 'acme' });
  const foreign = await another.site.normalServer('a1');
  const shownBy = ({ key, chain: cert }: typeof a1): ConnectionOptions => ({ key, cert });
  const listener = await opened({
    kind: 'mutual',
    trust: openLinkTrust(organisation.standing(organisation.site.informationServer)),
  });
  refused.splice(0);
  const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  await connected(listener, flooding, { ...shownBy(a1), ...old });
  for (const shown of [{}, shownBy(foreign), shownBy(a1)]) {
    const socket = await connected(listener, flooding, shown);
    assert.match(await answerOf(socket, '/v1/documents/x'), /^403 /);
    socket?.destroy();
  }
  const plain = connectPlainly({ host: '127.0.0.1', port: portOf(listener) });
  plain.on('error', () => undefined);
  plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(plain, 'close');
  assert.deepEqual(
    refused
      .splice(0)
      .map(({ remote, identity, because }) => [
        remote,
        identity === null ? null : identityText(identity),
        because.code,
      ]),
    [
      [flooding, null, 'HANDSHAKE_REFUSED'],
      [flooding, null, 'CERTIFICATE_UNTRUSTED'],
      [flooding, null, 'CERTIFICATE_UNTRUSTED'],
      [flooding, identityText(a1.identity), 'PEER_NOT_ADMITTED'],
      ['127.0.0.1', null, 'HANDSHAKE_REFUSED'],
    ],
  );
});
