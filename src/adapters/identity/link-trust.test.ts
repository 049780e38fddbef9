/** Who is believed on a link, over real TLS: forged, expired, old, none, and what is renewed live. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { informationServerOf, normalServerOf, againstRule } from '#domain/trust/admission.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { systemClock } from '../daemon/clock-system.ts';
import { dial } from '../link/dial-websocket.ts';
import { fetchBytes } from '../link/download-http.ts';
import { openLinkTrust, type LinkTrust } from './link-trust.ts';
import { openListener, type Listener } from '../listener/listener-fastify.ts';
import {
  testOrganisation,
  type Credentials,
  type TestOrganisation,
  type TestSite,
} from '../organisation/organisation.testing.ts';

const log = pino({ level: 'silent' });
let organisation: TestOrganisation;
let osaka: TestSite;
let trust: LinkTrust;
let listener: Listener;

before(async () => {
  organisation = await testOrganisation();
  osaka = await organisation.addSite('osaka');
  const { site, standing } = organisation;
  trust = openLinkTrust(standing(site.informationServer));
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'mutual', trust },
    log,
    openCalls: [
      {
        method: 'GET',
        path: '/v1/organisation',
        bytesMax: 1_000,
        answer: async () => ({ ok: true, value: organisation.text }),
      },
    ],
    documents: [
      {
        prefix: '/v1/documents/',
        admit: (peer) =>
          againstRule(normalServerOf(site.informationServer.identity), peer?.identity ?? null),
        read: async () => Buffer.from('for servers of tokyo'),
      },
    ],
  });
});
after(() => listener.close());

type Shown = Pick<Credentials, 'key' | 'chain'> | null;

function connected(shown: Shown, options: ConnectionOptions = {}): TLSSocket {
  const { hostname, port } = new URL(listener.address);
  const tls = shown === null ? {} : { key: shown.key, cert: shown.chain };
  const ca = organisation.organisation.authority;
  const socket = connect({
    host: hostname,
    port: Number(port),
    ca,
    ...tls,
    checkServerIdentity: () => undefined,
    ...options,
  });
  socket.on('error', () => undefined);
  return socket;
}

/** Status and what was answered; what it shows is not looked at by this side. */
async function answerTo(shown: Shown, path = '/v1/documents/x'): Promise<string> {
  const socket = connected(shown);
  await once(socket, 'secureConnect');
  socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let heard = '';
  for await (const piece of socket) heard += String(piece);
  const code = /"code":"(\w+)"/.exec(heard)?.[1];
  return `${heard.slice(9, 12)} ${code ?? heard.split('\r\n\r\n')[1] ?? ''}`;
}

test('a server of the site is let in by its identity alone', async () => {
  assert.equal(
    await answerTo(await organisation.site.normalServer('a1')),
    '200 for servers of tokyo',
  );
});

test('a clock that is a year off is said, nothing is spoken, and it goes on when it is right', async (t) => {
  const year = 365 * 86_400_000;
  const { site, standing } = organisation;
  for (const off of [year, -year]) {
    // All that is valid now seems to be of another time, as it does to a clock that is off.
    const above = await site.leaf(site.informationServer.identity, { now: Date.now() + off });
    const web = createServer({ key: above.key, cert: above.chain });
    const sockets = new WebSocketServer({ server: web });
    await once(web.listen(0, '127.0.0.1'), 'listening');
    const address = web.address();
    assert(address !== null && typeof address === 'object');
    const own = openLinkTrust(standing(await site.normalServer('a1', { now: Date.now() + off })));
    const lines: string[] = [];
    const opened = Promise.withResolvers<null>();
    const dialled = dial({
      address: () => `https://127.0.0.1:${address.port}`,
      path: '/',
      security: { trust: own, expects: () => true },
      messageBytesMax: 1_000,
      clock: systemClock,
      chance: () => 0,
      log: pino({}, { write: (line: string) => void lines.push(line) }),
      opened: () => opened.resolve(null),
    });
    t.after(() => {
      dialled.close();
      sockets.close();
      web.close();
    });
    while (!lines.some((line) => line.includes('"event":"CLOCK_WRONG"'))) await sleep(10);
    assert.equal(sockets.clients.size, 0);
    // The clock is right again: what was of another time is of this one.
    const right = site.informationServer;
    web.setSecureContext({ key: right.key, cert: right.chain });
    own.stands(standing(await site.normalServer('a1')));
    await opened.promise;
  }
});

test('TLS 1.2 and older are refused before anything is said', async () => {
  const socket = connected(await organisation.site.normalServer('a1'), {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  assert.match(String(error.code), /PROTOCOL_VERSION/);
});

test('without a certificate only the way to one is open', async () => {
  assert.equal(await answerTo(null), '403 CERTIFICATE_UNTRUSTED');
  assert.equal(await answerTo(null, '/v1/organisation'), `200 ${organisation.text}`);
});

test('another organisation, another site, another role: each is refused by name', async () => {
  const another = await testOrganisation({ name: 'acme' });
  const { site } = organisation;
  for (const [shown, expected] of [
    [await another.site.normalServer('a1'), '403 CERTIFICATE_UNTRUSTED'],
    [await osaka.normalServer('a1'), '403 PEER_NOT_ADMITTED'],
    [site.agent, '403 PEER_NOT_ADMITTED'],
    [organisation.controlManager, '403 PEER_NOT_ADMITTED'],
  ] as const) {
    assert.equal(await answerTo(shown), expected);
  }
});

test('an expired certificate counts no more', async () => {
  const now = Date.now() - 3_600_000;
  const expired = await organisation.site.normalServer('a1', { now, lifetimeMs: 60_000 });
  assert.equal(await answerTo(expired), '403 CERTIFICATE_EXPIRED');
});

test('the stolen key of one site speaks for no other: TLS itself refuses the forged leaf', async () => {
  const identity = {
    role: 'normal-server',
    site: 'tokyo',
    organisation: 'acme',
    server: brand<ServerId>('a1'),
  } as const;
  const forged = await osaka.leaf(identity);
  assert.equal(await answerTo(forged), '403 CERTIFICATE_UNTRUSTED');
  // And so does the side that dials: no code of ours is asked.
  const { site, standing } = organisation;
  const liar = await osaka.leaf(site.informationServer.identity);
  const elsewhere = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'mutual', trust: openLinkTrust(standing(liar)) },
    log,
  });
  const { port } = new URL(elsewhere.address);
  const socket = connected(null, { port: Number(port) });
  const [error] = (await once(socket, 'error')) as [Error];
  await elsewhere.close();
  assert.match(error.message, /permitted subtree violation/);
});

test('who dials expects one identity, whatever the address', async () => {
  const { site, standing } = organisation;
  const a1 = openLinkTrust(standing(await site.normalServer('a1')));
  const url = `${listener.address}/v1/documents/x`;
  const signal = new AbortController().signal;
  const ask = (expected: string) =>
    fetchBytes({
      url,
      bytesMax: 1_000,
      signal,
      security: {
        trust: a1,
        expects: informationServerOf({ site: expected, organisation: 'acme' }),
      },
    });
  assert.equal((await ask('tokyo')).ok, true);
  const other = await ask('osaka');
  assert.ok(!other.ok && other.because.code === 'CERTIFICATE_UNTRUSTED');
  const plain = await fetchBytes({ url, bytesMax: 1_000, signal, security: null });
  assert.ok(!plain.ok && plain.because.code === 'ADDRESS_WRONG');
});

test('a renewed certificate is shown to whoever comes next; who is connected stays', async () => {
  const { site, standing } = organisation;
  const early = connected(null);
  await once(early, 'secureConnect');
  const serialOf = (socket: TLSSocket) =>
    socket.getPeerX509Certificate()?.serialNumber.toLowerCase();
  assert.equal(serialOf(early), site.informationServer.serial);
  const renewed = await site.leaf(site.informationServer.identity);
  trust.stands(standing(renewed));
  const late = connected(null);
  await once(late, 'secureConnect');
  assert.equal(serialOf(late), renewed.serial);
  assert.equal(early.destroyed, false);
  for (const socket of [early, late]) socket.destroy();
});

test('a resumed session is who it was, and is asked again like any other', async () => {
  const shown = await organisation.site.normalServer('a1');
  const first = connected(shown);
  await once(first, 'secureConnect');
  first.write('GET /v1/documents/x HTTP/1.1\r\nhost: x\r\n\r\n');
  const [session] = (await once(first, 'session')) as [Buffer];
  first.destroy();
  const again = connected(shown, { session });
  await once(again, 'secureConnect');
  assert.equal(again.isSessionReused(), true);
  again.end('GET /v1/documents/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  let heard = '';
  for await (const piece of again) heard += String(piece);
  assert.match(heard, /^HTTP\/1.1 200 /);
});
