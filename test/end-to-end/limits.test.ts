/**
 * The limits of docs/operating/limits at the real listeners of real daemons, with their real values:
 * who floods one from his own address, or with his own certificate, reaches them and hurts nobody else.
 *
 * Absent: 60,000 connections together, for which one computer has not enough ports; 5,000 handshakes
 * with servers, which are counted as the 500 with people are; and waits of more than a quarter of a
 * minute, which trust.test.ts has beside its own.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { consoleLimits, edgeLimits, limits } from '#adapters/link/limits.ts';
import { attemptLimits } from '#domain/people/attempts.ts';
import { failureLimits } from '#information-server/enrolment/failures.ts';
import { messageBytesMax } from '#protocol/normal-server/messages.ts';
import { enrolBytesMax, enrolPath } from '#protocol/shared/organisation.ts';
import { oldVersion, SiteForTests } from './site-for-tests.ts';
import { helloOf, type Shown } from './strangers-for-tests.ts';
import {
  answered,
  arrives,
  ended,
  floodOf,
  plainly,
  session,
  slowSenders,
  type Place,
} from './floods-for-tests.ts';

/** Addresses of this machine, each for one flood, so that none is the next one's burden. */
let addresses = 1;
const ownAddress = (): string => `127.0.1.${(addresses += 1)}`;

/** What anybody else may wait while somebody floods; two processors are shared with the flood. */
const waitMsMax = 500;

describe('limits at the edge of real daemons', { timeout: 120_000 }, () => {
  let site: SiteForTests;
  let servers: Place;
  let people: Place;
  let manager: Place;
  let shown: (name: string) => Promise<Shown>;
  let slow: Promise<Record<string, number>>;
  let bearer = '';

  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1'] });
    const { informationServer, controlManager, trusted } = site.site;
    const here = informationServer.run('information-server')?.addresses;
    const above = controlManager.run('control-manager')?.addresses;
    assert.ok(here !== undefined && above !== undefined && trusted !== null);
    servers = { url: here.servers ?? '', localAddress: ownAddress() };
    people = { url: here.console ?? '', localAddress: ownAddress() };
    manager = { url: above.servers ?? '', localAddress: ownAddress() };
    shown = (name) => trusted.site.normalServer(name);
    bearer = `Bearer ${site.site.address().token}`;
    slow = slowSenders({ servers: { ...servers, shown: await shown('slow') }, people });
  });
  after(async () => {
    await site?.end();
  });

  const archive = (): string => {
    const { digest } = site.site.oldRelease.manifest.packages[0]?.archive ?? {};
    return `/v1/archives/${digest}`;
  };

  /** Another server, and a person, ask all the while; the longest that one of them waited. */
  async function untouched(t: TestContext, flood: () => Promise<void>): Promise<void> {
    const quiet = { ...servers, localAddress: ownAddress(), shown: await shown('quiet') };
    const person = { ...people, localAddress: ownAddress() };
    const waits: number[] = [];
    let isOver = false;
    const ask = async (place: Place, path: string, headers: readonly string[]) => {
      while (!isOver) {
        const began = performance.now();
        const { status } = await answered(place, { path, headers, isHead: true });
        waits.push(performance.now() - began);
        assert.equal(status, 200, 'nobody else is refused');
        await sleep(40);
      }
    };
    const others = [
      ask(quiet, archive(), []),
      ask(person, '/v1/whoami', [`authorization: ${bearer}`]),
    ];
    try {
      await flood();
    } finally {
      isOver = true;
    }
    await Promise.all(others);
    const sorted = waits.toSorted((left, right) => left - right);
    const [half = 0, most = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    t.diagnostic(
      `others: ${waits.length} answers, half within ${half.toFixed(0)} ms, all within ${most.toFixed(0)} ms`,
    );
    assert.ok(waits.length >= 4 && half < waitMsMax, `${half} ms`);
    assert.equal(await site.versionRunning('a1'), oldVersion);
  }

  test('too many headers, and too long ones, are refused by every listener', async () => {
    const { headersMax, headerBytesMax } = edgeLimits;
    const many = (count: number) => Array.from({ length: count }, (_, at) => `x-${at}: 1`);
    for (const place of [{ ...servers, shown: await shown('b1') }, people, manager]) {
      const path = '/v1/whoami';
      // Beside these every request has two: the host, and how long it is.
      const most = await answered(place, { path, headers: many(headersMax - 2) });
      assert.notEqual(most.status, 431, place.url);
      assert.deepEqual(await answered(place, { path, headers: many(headersMax - 1) }), {
        status: 431,
        code: 'HEADERS_TOO_MANY',
      });
      const long = [`x: ${'a'.repeat(headerBytesMax)}`];
      assert.deepEqual(await answered(place, { path, headers: long }), {
        status: 431,
        code: 'MESSAGE_TOO_LARGE',
      });
    }
  });

  test('a body that is too large is refused, said so beforehand or not', async () => {
    const refused = { status: 413, code: 'MESSAGE_TOO_LARGE' };
    const headers = [`authorization: ${bearer}`, 'content-type: application/json'];
    const call = { path: '/v1/whoami', headers };
    assert.deepEqual(
      await answered(people, { ...call, bodyBytes: limits.callBytesMax + 1 }),
      refused,
    );
    const chunked = { ...call, bodyBytes: limits.callBytesMax + 1, isChunked: true };
    assert.deepEqual(await answered(people, chunked), refused);
    const enrol = { path: enrolPath, headers: headers.slice(1), bodyBytes: enrolBytesMax + 1 };
    assert.deepEqual(await answered(servers, enrol), refused);
    // Of a stranger nothing is read.
    const unknown = { ...call, headers: headers.slice(1), bodyBytes: limits.callBytesMax + 1 };
    assert.equal((await answered(people, unknown)).status, 403);
  });

  test('one peer has so many connections and no more, and another notices nothing', async (t) => {
    const place = { ...servers, localAddress: ownAddress(), shown: await shown('many') };
    const { connectionsPerPeerMax: most } = edgeLimits;
    await untouched(t, async () => {
      const flood = await floodOf(place, most + 8);
      const left = () => flood.filter((one) => !one.destroyed).length;
      assert.ok(await arrives(async () => left() === most), `${left()} are left`);
      assert.ok(!flood.slice(0, most).some(({ destroyed }) => destroyed), 'the newest are closed');
      for (const one of flood) one.destroy();
      await sleep(200);
    });
  });

  test('one peer is answered so often, then told 429; another is answered all the while', async (t) => {
    const place = { ...servers, localAddress: ownAddress(), shown: await shown('asks') };
    const { perSecond, burst } = edgeLimits.requests;
    await untouched(t, async () => {
      const began = performance.now();
      const told = await plainly(place, { path: '/v1/metadata/program/none', times: 2 * burst });
      const seconds = (performance.now() - began) / 1_000;
      const refusals = told.filter((status) => status === 429).length;
      const served = told.length - refusals;
      t.diagnostic(`${served} of ${told.length} were answered in ${seconds.toFixed(1)} s`);
      assert.ok(refusals > 0 && served >= burst && served <= burst + perSecond * (seconds + 1));
    });
  });

  test('one address of people is answered so often, then told 429; another all the while', async (t) => {
    const place = { ...people, localAddress: ownAddress() };
    const { perSecond, burst } = consoleLimits.strangerRequests;
    await untouched(t, async () => {
      const began = performance.now();
      const told = await plainly(place, { path: '/v1/none', times: burst + 600 });
      const seconds = (performance.now() - began) / 1_000;
      const refusals = told.filter((status) => status === 429).length;
      const served = told.length - refusals;
      t.diagnostic(`${served} of ${told.length} were answered in ${seconds.toFixed(1)} s`);
      assert.ok(refusals > 0 && served >= burst && served <= burst + perSecond * (seconds + 1));
    });
  });

  test('messages and pings of one session beyond its share are read later; of another at once', async (t) => {
    const { perSecond, burst } = edgeLimits.messages;
    const flood = await session({ ...servers, shown: await shown('talks') });
    const other = await session({ ...servers, shown: await shown('listens') });
    flood.socket.send(JSON.stringify(helloOf('talks')));
    const { running } = helloOf('talks');
    // Asked for by nobody, so that it costs no more than to be read.
    const identity = JSON.stringify({ type: 'identity', nonce: 'none', running });
    await untouched(t, async () => {
      const half = (burst + 200) / 2;
      const began = performance.now();
      // Pieces of their own: what comes in one piece is heard at once, and paid for afterwards.
      for (let number = 0; number < half; number++) {
        flood.socket.ping();
        flood.socket.send(identity);
        if (number % 20 === 0) await sleep(5);
      }
      flood.socket.ping('last');
      const late = once(flood.socket, 'closed-or-last').then(() => performance.now() - began);
      other.socket.ping('last');
      const otherBegan = performance.now();
      await once(other.socket, 'closed-or-last');
      const otherMs = performance.now() - otherBegan;
      const lateMs = await late;
      t.diagnostic(`the flood waited ${lateMs.toFixed(0)} ms, the other ${otherMs.toFixed(0)} ms`);
      assert.ok(otherMs < waitMsMax);
      assert.ok(lateMs > (150 / perSecond) * 1_000, `${lateMs} ms`);
    });
    for (const { socket } of [flood, other]) socket.terminate();
  });

  test('one message that is too long ends its session', async () => {
    const { socket } = await session({ ...servers, shown: await shown('long') });
    const closed = once(socket, 'close');
    socket.send(`"${'a'.repeat(messageBytesMax)}"`);
    const [code] = (await closed) as [number];
    assert.equal(code, 1009);
  });

  test('so many wrong passwords, or enrolments, of one address; another may still try', async () => {
    const headers = ['content-type: application/json'];
    const place = { ...people, localAddress: ownAddress() };
    const body = JSON.stringify({ person: 'nobody', password: 'a wrong one', form: 'token' });
    const login = { path: '/v1/session.begin', headers, body };
    const codes: string[] = [];
    for (let number = 0; number <= attemptLimits.failuresPerAddressMax; number++) {
      // Of many accounts, so that it is the address that is counted.
      const one = { ...login, body: body.replace('nobody', `nobody-${number}`) };
      codes.push((await answered(place, one)).code);
    }
    assert.deepEqual(new Set(codes.slice(0, -1)), new Set(['LOGIN_WRONG']));
    assert.equal(codes.at(-1), 'LOGIN_TOO_OFTEN');
    const elsewhere = { ...people, localAddress: ownAddress() };
    assert.equal((await answered(elsewhere, login)).code, 'LOGIN_WRONG');

    const guess = { path: enrolPath, headers, body: '{}' };
    const enrolling = { ...servers, localAddress: ownAddress() };
    const said: string[] = [];
    for (let number = 0; number <= failureLimits.failuresMax; number++) {
      said.push((await answered(enrolling, guess)).code);
    }
    assert.deepEqual(new Set(said.slice(0, -1)), new Set(['MESSAGE_UNREADABLE']));
    assert.equal(said.at(-1), 'ATTEMPTS_OF_PEER');
    const other = { ...servers, localAddress: ownAddress() };
    assert.equal((await answered(other, guess)).code, 'MESSAGE_UNREADABLE');
  });

  test('one address of people has so many connections, then hears why, then nothing', async (t) => {
    const place = { ...people, localAddress: ownAddress() };
    const { connectionsPerAddressMax: most, handshakes } = consoleLimits;
    await untouched(t, async () => {
      const flood = await floodOf(place, most, { isPlain: true });
      assert.deepEqual(await answered(place, { path: '/v1/whoami' }), {
        status: 429,
        code: 'CONNECTIONS_TOO_MANY',
      });
      // Their handshakes are counted, too.
      await sleep(((2 * most + 20 - handshakes.burst) / handshakes.perSecond) * 1_000);
      flood.push(...(await floodOf(place, most, { isPlain: true })));
      const beyond = await floodOf(place, 1, { isPlain: true });
      assert.ok(await ended(beyond));
      for (const one of flood) one.destroy();
    });
    await isInRecord('CONNECTIONS_TOO_MANY', place);
  });

  test('strangers drive out their own, and no stranger of another address', async (t) => {
    const place = { ...servers, localAddress: ownAddress() };
    const { strangersMax } = edgeLimits;
    const [other] = await floodOf({ ...servers, localAddress: ownAddress() }, 1);
    await untouched(t, async () => {
      const flood = await floodOf(place, strangersMax + 100, { isPlain: true });
      const left = () => flood.filter((one) => !one.destroyed).length;
      assert.ok(await arrives(async () => left() <= strangersMax), `${left()} are left`);
      assert.ok(left() > strangersMax / 2, `${left()} are left`);
      assert.equal(other?.destroyed, false, 'it came first, and stays');
      for (const one of flood) one.destroy();
    });
    other?.destroy();
  });

  test('handshakes of one address beyond its share are dropped; another comes in', async (t) => {
    const place = { ...people, localAddress: ownAddress() };
    const { perSecond, burst } = consoleLimits.handshakes;
    await untouched(t, async () => {
      const began = performance.now();
      let count = 0;
      while (count <= burst + perSecond * (1 + (performance.now() - began) / 1_000)) {
        for (const one of await floodOf(place, 50, { isPlain: true })) one.destroy();
        count += 50;
      }
      assert.ok(await ended(await floodOf(place, 1, { isPlain: true })));
      t.diagnostic(`${count} in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    });
    await isInRecord('HANDSHAKES_TOO_MANY', place);
  });

  test('slow senders are cut off in their time', async (t) => {
    const seconds = await slow;
    t.diagnostic(JSON.stringify(seconds));
    const bounds: Record<keyof typeof seconds, number> = {
      'headers to servers': edgeLimits.headersMs,
      'headers to people': consoleLimits.headersMs,
      'handshake to servers': edgeLimits.handshakeMs,
      'handshake to people': consoleLimits.handshakeMs,
      'session without a word': limits.firstMessageMs,
    };
    for (const [what, milliseconds] of Object.entries(bounds)) {
      const took = (seconds[what] ?? 0) * 1_000;
      assert.ok(took > milliseconds - 500 && took < milliseconds + 5_000, `${what}: ${took} ms`);
    }
  });

  async function isInRecord(code: string, { localAddress }: Place): Promise<void> {
    await site.waitFor(`${code} is recorded`, async () =>
      (await site.record('peer-refused')).some(
        ({ who, detail }) => who === localAddress && JSON.stringify(detail).includes(code),
      ),
    );
  }
});
