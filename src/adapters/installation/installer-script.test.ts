/** The lines at the front of an installer, run by the system's own sh over a tiny tar. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installerScript } from './installer-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'dankai-script-'));
after(() => rmSync(folder, { recursive: true }));

const facts = {
  version: '5.80.1179',
  platform: 'any',
  site: "o'hara",
  fingerprint: 'ab'.repeat(32),
};

/** Its program tells what it was given, and ends with 7. */
function installer(
  name: string,
  change: Partial<typeof facts> & { readonly runtime?: string } = {},
) {
  const { runtime, ...others } = change;
  const tree = join(folder, name, 'dankai', 'tree');
  mkdirSync(join(tree, 'bin'), { recursive: true });
  writeFileSync(join(tree, 'bin', 'dankai'), '#!/bin/sh\nprintf "[%s]" "$@"\nexit 7\n', {
    mode: 0o755,
  });
  if (runtime !== undefined) {
    mkdirSync(join(tree, 'runtime'));
    writeFileSync(join(tree, 'runtime', 'node'), runtime, { mode: 0o755 });
  }
  const packed = spawnSync('tar', ['-czf', '-', '-C', join(folder, name), 'dankai']);
  const file = join(folder, `${name}.run`);
  const script = installerScript({ ...facts, ...others });
  writeFileSync(file, Buffer.concat([Buffer.from(script), packed.stdout]));
  chmodSync(file, 0o700);
  return (...words: readonly string[]) => {
    const env = { PATH: '/usr/bin:/bin', TMPDIR: folder };
    const { status, stdout, stderr } = spawnSync(file, words, { encoding: 'utf8', env });
    const left = readdirSync(folder).filter((one) => one.startsWith('dankai-installer.'));
    assert.deepEqual(left, [], 'it clears up after itself');
    return { status, told: stdout + stderr };
  };
}

test('without a command it installs, with what it was given; its end is that of the program', () => {
  const run = installer('plain');
  assert.deepEqual(run(), { status: 7, told: '[install]' });
  assert.deepEqual(run('--role', 'a b'), { status: 7, told: '[install][--role][a b]' });
  assert.deepEqual(run('uninstall', '--yes'), { status: 7, told: '[uninstall][--yes]' });
});

test('version and site are told without unpacking anything', () => {
  const run = installer('told', { site: facts.site });
  assert.deepEqual(run('--version'), { status: 0, told: '5.80.1179\n' });
  assert.match(
    run('--about').told,
    /^Dankai 5\.80\.1179, any, site o'hara\norganisation (ab){32}\n$/,
  );
});

test('on another platform it says so and unpacks nothing', () => {
  const { status, told } = installer('other', { platform: 'linux-m68k' })();
  assert.equal(status, 1);
  assert.match(told, /for linux-m68k.*\n\(INSTALLER_OF_OTHER_PLATFORM\)\n$/);
});

test('a program that does not start here is told with what it lacks', () => {
  const runtime =
    '#!/bin/sh\necho "libatomic.so.1: cannot open shared object file" >&2\nexit 127\n';
  const { status, told } = installer('lacking', { runtime })();
  assert.equal(status, 1);
  assert.match(told, /libatomic\.so\.1: cannot open.*\nNext: install libatomic1.*\n\(RUNTIME_NOT/);
});

test('one that is cut short says so', () => {
  const run = installer('whole');
  assert.equal(run().status, 7);
  const file = join(folder, 'whole.run');
  const script = installerScript(facts);
  writeFileSync(file, `${script}no tar`, { mode: 0o700 });
  const { status, told } = run();
  assert.equal(status, 1);
  assert.match(told, /\(INSTALLER_UNREADABLE\)\n$/);
});
