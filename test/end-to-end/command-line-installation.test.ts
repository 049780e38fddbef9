/**
 * Every command about an installation on its own computer, at one real site with certificates: what
 * it needs, what it is told, and how it is taken away again.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { CommandLine, triedElsewhere } from './command-line-for-tests.ts';
import { serverId, SiteForTests } from './site-for-tests.ts';

const removedShape = z.object({
  root: z.string(),
  processes: z.array(z.object({ pid: z.int(), what: z.string() })),
  paths: z.array(z.object({ path: z.string(), files: z.int(), bytes: z.int() })),
  left: z.array(z.object({ path: z.string(), because: z.string() })),
  farewell: z.looseObject({ state: z.string() }),
});

describe('every command about an installation', () => {
  let site: SiteForTests;
  let line: CommandLine;

  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1', 'a2', 'a3', 'a4'] });
    const here = site.site.informationServer.root;
    line = await CommandLine.in(site.folder, { DANKAI_ROOT: here });
  });
  after(() => site.end());

  const rootOf = (name: string): string => join(site.folder, name);
  const uninstall = (name: string) => ['uninstall', '--root', rootOf(name)];
  const inTree = async (name: string): Promise<boolean> =>
    (await site.tree()).some(({ server }) => server === name);

  test('what is uninstalled is gone from its computer, from the tree and from those believed', async () => {
    await line.refused(uninstall('a1'), 2, 'CONFIRMATION_NEEDED');
    await line.refused([...uninstall('a9'), '--force'], 1, 'INSTALLATION_ABSENT');
    assert.ok(await inTree('a1'));
    await line.plain([...uninstall('a1'), '--yes'], /^tokyo knows: a1 is gone from the tree/m);
    const gone = await line.json(removedShape, [...uninstall('a2'), '--yes', '--force']);
    assert.deepEqual([gone.left, gone.farewell.state], [[], 'told']);
    assert.ok(gone.processes.some(({ what }) => what === 'normal-server'));
    for (const name of ['a1', 'a2']) {
      assert.equal(existsSync(rootOf(name)), false);
      assert.equal(await inTree(name), false);
    }
    const [first] = await site.record('server-removed');
    assert.deepEqual([first?.who, first?.detail['by']], ['a1', 'itself']);
    const { servers } = await site.ask('fleet.certificates', {});
    const states = new Map(servers.map(({ server, state }) => [server, state]));
    assert.equal(states.get(serverId('a1')), 'revoked');
  });

  test('where nobody could be told, a person takes the row out', async () => {
    const remove = (name: string) => ['fleet', 'remove', name];
    await line.refused([...remove('a3'), '--yes'], 1, 'SERVER_IS_HERE');
    await site.site.informationServer.stop();
    await line.plain([...uninstall('a3'), '--yes'], /dankai fleet remove a3/);
    await site.site.server('a4').stop();
    site.site.informationServer.start();
    await site.waitFor('the tree is there', async () => inTree('a3'));
    await line.refused(remove('a3'), 2, 'CONFIRMATION_NEEDED');
    await line.plain([...remove('a3'), '--yes'], /^a3 is gone from the tree\.$/m);
    await line.json(informationServerCalls['fleet.remove'].result, [...remove('a4'), '--yes']);
    assert.equal((await inTree('a3')) || (await inTree('a4')), false);
    // One whose row was taken out is not believed any more, though it runs again.
    site.site.server('a4').start();
    await site.waitFor('a4 was turned away', () =>
      site.site.server('a4').log('normal-server').includes('CERTIFICATE_REVOKED'),
    );
    assert.equal(await inTree('a4'), false);
  });

  test('no command is without its case', () => line.assertProved(triedElsewhere.installation));
});
