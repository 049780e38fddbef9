/**
 * Who speaks another protocol than the information server: told so by code, listened to no
 * further, and no harm to the session of whoever has that name already.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WebSocket } from 'ws';
import { oldVersion, serverId, SiteForTests } from './site-for-tests.ts';

const digest = 'd'.repeat(64);
const unknownProtocol = 99;

const helloOf = (server: string): object => ({
  type: 'hello',
  protocol: unknownProtocol,
  server,
  installId: 'another-installation',
  machineId: 'another-machine',
  platform: 'linux-x64',
  os: 'Linux',
  domain: 'web',
  memoryBytes: 1,
  diskBytesFree: 1,
  running: { digest, version: '9.0', proof: [], pid: 1, startedAt: 1 },
  programs: [],
  contents: [],
  rebootRecommended: null,
  withInformationServer: false,
  fence: { epoch: 1_000_000, number: 1 },
});

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
  async function speak(path: string, message: object): Promise<readonly unknown[]> {
    const { root } = site.site.informationServer;
    const token = (await readFile(join(root, 'secrets', 'join.token'), 'utf8')).trim();
    const address = site.site.informationServer.run('information-server')?.addresses.servers;
    const socket = new WebSocket(`${address}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
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
});
