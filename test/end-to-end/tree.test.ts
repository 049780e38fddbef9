/** A program that is not ours, from its folder to every server: kind `tree`, by the real CLI. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { brand, type ComponentName } from '#domain/names.ts';
import { longer } from '../longer.ts';
import { bundled } from './bundled.ts';
import { oldVersion, serverId, SiteForTests, versionIn } from './site-for-tests.ts';

const watcher = brand<ComponentName>('watcher');
const servers = ['a1', 'a2', 'b1'];

/** A service as others write them; it ends by itself when its computer's folder is gone. */
const serve = `#!/bin/sh
while [ -d "$DANKAI_ROOT" ]; do sleep 0.2; done
`;

/** Stop and start bear to be run twice; from version 3 on it is sick where a file says so. */
const control = `#!/bin/sh
set -eu
state=$DANKAI_ROOT/$DANKAI_COMPONENT.pid
runs() { [ -f "$state" ] && kill -0 "$(cat "$state")" 2>/dev/null; }
case $1 in
  start) runs && exit 0
    "$PWD/serve.sh" >/dev/null 2>&1 &
    echo $! >"$state" ;;
  stop) if runs; then kill "$(cat "$state")"; fi
    rm -f "$state" ;;
  health) runs
    if [ "$(cat major)" -ge 3 ] && [ -f "$DANKAI_ROOT/sick" ]; then
      echo "the watcher is sick" >&2
      exit 1
    fi ;;
esac
`;

const commands = `
start: {argv: [./control.sh, start], secondsMax: 5}
stop: {argv: [./control.sh, stop], secondsMax: 5}
health: {argv: [./control.sh, health], secondsMax: 5, times: 2, intervalSeconds: 1}
`;

/** As a user types it: the bundled program, a process of its own. */
async function dankai(...typed: readonly string[]): Promise<string> {
  const program = join(await bundled(), 'app', 'main.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...typed]);
  return stdout;
}

/** A folder of files becomes a release file, and that stands in the share. */
async function release(site: SiteForTests, version: string): Promise<void> {
  const folder = join(site.folder, `watcher-${version}`);
  await mkdir(folder);
  for (const [name, text] of [
    ['control.sh', control],
    ['serve.sh', serve],
  ] as const) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  await writeFile(join(folder, 'major'), version.slice(0, 1));
  const yaml = `${folder}.yaml`;
  await writeFile(yaml, commands);
  const file = `${folder}.release`;
  const named = ['--component', watcher, '--version', version, '--min', '1.0', '--max', '4.0'];
  const back = version === '3.0' ? ['--return-to', '2.0'] : [];
  const how = [
    ...back,
    '--kind',
    'tree',
    '--platform',
    'any',
    '--tree-commands',
    yaml,
    '--out',
    file,
  ];
  await dankai('release', 'build', folder, ...named, ...how);
  const shown: unknown = JSON.parse(await dankai('release', 'show', file, '--json'));
  assert.ok(JSON.stringify(shown).includes(`"version":"${version}"`));
  const signed = await site.site.signed(file);
  await dankai('share', 'import', signed, '--root', site.site.informationServer.root);
}

/** The version that the service's own process was started from: asked of the kernel. */
async function runningVersion(site: SiteForTests, name: string): Promise<string> {
  const { root } = site.site.server(name);
  const pid = (await readFile(join(root, 'watcher.pid'), 'utf8')).trim();
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  const version = /programs\/watcher\/versions\/([\d.]+)-/.exec(line)?.[1];
  assert.ok(version !== undefined, `${name} runs a version: ${line}`);
  return version;
}

async function versionsShown(site: SiteForTests): Promise<Record<string, string | null>> {
  const tree = (await site.tree()).filter(({ server }) => servers.includes(server));
  return Object.fromEntries(tree.map((one) => [one.server, versionIn(one.programs, watcher)]));
}

async function expectRunning(
  site: SiteForTests,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  assert.deepEqual(await versionsShown(site), expected);
  for (const [name, version] of Object.entries(expected)) {
    assert.equal(await runningVersion(site, name), version);
  }
}

function plan(version: string): string {
  return `
upgrade: watcher-${version}
release: {component: watcher, version: '${version}'}
groups:
  - {name: A, servers: [a1, a2], gate: {soak: 1s}}
  - {name: B, servers: [b1], gate: {soak: 1s}}
lease: 30s
prove: 30s
`;
}

const hasEnded = (site: SiteForTests, state: string) => async (): Promise<boolean> =>
  (await site.status()).state === state;

test(
  'a program that is not ours is packed by the CLI, installed, upgraded group by group, and goes back where its health fails',
  longer,
  async (t) => {
    const site = await SiteForTests.begin({ servers });
    t.after(() => site.end());

    await release(site, '1.0');
    await site.ask('deploy', { component: watcher, servers: servers.map(serverId) });
    await site.waitFor('1.0 is installed', hasEnded(site, 'finished'), 60);
    await expectRunning(site, { a1: '1.0', a2: '1.0', b1: '1.0' });

    await release(site, '2.0');
    await site.start(plan('2.0'));
    await site.waitFor('2.0 is installed', hasEnded(site, 'finished'), 60);
    await expectRunning(site, { a1: '2.0', a2: '2.0', b1: '2.0' });
    const upgraded = (await site.record())
      .filter(
        ({ who, kind }) =>
          who === 'upgrade:watcher-2.0' && /^(server-upgraded|group-passed)$/.test(kind),
      )
      .map(({ kind, server, detail }) => (kind === 'group-passed' ? detail['group'] : server));
    assert.deepEqual(upgraded.slice(2), ['A', 'b1', 'B']);
    assert.deepEqual(new Set(upgraded.slice(0, 2)), new Set(['a1', 'a2']));

    await release(site, '3.0');
    await writeFile(join(site.site.server('a2').root, 'sick'), '');
    await site.start(plan('3.0'));
    await site.waitFor('3.0 is held', hasEnded(site, 'paused'), 60);
    assert.equal((await site.status()).because?.code, 'GATE_FAILED');
    // One failed server is enough; the other one's switch comes to its end.
    await site.waitFor('A has failed', async () => (await site.groupState('A')) === 'failed');
    await expectRunning(site, { a1: '3.0', a2: '2.0', b1: '2.0' });
    const { because } = await site.ask('upgrade.why', { server: serverId('a2') });
    assert.equal(because.code, 'SWITCH_RETURNED');
    assert.equal(because.with['cause'], 'health');
    assert.match(String(because.with['detail']), /health 1 of 2: status 1: the watcher is sick/);

    // A person goes further back: one server alone, by lease and proof, with his reason recorded.
    await site.ask('upgrade.stop', {});
    const { root } = site.site.informationServer;
    const why = ['--reason', 'scans stop after an hour', '--root', root];
    const asked = ['rollback', 'a1', '--component', watcher, ...why];
    assert.match(await dankai(...asked), /rollback-watcher-2.0-/);
    await site.waitFor('a1 is back', async () => (await versionsShown(site))['a1'] === '2.0', 60);
    await site.waitFor('it has proved itself', hasEnded(site, 'finished'), 60);
    await expectRunning(site, { a1: '2.0', a2: '2.0', b1: '2.0' });
    const lines = JSON.stringify(await site.record());
    assert.match(lines, /scans stop after an hour/);
    // Nobody signed that one may go back from there.
    await assert.rejects(
      dankai('rollback', 'b1', '--component', watcher, ...why),
      /from 2.0 to 1.0.*RETURN_NOT_PERMITTED/s,
    );

    // Dankai's own program was no part of all this.
    for (const name of [...servers, 'tokyo']) {
      assert.equal(await site.versionRunning(name), oldVersion);
    }
  },
);
