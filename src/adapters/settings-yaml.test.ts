import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { listenAddress, plainNetworkProblem, readSettings } from './settings-yaml.ts';

const schema = z.strictObject({ name: z.string(), listen: listenAddress });

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-settings-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

/** The answer in short: the value, or `line:column expected`. */
function check(name: string, lines: readonly string[], expected: unknown): void {
  test(name, async () => {
    const file = join(folder, 'settings.yaml');
    await writeFile(file, lines.join('\n'));
    const answer = await readSettings({ file, section: 'controlManager', schema });
    if (answer.ok) return assert.deepEqual(answer.value, expected);
    assert.equal(answer.because.code, 'SETTINGS_UNREADABLE');
    const { line, column, expected: wanted } = answer.because.with;
    assert.equal(`${line}:${column} ${wanted}`, expected);
  });
}

check(
  'a right section, others not looked at',
  ['normalServer: 7', 'controlManager:', '  name: a', '  listen: { host: 127.0.0.1, port: 0 }'],
  { name: 'a', listen: { host: '127.0.0.1', port: 0 } },
);
check('no such section', ['normalServer: 7'], '1:1 key-absent: controlManager');
check(
  'a wrong value',
  ['controlManager:', '  name: a', '  listen:', '    host: 127.0.0.1', '    port: many'],
  '5:11 Invalid input: expected number, received string',
);
check(
  'a setting that nobody knows',
  ['controlManager:', '  name: a', '  nmae: b', '  listen: { host: a, port: 0 }'],
  '3:3 Unrecognized key: "nmae"',
);
check(
  'a setting that is absent',
  ['# a comment', 'controlManager:', '  name: a'],
  '3:3 key-absent: listen',
);
check('no YAML', ['controlManager:', '  name: "a'], '2:11 yaml: Missing closing "quote');
check(
  'a key twice',
  ['controlManager:', '  name: a', '  name: b'],
  '3:3 yaml: Map keys must be unique',
);

test('a file that is not there is named', async () => {
  const file = join(folder, 'absent.yaml');
  const answer = await readSettings({ file, section: 'controlManager', schema });
  assert.ok(!answer.ok && answer.because.code === 'FILE_UNREADABLE');
});

test('plain links stay on this machine unless that was accepted', () => {
  const codes = (hosts: string[], accepted?: 'accepted'): string | undefined =>
    plainNetworkProblem({ plainNetwork: accepted }, hosts)?.code;
  assert.equal(codes(['127.0.0.1', 'localhost', '::1', '127.3.2.1']), undefined);
  assert.equal(codes(['127.0.0.1', '0.0.0.0']), 'PLAIN_NETWORK');
  assert.equal(codes(['127.example.org']), 'PLAIN_NETWORK');
  assert.equal(codes(['0.0.0.0'], 'accepted'), undefined);
});
