import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import {
  insecureDialProblem,
  insecureListenProblem,
  listenAddress,
  readSettings,
} from './settings-yaml.ts';

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

test('a listener without certificates stands on loopback alone, accepted or not', () => {
  const codeOf = (hosts: string[], insecureLoopback?: 'accepted'): string | undefined =>
    insecureListenProblem({ insecureLoopback }, hosts)?.code;
  assert.equal(codeOf(['127.0.0.1', 'localhost', '::1', '127.3.2.1'], 'accepted'), undefined);
  assert.equal(codeOf(['127.0.0.1', '0.0.0.0'], 'accepted'), 'LINK_INSECURE');
  assert.equal(codeOf(['127.example.org'], 'accepted'), 'LINK_INSECURE');
  assert.equal(codeOf(['0.0.0.0']), undefined, 'it is TLS');
});

test('http is dialled on an accepted loopback alone, https everywhere else', () => {
  const codeOf = (address: string, insecureLoopback?: 'accepted'): string | undefined =>
    insecureDialProblem({ insecureLoopback }, [address])?.code;
  for (const [address, otherwise, accepted] of [
    ['https://192.0.2.1:4481', undefined, 'LINK_INSECURE'],
    ['https://127.0.0.1:4481', undefined, 'LINK_INSECURE'],
    ['http://127.0.0.1:4481', 'LINK_INSECURE', undefined],
    ['http://[::1]:4481', 'LINK_INSECURE', undefined],
    ['http://192.0.2.1:4481', 'LINK_INSECURE', 'LINK_INSECURE'],
    ['ftp://127.0.0.1', 'LINK_INSECURE', 'LINK_INSECURE'],
  ] as const) {
    assert.equal(codeOf(address), otherwise, address);
    assert.equal(codeOf(address, 'accepted'), accepted, address);
  }
});

test('settings that cannot be read at all are refused in words, whatever stands in their place', async () => {
  const answer = await readSettings({ file: folder, section: 'controlManager', schema });
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'FILE_UNREADABLE');
});
