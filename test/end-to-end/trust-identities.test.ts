/**
 * Who a server is, at real daemons: one word of it recorded and said again, its whole folder copied, a
 * list of the root that every tier has to hear of, and a move to another site when its own is gone.
 */

import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { noticeFiles } from '#adapters/identity/notice-files.ts';
import { makeRefusedAuthorities } from '#adapters/identity/refused-authorities.ts';
import { makeRehomeOrder } from '#adapters/identity/rehome-order.ts';
import { readCredentials } from '#adapters/identity/trust-files.ts';
import { callConsole } from '#adapters/link/console-client.ts';
import type { TestSite } from '#adapters/organisation/organisation.testing.ts';
import { nextNoticeNumber } from '#domain/trust/notices.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { Computer } from '../../scripts/site/computer.ts';
import { CommandLine } from './command-line-for-tests.ts';
import { becauseOf, serverId, SiteForTests, valueOf, versionIn } from './site-for-tests.ts';
import { recorder, replayed } from './strangers-for-tests.ts';

describe('identities of real processes', { timeout: 200_000 }, () => {
  let site: SiteForTests;
  let line: CommandLine;
  let osaka: TestSite;
  const others: Computer[] = [];

  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1', 'b1'] });
    line = await CommandLine.in(site.folder);
    osaka = await organisation().addSite('osaka');
  });
  after(async () => {
    await Promise.all(others.map((one) => one.stop()));
    await site?.end();
  });

  function organisation() {
    assert.ok(site.site.trusted !== null);
    return site.site.trusted;
  }

  const servers = (): string =>
    site.site.informationServer.run('information-server')?.addresses.servers ?? '';
  const pattern = async (name: string) => versionIn((await site.inTree(name)).contents, 'pattern');
  const isConnected = async (name: string): Promise<boolean> =>
    (await site.tree()).some(({ server, session }) => server === name && session.state !== 'none');

  async function credentialsOf(name: string) {
    return valueOf(name, await readCredentials(site.site.server(name).root, 'normal-server'));
  }

  /** It dials there from now on. */
  async function moved(name: string, address: string): Promise<void> {
    const computer = site.site.server(name);
    await computer.stop();
    const file = join(computer.root, 'settings.yaml');
    const settings = await readFile(file, 'utf8');
    await writeFile(
      file,
      settings.replace(/informationServer: \S+/, `informationServer: ${address}`),
    );
    computer.start();
  }

  test('a list of the root goes from the control manager by the agent to every server, once and no lower one', async () => {
    const kyoto = await organisation().addSite('kyoto');
    const { serialNumber } = new X509Certificate(kyoto.authority.certificate);
    const at = Date.now();
    const number = nextNoticeNumber(null, at);
    const list = (higher: number, serials: readonly string[]) =>
      makeRefusedAuthorities(organisation().root, {
        number: number + higher,
        now: at,
        authorities: serials.map((serial) => ({ serial: serial.toLowerCase(), at })),
      });
    const kind = 'refused-authorities';
    const text = await list(1, [serialNumber]);
    const { taken } = await site.askManager('organisation.import', { texts: { [kind]: text } });
    assert.equal(taken.length, 1);
    const computers = [
      site.site.informationServer,
      ...['a1', 'b1'].map((name) => site.site.server(name)),
    ];
    for (const { root } of computers) {
      const file = join(root, 'trust', noticeFiles[kind]);
      await site.waitFor(file, async () => (await readFile(file, 'utf8')) === text);
    }
    assert.equal((await site.record('authorities-refused')).length, 1);
    const lower = { texts: { [kind]: await list(0, []) } };
    const refused = becauseOf(
      'a lower one',
      await site.site.callManager('organisation.import', lower),
    );
    assert.match(refused.code, /^NOTICE_/);
    assert.ok(await isConnected('a1'));
  });

  test('a recorded session played again, by the same server later or by another, is not counted, and recorded', async () => {
    const [own, other] = [await credentialsOf('a1'), await organisation().site.normalServer('x1')];
    const tap = await recorder(servers(), {
      above: organisation().site.informationServer,
      below: own,
      authority: organisation().organisation.authority,
    });
    await moved('a1', tap.address);
    await site.waitFor('a1 is heard through it', () => isConnected('a1'));
    await site.deliver({ version: '400' });
    await site.waitFor('its outcome', async () => (await pattern('a1')) === '400');
    const bytes = tap.session();
    const before = servers();
    await moved('a1', before);
    tap.close();
    await site.deliver({ version: '401' });
    await site.waitFor('a newer one', async () => (await pattern('a1')) === '401');
    const { bytesReceived } = await site.inTree('a1');

    assert.match(await replayed(servers(), bytes, other), /SENDER_OTHER/);
    await site.waitFor('it is recorded', async () =>
      (await site.record('peer-refused')).some(
        ({ who, detail }) =>
          who?.endsWith('/x1') === true && 'SENDER_OTHER' in Object(detail['codes']),
      ),
    );
    assert.ok(await isConnected('a1'), 'nobody is in its place');
    assert.equal(await pattern('a1'), '401');

    assert.match(await replayed(servers(), bytes, own), /IDENTITY_CLONED/);
    const [cloned, ...more] = await site.record('identity-cloned');
    assert.deepEqual([cloned?.server, cloned?.detail['cloneOf'], more], ['a1', 'disk', []]);
    assert.equal(await pattern('a1'), '401');
    assert.equal((await site.inTree('a1')).bytesReceived, bytesReceived);
    assert.ok(!(await site.tree()).some(({ server }) => server === 'x1'));
  });

  test('the copied folder of a server that runs: both are on hold, and the tree has neither', async () => {
    const { root, services } = site.site.server('b1');
    const copied = join(site.folder, 'b1-copy');
    await cp(root, copied, { recursive: true, verbatimSymlinks: true });
    await rm(join(copied, 'run'), { recursive: true });
    const copy = Computer.standing(copied, services);
    others.push(copy);
    copy.start();
    await site.waitFor('it is noticed', async () =>
      (await site.record('identity-cloned')).some(({ server }) => server === 'b1'),
    );
    const told = /IDENTITY_CLONED/;
    await site.waitFor('both hear it', () =>
      [site.site.server('b1'), copy].every((one) => told.test(one.log('normal-server'))),
    );
    assert.deepEqual((await site.inTree('b1')).session, {
      state: 'none',
      since: null,
      encrypted: false,
    });
    await copy.stop();
  });

  test('a server whose site is gone moves to another by an order of the root, and is up there', async (t) => {
    await site.site.informationServer.pullCable();
    const root = join(site.folder, 'osaka');
    const settings = await readFile(
      join(site.site.informationServer.root, 'settings.yaml'),
      'utf8',
    );
    const [section = ''] = settings.split('\n\n');
    const computer = await Computer.install({
      root,
      services: [{ name: 'information-server', track: 'program' }],
      settings: section
        .replace('site: tokyo', 'site: osaka')
        .replaceAll(/port: \d+/g, 'port: 0')
        .trim(),
      store: join(site.folder, 'store'),
      release: site.site.oldRelease,
      tokens: { console: site.site.address().token ?? '' },
      trust: { organisation: organisation().text, authority: osaka.authority },
    });
    others.push(computer);
    computer.start();
    const { addresses } = await computer.ready('information-server');
    await moved('a1', 'enrolled');
    const at = Date.now();
    const order = makeRehomeOrder(organisation().root, 'acme', {
      from: 'tokyo',
      to: 'osaka',
      address: addresses.servers ?? '',
      servers: [serverId('a1')],
      at,
      until: at + 3_600_000,
    });
    const file = join(site.folder, 'to-osaka.order');
    await writeFile(file, order);
    const began = performance.now();
    const a1 = site.site.server('a1');
    await line.plain(['enrol', '--root', a1.root, '--order', file], /osaka/);
    const place = {
      address: addresses.console ?? '',
      token: site.site.address().token,
      believed: { organisation: organisation().organisation, site: 'osaka' },
    };
    const found = await site.waitFor(
      'a1 is up at osaka',
      async () => {
        const asked = { call: 'fleet.tree', params: {} } as const;
        const tree = valueOf('tree', await callConsole(informationServerCalls, place, asked));
        const all = tree.domains.flatMap((one) => one.servers);
        return all.find(({ server, session }) => server === 'a1' && session.state !== 'none');
      },
      60,
    );
    t.diagnostic(`up there after ${Math.round(performance.now() - began)} ms`);
    assert.equal(found.session.encrypted, true);
    const { chain } = await credentialsOf('a1');
    assert.match(new X509Certificate(chain).subjectAltName ?? '', /osaka\.acme\.dankai/);
    await a1.stop();
  });
});
