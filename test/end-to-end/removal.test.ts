/**
 * Forced removal of installations in every state that we could think of: real folders, real
 * processes, a unit that starts them. Afterwards nothing of them is left, nobody else's process has
 * ended and nobody else's file is gone.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { servicesOf } from '#adapters/installation/installation-disk-source.ts';
import { processesOf } from '#adapters/installation/installation-processes.ts';
import { openRemoval } from '#adapters/removal/removal-disk.ts';
import { readReleaseFile } from '#adapters/release/release-file.ts';
import type { Removed } from '#ports/removal.ts';
import type { Role } from '#ports/packages.ts';
import { firstSettings } from '../../src/cli/commands/installation/install-settings.ts';
import { Computer } from '../../scripts/site/computer.ts';
import { makeRelease, oldVersion, valueOf } from './site-for-tests.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dankai-removal-')));
const units = join(folder, 'units');
const removal = openRemoval([{ folder: units, isUser: false }]);
const innocents: ChildProcess[] = [];

before(async () => {
  await makeRelease({ version: oldVersion, outFile: join(folder, 'old.release') });
  const store = join(folder, 'store');
  const release = valueOf('release', await readReleaseFile(join(folder, 'old.release'), store));
  for (const role of ['normal-server', 'information-server', 'control-manager'] as const) {
    await Computer.install({
      root: join(folder, role),
      services: servicesOf([role]),
      settings: settingsOf(role),
      store,
      release,
      tokens: { console: 'console-token-of-these-tests' },
      trust: null,
    });
  }
});
after(() => {
  for (const innocent of innocents) innocent.kill('SIGKILL');
  for (const root of roots) for (const { pid } of processesOf(root)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Its information server is dead: nobody listens on that port. */
function settingsOf(role: Role): string {
  return firstSettings({
    roles: [role],
    name: 'files-01',
    site: 'tokyo',
    isEnrolling: false,
    domain: 'web',
    host: '127.0.0.1',
    isInsecure: true,
    informationServer: role === 'normal-server' ? 'http://127.0.0.1:9' : null,
    controlManager: 'http://127.0.0.1:9',
    ports: {
      controlManager: 0,
      controlManagerConsole: 0,
      informationServer: 0,
      informationServerConsole: 0,
    },
    feed: join(folder, 'feed'),
  });
}

const roots: string[] = [];

class Victim {
  readonly root: string;
  #launcher: ChildProcess | null = null;

  constructor(role: Role) {
    this.root = join(folder, `victim-${roots.length}`);
    roots.push(this.root);
    const copied = spawnSync('cp', ['-a', join(folder, role), this.root]);
    assert.equal(copied.status, 0);
    const unit = `[Service]\nExecStart=x\n\n[X-Dankai]\nRoot=${this.root}\n`;
    mkdirSync(join(units, 'multi-user.target.wants'), { recursive: true });
    const name = `dankai-${roots.length}.service`;
    writeFileSync(join(units, name), unit);
    symlinkSync(join(units, name), join(units, 'multi-user.target.wants', name));
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** Runs, with every daemon that it has. */
  async start(services = 1): Promise<void> {
    const program = this.path('launcher', 'launcher.mjs');
    this.#launcher = spawn(process.execPath, [program, '--root', this.root], { stdio: 'ignore' });
    await until(() => processesOf(this.root).length > services);
  }

  pid(what: string): number {
    const found = processesOf(this.root).find((one) => one.what === what);
    assert.ok(found, `${what} runs`);
    return found.pid;
  }

  async endLauncher(signal: NodeJS.Signals): Promise<void> {
    assert.ok(this.#launcher);
    const ended = once(this.#launcher, 'exit');
    this.#launcher.kill(signal);
    await ended;
  }

  replace(name: string, content: string): void {
    rmSync(this.path(name), { force: true });
    writeFileSync(this.path(name), content);
  }
}

async function until(look: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!look()) {
    assert.ok(performance.now() < deadline, 'in time');
    await sleep(20);
  }
}

type Damage = {
  readonly kind: string;
  readonly role?: Role;
  /** Daemons that run before the damage; 0: nothing runs. */
  readonly running?: number;
  damage(victim: Victim): void | Promise<void>;
  /** What must stand there afterwards, below ROOT. */
  readonly stays?: readonly string[];
};

const damages: readonly Damage[] = [
  { kind: 'none, but its information server is dead', running: 1, damage: () => undefined },
  {
    kind: 'launcher.json is gone while it runs',
    running: 1,
    damage: (victim) => rmSync(victim.path('launcher.json')),
  },
  { kind: 'launcher.json is torn', damage: (victim) => victim.replace('launcher.json', '{"form') },
  { kind: 'settings.yaml is gone', damage: (victim) => rmSync(victim.path('settings.yaml')) },
  {
    kind: 'settings.yaml is no YAML, and its daemon ends again and again',
    async damage(victim) {
      victim.replace('settings.yaml', '\t: [');
      await victim.start(0);
    },
  },
  {
    kind: 'its slots are gone while it runs from them',
    running: 1,
    damage: (victim) => rmSync(victim.path('slots'), { recursive: true }),
  },
  {
    kind: 'current leads nowhere',
    damage(victim) {
      rmSync(victim.path('tracks', 'program', 'current'));
      symlinkSync(join('generations', '99'), victim.path('tracks', 'program', 'current'));
    },
  },
  {
    kind: 'the intent file is damaged in the middle of a switch',
    damage(victim) {
      writeFileSync(victim.path('tracks', 'program', 'intent.log'), 'ffff {"type":"switch"\n\0\0');
      mkdirSync(victim.path('tracks', 'program', 'generations', '2.part'));
    },
  },
  {
    kind: 'its state is damaged',
    damage(victim) {
      const data = victim.path('tracks', 'program', 'generations', '1', 'data');
      writeFileSync(join(data, 'normal-server.json'), '\0'.repeat(512));
    },
  },
  {
    kind: 'the launcher is gone from the disk while it runs',
    running: 1,
    damage: (victim) => rmSync(victim.path('launcher'), { recursive: true }),
  },
  {
    kind: 'the whole folder is gone while it runs',
    running: 1,
    damage: (victim) => rmSync(victim.root, { recursive: true }),
  },
  {
    kind: 'a daemon is frozen',
    running: 1,
    damage: (victim) => void process.kill(victim.pid('normal-server'), 'SIGSTOP'),
  },
  {
    kind: 'the launcher is frozen',
    running: 1,
    damage: (victim) => void process.kill(victim.pid('launcher'), 'SIGSTOP'),
  },
  {
    kind: 'the launcher was killed, and its daemon is frozen',
    running: 1,
    async damage(victim) {
      process.kill(victim.pid('normal-server'), 'SIGSTOP');
      await victim.endLauncher('SIGKILL');
    },
  },
  {
    kind: 'folders are closed to their owner',
    damage(victim) {
      for (const name of ['slots', 'secrets', 'tracks']) chmodSync(victim.path(name), 0);
    },
  },
  {
    kind: 'a file stands where its slots were',
    damage(victim) {
      rmSync(victim.path('slots'), { recursive: true });
      writeFileSync(victim.path('slots'), 'not a folder');
    },
  },
  {
    kind: 'an installation that was killed half-way',
    damage(victim) {
      rmSync(victim.path('launcher.json'));
      rmSync(victim.path('settings.yaml'));
      writeFileSync(victim.path('settings.yaml.part-999999-0a1b2c3d'), 'normalS');
      mkdirSync(`${victim.root}.part-999999-0a1b2c3d`);
    },
  },
  {
    kind: 'a removal that was killed half-way',
    damage(victim) {
      for (const name of readdirSync(victim.root)) {
        if (name !== 'launcher') rmSync(victim.path(name), { recursive: true });
      }
    },
  },
  {
    kind: 'its secrets are gone',
    damage: (victim) => rmSync(victim.path('secrets'), { recursive: true, force: true }),
  },
  {
    kind: 'run/ names processes of others',
    damage(victim) {
      mkdirSync(victim.path('run'), { recursive: true });
      const pid = innocents[0]?.pid;
      writeFileSync(victim.path('run', 'launcher.pid'), `${pid}\n`);
      const services = [{ service: 'normal-server', pid, startTicks: null }];
      writeFileSync(victim.path('run', 'services.json'), JSON.stringify({ format: 1, services }));
    },
  },
  {
    kind: 'files of others stand among its own, and others read its logs',
    running: 1,
    damage(victim) {
      writeFileSync(victim.path('notes.txt'), 'mine');
      mkdirSync(victim.path('secrets'), { recursive: true });
      writeFileSync(victim.path('secrets', 'mine.key'), 'mine');
      for (const own of ['rehome.order', 'enrolment.token', 'normal-server.pem']) {
        writeFileSync(victim.path('secrets', own), 'ours');
      }
      writeFileSync(victim.path('logs', 'mine.log'), 'mine');
      innocents.push(spawn('tail', ['-f', victim.path('logs', 'launcher.log')]));
    },
    stays: [join('logs', 'mine.log'), 'notes.txt', join('secrets', 'mine.key')],
  },
  {
    kind: 'a hook of it never ended',
    damage(victim) {
      const env = { DANKAI_ROOT: victim.root, DANKAI_COMMAND: 'a-mark' };
      spawn('/bin/sleep', ['1000'], { env, stdio: 'ignore', detached: true }).unref();
      // What a person exported in a shell makes nothing of it ours.
      const shell = { DANKAI_ROOT: victim.root };
      innocents.push(spawn('/bin/sleep', ['1000'], { env: shell }));
    },
  },
  {
    kind: 'its logs are a link to a folder elsewhere',
    damage(victim) {
      mkdirSync(join(folder, 'elsewhere'));
      writeFileSync(join(folder, 'elsewhere', 'kept'), 'mine');
      rmSync(victim.path('logs'), { recursive: true, force: true });
      symlinkSync(join(folder, 'elsewhere'), victim.path('logs'));
    },
  },
  {
    kind: 'an information server whose journal is torn, with its console, server and agent',
    role: 'information-server',
    running: 3,
    damage(victim) {
      const data = victim.path('tracks', 'program', 'current', 'data');
      writeFileSync(join(data, 'journal.sqlite'), 'no database');
    },
  },
  {
    kind: 'an information server without share and store, killed',
    role: 'information-server',
    running: 3,
    async damage(victim) {
      await victim.endLauncher('SIGKILL');
      for (const name of ['share', 'store']) {
        rmSync(victim.path(name), { recursive: true, force: true });
      }
    },
  },
  {
    kind: 'a control manager whose database is torn',
    role: 'control-manager',
    running: 1,
    damage(victim) {
      const data = victim.path('tracks', 'program', 'current', 'data');
      writeFileSync(join(data, 'control-manager.sqlite'), 'no database');
    },
  },
];

async function removeForced(root: string): Promise<Removed> {
  const found = valueOf('find', await removal.find(root));
  return valueOf('remove', await removal.remove(found, { scope: 'all', isForced: true }));
}

describe(`forced removal from ${damages.length} kinds of damaged installation`, () => {
  before(() => void innocents.push(spawn('/bin/sleep', ['1000'])));

  for (const { kind, role = 'normal-server', running = 0, damage, stays = [] } of damages) {
    test(kind, async () => {
      const victim = new Victim(role);
      if (running > 0) await victim.start(running);
      await damage(victim);
      const removed = await removeForced(victim.root);
      assert.deepEqual(processesOf(victim.root), []);
      assert.deepEqual(filesIn(victim.root), stays.toSorted());
      assert.deepEqual(
        removed.left.map(({ path }) => path).filter((path) => path.startsWith(victim.root)),
        stays.map((name) => victim.path(name)),
      );
      assert.deepEqual(
        textsIn(units).filter((text) => text.includes(`${victim.root}\n`)),
        [],
      );
      const beside = readdirSync(folder).filter((name) => name.startsWith('victim-'));
      const kept = stays.length === 0 ? [] : [victim.root];
      assert.deepEqual(
        beside.map((name) => join(folder, name)).filter((one) => one.startsWith(victim.root)),
        kept,
      );
      for (const innocent of innocents)
        assert.equal(innocent.exitCode ?? innocent.signalCode, null);
      // Told of itself that nothing stands there any more.
      if (stays.length > 0) for (const name of stays) rmSync(victim.path(name));
      const again = await removal.find(victim.root);
      assert.equal(again.ok ? 'found' : again.because.code, 'INSTALLATION_ABSENT');
    });
  }
  test('what a link led to is left', () => {
    assert.equal(readFileSync(join(folder, 'elsewhere', 'kept'), 'utf8'), 'mine');
  });
});

function filesIn(root: string): string[] {
  if (!existsSync(root)) return [];
  const found = readdirSync(root, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name).slice(root.length + 1))
    .toSorted();
}

function textsIn(place: string): string[] {
  return readdirSync(place, { withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(place, one.name), 'utf8'));
}

describe('what is no installation is never touched', () => {
  for (const [title, names] of [
    ['an empty folder', []],
    ['a folder whose names are like ours', ['run', 'share', 'logs', 'downloads', 'secrets']],
  ] as const) {
    test(title, async () => {
      const root = mkdtempSync(join(folder, 'other-'));
      for (const name of names) {
        mkdirSync(join(root, name));
        writeFileSync(join(root, name, 'mine'), '');
      }
      const found = await removal.find(root);
      assert.equal(found.ok ? 'found' : found.because.code, 'INSTALLATION_ABSENT');
    });
  }

  test('the root of the file system', async () => {
    const found = await removal.find('/');
    assert.equal(found.ok ? 'found' : found.because.code, 'INSTALLATION_ABSENT');
  });
});

test('an agent is taken away by itself; the information server beside it runs on without it', async () => {
  const victim = new Victim('information-server');
  await victim.start(3);
  const found = valueOf('find', await removal.find(victim.root));
  const removed = valueOf(
    'remove',
    await removal.remove(found, { scope: 'agent', isForced: false }),
  );
  assert.equal(removed.launcherEnded, true);
  assert.deepEqual(readdirSync(victim.path('tracks')), ['program']);
  assert.doesNotMatch(readFileSync(victim.path('settings.yaml'), 'utf8'), /controlManagerAgent/);
  await victim.start(2);
  await until(() => existsSync(victim.path('run', 'information-server.json')));
  const what = processesOf(victim.root).map((one) => one.what);
  assert.deepEqual(what.toSorted(), ['information-server', 'launcher', 'normal-server']);
  await removeForced(victim.root);
  assert.equal(existsSync(victim.root), false);
});
