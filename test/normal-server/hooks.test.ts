/** Commands of a tree as real processes: what a hook is given, and what it cannot take. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLimits, runCommandIn } from '#adapters/computer/command-run.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import type { CommandEnd } from '#ports/installer.ts';

const component = brand<ComponentName>('program');
/** No hook that works needs so long, however loaded the machine is. */
const longSeconds = 50;
const shortSeconds = 0.3;

let root: string;
let folder: string;
let count = 0;
before(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'dankai-hooks-')));
});
after(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = join(root, `tree-${(count += 1)}`);
  await mkdir(join(folder, 'bin'), { recursive: true });
});

async function ran(
  script: string,
  options: { readonly rest?: readonly string[]; readonly secondsMax?: number } = {},
): Promise<CommandEnd> {
  await writeFile(join(folder, 'bin/hook'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { rest = [], secondsMax = longSeconds } = options;
  return runCommandIn(root)({ argv: ['bin/hook', ...rest], folder, secondsMax, component });
}

async function wrote(name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8');
}

/** The dead that nobody has buried yet do not count. */
async function isAlive(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid.trim()}/stat`, 'latin1').catch(() => ') Z');
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[0] !== 'Z';
}

async function timedOut(script: string): Promise<void> {
  const end = await ran(script, { secondsMax: shortSeconds });
  assert.ok(!end.ok);
  assert.equal(end.timeout, true);
  assert.match(end.detail, /^no end within 0\.3 s/);
}

describe('a hook is given', () => {
  test('no shell: its words arrive as they are', async () => {
    const rest = ['; touch made', '$(touch made)', '`touch made`', '*', '> made', '$HOME', ''];
    assert.deepEqual(await ran('for one in "$@"; do echo "[$one]"; done > said', { rest }), {
      ok: true,
    });
    assert.equal(await wrote('said'), rest.map((one) => `[${one}]\n`).join(''));
    assert.equal((await readdir(folder)).includes('made'), false);
  });

  test('no shell: a name that a shell would take apart is no program', async () => {
    for (const name of ['bin/hook; touch made', 'true && touch made', '$(touch made)']) {
      const end = await runCommandIn(root)({ argv: [name], folder, secondsMax: 5, component });
      assert.equal(end.ok, false);
    }
    assert.equal((await readdir(folder)).includes('made'), false);
  });

  test('five variables, and none of the secrets of the daemon', async () => {
    process.env['DANKAI_SECRET_OF_THIS_TEST'] = 'secret';
    process.env['NODE_OPTIONS'] ??= '';
    await ran('env > said');
    delete process.env['DANKAI_SECRET_OF_THIS_TEST'];
    // `PWD` and such are a shell's own.
    const shellOwn = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    const names = (await wrote('said'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(0, line.indexOf('=')))
      .filter((name) => !shellOwn.includes(name));
    assert.deepEqual(names.toSorted(), [
      'DANKAI_COMMAND',
      'DANKAI_COMPONENT',
      'DANKAI_ROOT',
      'LANG',
      'PATH',
    ]);
    assert.match(await wrote('said'), new RegExp(`^DANKAI_ROOT=${root}$`, 'm'));
    assert.match(await wrote('said'), /^DANKAI_COMPONENT=program$/m);
  });

  test('the tree as its working folder', async () => {
    await ran('pwd -P > said');
    assert.equal(await wrote('said'), `${folder}\n`);
  });

  test('an empty input, and no open file of the daemon', async () => {
    const secret = await open(join(root, 'secret'), 'w+');
    await ran('cat > input; files=$(ls -l /proc/$$/fd); echo "$files" > files');
    await secret.close();
    assert.equal(await wrote('input'), '');
    assert.match(await wrote('files'), / 0 -> \/dev\/null$/m);
    assert.doesNotMatch(await wrote('files'), /secret/);
  });
});

describe('a hook cannot take', () => {
  test('more time: one that never ends', async () => {
    await timedOut('echo $$ > pid; while true; do sleep 60; done');
    assert.equal(await isAlive(await wrote('pid')), false);
  });

  test('more time: one that ignores SIGTERM', async () => {
    await timedOut('trap "" TERM; echo $$ > pid; while true; do sleep 60; done');
    assert.equal(await isAlive(await wrote('pid')), false);
  });

  test('more time: one whose child ignores SIGTERM while it itself ends', async () => {
    await timedOut(
      '(trap "" TERM; while true; do sleep 60; done) & echo $! > pid; while true; do sleep 60; done',
    );
    assert.equal(await isAlive(await wrote('pid')), false);
  });

  test('more time: one that forks away into a session of its own', async () => {
    await timedOut(
      'setsid sh -c \'trap "" TERM; echo $$ > pid; while true; do sleep 60; done\' &\nsleep 60',
    );
    assert.equal(await isAlive(await wrote('pid')), false);
  });

  test('more time: one that forks again and again while it is being ended', async () => {
    const chain = '#!/bin/sh\ntrap "" TERM\nsleep 0.05\nsetsid "$0" &\nsleep 0.05\n';
    await writeFile(join(folder, 'bin/chain'), chain, { mode: 0o755 });
    await timedOut('bin/chain & sleep 60');
    const isChain = async (pid: string): Promise<boolean> => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.includes(join(folder, 'bin/chain')) || line.includes('bin/chain');
    };
    await sleep(300);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const left = await Promise.all(pids.map(isChain));
    assert.equal(left.includes(true), false);
  });

  test('more memory for what it writes: a flood is read, and its end kept', async () => {
    const before = process.memoryUsage().rss;
    const end = await ran('yes | head -c 50000000; echo the last word >&2; exit 3');
    assert.ok(!end.ok && !end.timeout);
    assert.match(end.detail, /^status 3: /);
    assert.match(end.detail, /the last word/);
    assert.ok(end.detail.length <= commandLimits.outputCharactersMax + 20);
    assert.ok(process.memoryUsage().rss - before < 200_000_000);
  });

  test('what it left running after a good end is left alone', async () => {
    assert.deepEqual(await ran('sleep 600 > /dev/null 2>&1 & echo $! > pid'), { ok: true });
    const pid = await wrote('pid');
    assert.equal(await isAlive(pid), true);
    process.kill(Number(pid));
  });
});
