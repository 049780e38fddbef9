/**
 * Every command about an installation on its own computer, at one real site with certificates: what
 * it needs, what it is told, and how it is taken away again.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { isSystemdHere } from '#adapters/installation/service-units.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { doctorSchema, portsSchema } from '#protocol/console/doctor.ts';
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

  test('ports are listed, and the doctor finds what is wrong with them', async () => {
    const of = (verb: string, name: string) => [...verb.split(' '), '--root', rootOf(name)];
    await line.plain(of('ports', 'information-server'), /informationServer\.listen/);
    const { dials } = await line.json(portsSchema, of('ports', 'a1'));
    assert.equal(dials[0]?.setting, 'normalServer.informationServer');
    await line.refused(of('ports', 'a9'), 2, 'FILE_UNREADABLE');
    await line.plain(of('doctor', 'information-server'), /good .*sessions of fleet: 5 \/ 5/);
    const { checks } = await line.json(doctorSchema, of('doctor', 'a1'));
    assert.deepEqual(
      checks.filter(({ state }) => state === 'bad'),
      [],
    );
    for (const check of ['service', 'name', 'reach', 'clock', 'certificate', 'disk']) {
      assert.ok(
        checks.some((one) => one.check === check),
        check,
      );
    }
    await line.refused(of('doctor', 'a9'), 1, 'INSTALLATION_ABSENT');
    mkdirSync(rootOf('empty'));
    await line.refused(of('doctor', 'empty'), 1, 'INSTALLATION_ABSENT');
    mkdirSync(rootOf('torn'));
    writeFileSync(join(rootOf('torn'), 'launcher.json'), '{');
    await line.refused(of('doctor', 'torn'), 1, 'INSTALLATION_DAMAGED');
    await site.site.server('a1').stop();
    const sick = await line.run(of('doctor', 'a1'));
    assert.equal(sick.status, 1);
    assert.match(sick.out, /normal-server does not run/);
    site.site.server('a1').start();
    await site.waitFor(
      'a1 is back',
      async () => (await site.inTree('a1')).session.state !== 'none',
    );
  });

  test('a unit is printed that starts the launcher of this folder', async () => {
    const print = (name: string) => ['service', 'print', '--root', rootOf(name)];
    const unit = await line.plain(print('a1'), /^\[Unit\]\n/);
    assert.match(unit, new RegExp(`launcher\\.mjs --root ${rootOf('a1')}\\n`));
    assert.ok(unit.endsWith(`[X-Dankai]\nRoot=${rootOf('a1')}\n`), unit);
    const asked = await line.json(z.object({ root: z.string(), unit: z.string() }), print('a1'));
    assert.deepEqual(asked, { root: rootOf('a1'), unit });
    await line.refused(print('empty'), 1, 'INSTALLATION_ABSENT');
    const service = (verb: string) => ['service', verb, '--root', rootOf('a1')];
    await line.refused(service('remove'), 1, 'SERVICE_NOT_INSTALLED');
    // What it does where systemd runs is shown by service-install.test.ts, beside its source.
    if (!isSystemdHere()) await line.refused(service('install'), 1, 'SYSTEMD_ABSENT');
  });

  test('caches are cleared of what neither runs nor is gone back to', async () => {
    const clear = ['cache', 'clear', '--root', rootOf('a1')];
    await line.refused(clear, 2, 'OPTION_ABSENT');
    await line.plain([...clear, '--patterns'], /nothing to clear|removed: /);
    const shape = z.object({ removed: z.array(z.unknown()), kept: z.array(z.string()) });
    await line.json(shape, [...clear, '--engines', '--patterns']);
  });

  test('an installer is made of what the site runs', async () => {
    // With it came the metadata that signs what runs here, too.
    await site.importNew();
    const make = (name: string) => ['installer', 'make', '--out', join(site.folder, name)];
    await line.plain(make('one'), /one: version .* site tokyo.*\nsha256 /);
    const shape = z.object({ file: z.string(), bytes: z.int(), digest: z.string() });
    const counted = await line.json(shape, [...make('two'), '--uses', '3', '--for', '1h']);
    assert.equal(existsSync(counted.file), true);
    await line.refused([...make('three'), '--version', '9.9'], 1, 'RELEASE_UNKNOWN');
  });

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
