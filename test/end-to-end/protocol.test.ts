/**
 * Who speaks another protocol than the information server, or is of another organisation: told so
 * by code, listened to no further, and no harm to the session of whoever has that name already.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { WebSocket } from 'ws';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import type { Problem } from '#domain/problem.ts';
import { Computer } from '../../scripts/site/computer.ts';
import { oldVersion, serverId, SiteForTests } from './site-for-tests.ts';
import { helloOf as stranger } from './strangers-for-tests.ts';

const digest = 'd'.repeat(64);
const unknownProtocol = 99;

const helloOf = (server: string): object =>
  stranger(server, { protocol: unknownProtocol, fence: { epoch: 1_000_000, number: 1 } });

const bye = z.object({
  type: z.literal('bye'),
  because: z.object({ code: z.string(), with: z.record(z.string(), z.unknown()) }),
});

describe('another protocol', () => {
  let site: SiteForTests;
  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1'] });
  });
  after(async () => {
    await site?.end();
  });

  /** Says that one thing; the answers until the other side closes. */
  async function speak(
    path: string,
    message: object,
    as = 'server' in message ? String(message.server) : null,
  ): Promise<readonly unknown[]> {
    const { informationServer, trusted } = site.site;
    const address = informationServer.run('information-server')?.addresses.servers ?? '';
    assert.ok(trusted !== null);
    const { agent, normalServer } = trusted.site;
    const { key, chain: cert } = as === null ? agent : await normalServer(as);
    const ca = trusted.organisation.authority;
    // By a name that is in no certificate: here only the answers are looked at.
    const options = { ca, key, cert, rejectUnauthorized: false };
    const socket = new WebSocket(`${address}${path}`.replace('https:', 'wss:'), options);
    const answers: unknown[] = [];
    await new Promise<void>((done, fail) => {
      socket.on('open', () => socket.send(JSON.stringify(message)));
      socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString())));
      socket.on('close', () => done());
      socket.on('error', fail);
    });
    return answers;
  }

  function isTold(answers: readonly unknown[]): void {
    const [only] = answers;
    assert.equal(answers.length, 1);
    const { because } = bye.parse(only);
    assert.equal(because.code, 'PROTOCOL_UNKNOWN');
    assert.deepEqual(because.with, { version: unknownProtocol, known: 1 });
  }

  test('a server that speaks it does not join, nor take the place of one that is there', async () => {
    const before = await site.inTree('a1');
    for (const server of ['x9', 'a1']) isTold(await speak('/v1/session', helloOf(server)));
    const tree = await site.tree();
    assert.deepEqual(tree.map(({ server }) => server).toSorted(), ['a1', 'tokyo'].map(serverId));
    assert.deepEqual((await site.inTree('a1')).session, before.session, 'the same session');
    assert.equal(await site.versionRunning('a1'), oldVersion);
  });

  test('a server that speaks for another is refused, also by playing its own hello again', async () => {
    const before = await site.inTree('a1');
    const spoken = { ...helloOf('a1'), protocol: 1, fence: { epoch: 1, number: 1 } };
    const [only, ...others] = await speak('/v1/session', spoken, 'b1');
    const { because } = bye.parse(only);
    assert.deepEqual([because.code, others], ['SENDER_OTHER', []]);
    const proved = 'spiffe://tokyo.acme.dankai/normal-server/b1';
    assert.deepEqual(because.with, { said: 'a1', proved });
    assert.deepEqual((await site.inTree('a1')).session, before.session, 'the same session');
    assert.equal(await site.versionRunning('a1'), oldVersion);
  });

  test('whoever is turned away stands in the record, once an hour however often he comes', async () => {
    const { informationServer, trusted } = site.site;
    assert.ok(trusted !== null);
    const { hostname, port } = new URL(
      informationServer.run('information-server')?.addresses.servers ?? '',
    );
    const { agent } = trusted.site;
    for (let times = 0; times < 3; times++) {
      // No certificate; one that is not for this route; TLS 1.2.
      for (const [shown, maxVersion] of [
        [{}, 'TLSv1.3'],
        [{ key: agent.key, cert: agent.chain }, 'TLSv1.3'],
        [{}, 'TLSv1.2'],
      ] as const) {
        const path = `/v1/manifests/${digest}`;
        const asked = request({
          hostname,
          port,
          path,
          maxVersion,
          ...shown,
          minVersion: 'TLSv1.2',
          rejectUnauthorized: false,
          agent: false,
        });
        const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
        asked.end();
        const answer = await answered.then(
          ([response]) => response.resume().statusCode,
          () => 'no answer',
        );
        assert.equal(answer, maxVersion === 'TLSv1.2' ? 'no answer' : 403);
      }
    }
    const lines = await site.record('peer-refused');
    const told = lines.map(({ who, detail }) => [who, detail['codes']]);
    assert.deepEqual(told, [
      ['spiffe://tokyo.acme.dankai/normal-server/b1', { SENDER_OTHER: 1 }],
      ['127.0.0.1', { CERTIFICATE_UNTRUSTED: 1 }],
      ['spiffe://tokyo.acme.dankai/agent', { PEER_NOT_ADMITTED: 1 }],
    ]);
  });

  test('an agent that speaks it is not heard, and the one that is connected stays', async () => {
    const status = async () => {
      const { state, version } = await site.ask('agent.status', {});
      return { state, version };
    };
    const before = await status();
    const hello = { type: 'hello', protocol: unknownProtocol, agentVersion: '9.0' };
    isTold(await speak('/v1/agent', { ...hello, agentDigest: digest, pid: 1 }));
    assert.deepEqual(await status(), before);
  });

  test('a server of another organisation never joins, and is given no package', async (t) => {
    const before = await site.tree();
    const stranger = await strange(site);
    t.after(() => stranger.stop());
    stranger.start();
    await site.waitFor('it believes nobody here', () =>
      /link-(ended|refused)/.test(stranger.log('normal-server')),
    );
    const address = site.site.informationServer.run('information-server')?.addresses.servers ?? '';
    const { digest: archive } = site.site.oldRelease.manifest.packages[0]?.archive ?? {};
    assert.ok(site.site.trusted !== null);
    const tokyo = site.site.trusted.site;
    for (const shown of [await (await another).site.normalServer('a1'), null]) {
      const { status, code } = await fetched(`${address}/v1/archives/${archive}`, shown);
      assert.deepEqual([status, code], [403, 'CERTIFICATE_UNTRUSTED']);
    }
    const ofAgent = await fetched(`${address}/v1/archives/${archive}`, tokyo.agent);
    assert.deepEqual([ofAgent.status, ofAgent.code], [403, 'PEER_NOT_ADMITTED']);
    assert.deepEqual(
      (await site.tree()).map(({ server }) => server),
      before.map(({ server }) => server),
    );
    assert.ok(!(await site.tree()).some(({ server }) => server === 'stranger'));
  });

  test('two machines that woke from one memory throw each other out once, and are both held', async () => {
    const opened: WebSocket[] = [];
    const { informationServer, trusted } = site.site;
    assert.ok(trusted !== null);
    const { key, chain: cert } = await trusted.site.normalServer('m1');
    const ca = trusted.organisation.authority;
    const address = informationServer.run('information-server')?.addresses.servers ?? '';
    const url = `${address}/v1/session`.replace('https:', 'wss:');
    /** The first answer to a hello that says this turn; the connection stays. */
    const says = async (turn: string | null) => {
      const socket = new WebSocket(url, { ca, key, cert, rejectUnauthorized: false });
      opened.push(socket);
      socket.on('open', () => socket.send(JSON.stringify(stranger('m1', { turn }))));
      const [first]: Buffer[] = await once(socket, 'message');
      const answer: unknown = JSON.parse(String(first));
      return answer;
    };
    const taken = async (turn: string | null): Promise<string> => {
      const welcome = z.object({ type: z.literal('welcome'), turn: z.string() });
      return welcome.parse(await says(turn)).turn;
    };
    const heldBack = async (turn: string): Promise<void> => {
      assert.equal(bye.parse(await says(turn)).because.code, 'IDENTITY_CLONED');
    };
    const image = await taken(await taken(null));
    const first = await taken(image);
    const second = await taken(image);
    await heldBack(first);
    await heldBack(second);
    await heldBack(first);
    const [line] = await site.record('identity-cloned');
    assert.equal(line?.detail['cloneOf'], 'memory');
    for (const socket of opened) socket.terminate();
  });
});

const another = testOrganisation({ name: 'another' });

/** A whole computer that knows the address, but is of somebody else's organisation. */
async function strange({ site, folder }: SiteForTests): Promise<Computer> {
  const { text: organisation, site: tokyo } = await another;
  const address = site.informationServer.run('information-server')?.addresses.servers ?? '';
  const settings = await readFile(join(folder, 'a1', 'settings.yaml'), 'utf8');
  return Computer.install({
    store: join(folder, 'store'),
    release: site.oldRelease,
    tokens: { console: 'whatever' },
    trust: {
      organisation,
      credentials: { 'normal-server': await tokyo.normalServer('stranger') },
    },
    root: join(folder, 'stranger'),
    services: [{ name: 'normal-server', track: 'program' }],
    settings: settings.replace('server: a1', 'server: stranger').replace(/https:\S+/, address),
  });
}

/** Believes whoever answers, and shows that or nothing. */
async function fetched(url: string, shown: { key: string; chain: string } | null) {
  const tls = shown === null ? {} : { key: shown.key, cert: shown.chain };
  const sent = request(url, { ...tls, rejectUnauthorized: false, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { problem } = (await json(response)) as { problem: Problem };
  return { status: response.statusCode, code: problem.code };
}
