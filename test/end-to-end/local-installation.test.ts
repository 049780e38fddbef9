/**
 * Local installation (L1–L4): one group of an upgrade by an installer that people run on its servers,
 * the others by program deployment; and a new server out of the same file, with no network.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { longer } from '../longer.ts';
import { CommandLine } from './command-line-for-tests.ts';
import { changedBundle } from './programs-for-tests.ts';
import {
  makeRelease,
  newVersion,
  oldVersion,
  serverId,
  SiteForTests,
  versionIn,
} from './site-for-tests.ts';

const thirdVersion = '5.81.1000';
const brokenVersion = '5.82.1000';

const groups = ['a', 'b', 'c'].map((letter) => [1, 2, 3, 4].map((number) => `${letter}${number}`));
const [deployed = [], local = [], last = []] = groups;

const plan = `upgrade: to-5.80
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [${deployed.join(', ')}], gate: {soak: 1s}}
  - {name: B, servers: [${local.join(', ')}], method: local, gate: {percentMin: 100, sampleMin: 4, soak: 1s}}
  - {name: C, servers: [${last.join(', ')}], gate: {soak: 1s}}
`;

describe('twelve servers in one upgrade, four of them by an installer', longer, () => {
  let site: SiteForTests;
  let line: CommandLine;
  let here = '';
  let installer = '';

  before(async () => {
    site = await SiteForTests.begin({ servers: groups.flat() });
    here = site.site.informationServer.root;
    line = await CommandLine.in(site.folder, { DANKAI_ROOT: here });
    installer = join(site.folder, 'dankai-tokyo');
  });
  after(() => site.end());

  /** As on a computer without a network, where the system allows to take it away. */
  async function run(words: readonly string[], how: 'with' | 'without-network' = 'with') {
    const isolated = how === 'with' ? [] : ['unshare', '-n'];
    const child = spawn('env', [...isolated, installer, ...words], {
      cwd: site.folder,
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', DANKAI_NODE: process.execPath },
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (told += text));
    }
    await once(child, 'close');
    return { status: child.exitCode, told };
  }

  const make = (...more: string[]) => ['installer', 'make', '--out', installer, ...more];
  const onto = (name: string): string[] =>
    `--root ${join(site.folder, name)} --role normal-server --unattended`.split(' ');

  test('no installer puts a server ahead of its information server, unless a person says why (L1)', async () => {
    await site.importNew();
    const ahead = make('--version', newVersion);
    await line.refused(ahead, 1, 'INFORMATION_SERVER_BEHIND');
    assert.equal(existsSync(installer), false);
    const reason = ['--ahead-of-information-server', 'a trial on one machine'];
    await line.plain([...ahead, ...reason], /sha256 [0-9a-f]{64}\norganisation [0-9a-f]{64}/);
    const [made] = await site.record('installer-made');
    assert.equal(made?.detail['reason'], 'a trial on one machine');
    const { version, about } = { version: await run(['--version']), about: await run(['--about']) };
    assert.equal(version.told, `${newVersion}\n`);
    assert.match(about.told, /site tokyo\norganisation [0-9a-f]{64}\n/);
    assert.equal(statSync(installer).mode & 0o777, 0o700);
  });

  test('in the middle of the upgrade the release file takes the information server on where it stands (L1, L2, D4)', async () => {
    await site.start(plan);
    await site.waitFor(
      'B has its turn',
      async () => (await site.groupState('B')) === 'staging',
      120,
    );
    assert.equal(await site.groupState('A'), 'passed');
    const file = join(site.folder, 'third.release');
    const bundleFolder = await changedBundle('');
    const launcher = join(bundleFolder, 'app', 'launcher.mjs');
    writeFileSync(launcher, `${readFileSync(launcher, 'utf8')}\n// another\n`);
    await makeRelease({ version: thirdVersion, outFile: file, bundleFolder });
    const upgrade = ['install', '--root', here, '--release'];
    await line.refused([...upgrade, file], 1, 'RELEASE_UNSIGNED');
    const signed = await site.site.signed(file);
    const said = await line.run([...upgrade, signed]);
    assert.equal(said.status, 0, said.err + said.out);
    assert.match(said.out, new RegExp(`upgraded from ${newVersion} to ${thirdVersion}`));
    // Its agent was left where the plan had brought it, and what that means is said.
    assert.match(said.err, new RegExp(`agent still runs ${newVersion}`));
    // It came with another launcher, which renews itself by now.
    const inPlace = join(here, 'launcher', 'current');
    await site.waitFor('its launcher', () =>
      existsSync(inPlace) ? readlinkSync(inPlace) === 'pair-2' : false,
    );
    await site.waitFor(
      'the information server under it',
      async () => (await site.ask('site.show', {})).program.version === thirdVersion,
    );
    await site.waitFor(
      'its own normal server',
      async () => (await site.versionRunning('tokyo')) === thirdVersion,
    );
    const command = join(here, 'tracks', 'program', 'current', 'slot', 'tree', 'bin', 'dankai');
    const asked = spawnSync(command, ['--version'], {
      env: { PATH: '/usr/bin:/bin', DANKAI_NODE: process.execPath },
      encoding: 'utf8',
    });
    assert.equal(asked.stdout, `${thirdVersion}\n`, asked.stderr);
    await line.plain([...upgrade, signed], new RegExp(`runs ${thirdVersion} already`));
    assert.equal((await site.status()).state, 'groups');
  });

  test('the group waits for its installers, which are sent nothing, and the upgrade goes on', async () => {
    const waiting = await site.inTree('b1');
    assert.deepEqual([waiting.state, waiting.program], ['local', oldVersion]);
    await line.plain(make('--version', newVersion), /dankai-tokyo/);
    for (const name of local) {
      const { status, told } = await run(onto(name));
      assert.equal(status, 0, told);
      assert.match(told, new RegExp(`upgraded from ${oldVersion} to ${newVersion}`));
    }
    assert.match((await run(onto('b1'))).told, /runs 5\.80\.1179 already/);
    await site.waitFor('C has passed', async () => (await site.status()).state === 'finished', 120);
    for (const name of groups.flat()) assert.equal(await site.versionRunning(name), newVersion);
    const tree = await site.tree();
    const received = (names: readonly string[]) =>
      tree.filter(({ server }) => names.includes(server)).map((one) => one.bytesReceived > 0);
    assert.deepEqual(received(local), [false, false, false, false]);
    assert.deepEqual(received(deployed), [true, true, true, true]);
    const asked = await site.record('local-upgrade');
    assert.deepEqual(asked.map(({ who }) => who).toSorted(), local);
    const upgraded = await site.record('server-upgraded');
    const byInstaller = upgraded.filter(({ detail }) => detail['method'] === 'local');
    assert.deepEqual(byInstaller.map(({ server }) => String(server)).toSorted(), local);
    const holds = (await site.record('hold-placed')).filter(({ who }) => who.includes('upgrade'));
    assert.ok(!JSON.stringify(holds).includes('"B"'));
  });

  test('a new server is installed out of it with no network, and enrols when it is started', async () => {
    await line.plain(make('--server', 'd1', '--uses', '1'), /A token that lets servers in/);
    const words = [...onto('d1'), '--name', 'd1'];
    const { status, told } = await run(words, 'without-network');
    assert.equal(status, 0, told);
    const trust = join(site.folder, 'd1', 'trust', 'organisation.json');
    assert.equal(readFileSync(trust, 'utf8'), site.site.trusted?.text);
    const launcher = spawn(
      process.execPath,
      [join(site.folder, 'd1', 'launcher', 'launcher.mjs'), '--root', join(site.folder, 'd1')],
      { stdio: 'ignore' },
    );
    await site.waitFor('d1 stands in the tree', async () =>
      (await site.tree()).some(({ server }) => server === serverId('d1')),
    );
    const closed = once(launcher, 'close');
    launcher.kill();
    await closed;
  });

  test('a control manager is upgraded where it stands, and its site knows it again', async () => {
    const { root } = site.site.controlManager;
    const signed = await site.site.signed(site.newRelease);
    const upgrade = ['install', '--root', root, '--release', signed];
    await line.plain(upgrade, new RegExp(`upgraded from ${oldVersion} to ${newVersion}`));
    await site.waitFor('its site sees it again', async () => {
      const { controlManager } = await site.ask('agent.status', {});
      return controlManager?.version === newVersion;
    });
    await site.deliver({ version: '101' });
    // Not to the one that was switched off in between.
    await site.waitFor('it delivers', async () => {
      const tree = await site.tree();
      const here = tree.filter(({ session }) => session.state !== 'none');
      const isThere = here.every(({ contents }) => versionIn(contents, 'pattern') === '101');
      return here.length > groups.flat().length && isThere;
    });
  });

  test('where the new version does not start, either of them goes back, and the command says why', async () => {
    const bundleFolder = await changedBundle(
      "if (['information-server', 'control-manager'].includes(service)) process.exit(1);",
    );
    const file = join(site.folder, 'broken.release');
    await makeRelease({ version: brokenVersion, outFile: file, bundleFolder });
    const signed = await site.site.signed(file);
    const { informationServer, controlManager } = site.site;
    const wasRunning = {
      [informationServer.root]: thirdVersion,
      [controlManager.root]: newVersion,
    };
    for (const [root, version] of Object.entries(wasRunning)) {
      const said = await line.run(['install', '--root', root, '--release', signed]);
      assert.equal(said.status, 1, said.err + said.out);
      const went = `${root} went back from ${brokenVersion} to ${version}: did not start`;
      assert.ok(said.out.includes(went), said.out + said.err);
    }
    await site.waitFor('the site is whole again', async () => {
      const { program, agent } = await site.ask('site.show', {});
      return program.version === thirdVersion && agent.controlManager?.version === newVersion;
    });
  });

  test('one that was changed on its way installs nothing', async () => {
    const bytes = readFileSync(installer);
    for (const at of [bytes.length - 1_000, Math.floor(bytes.length / 2)]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      writeFileSync(installer, changed);
      const { status, told } = await run(onto('d2'));
      assert.notEqual(status, 0, told);
      assert.equal(existsSync(join(site.folder, 'd2', 'launcher.json')), false);
    }
    writeFileSync(installer, bytes);
    const left = readdirSync('/tmp').filter((name) => name.startsWith('dankai-installer.'));
    assert.deepEqual(left, []);
  });
});
