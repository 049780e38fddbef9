import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readTreeCommands } from './release-file-build.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-commands-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function refused(text: string): Promise<string> {
  const file = join(folder, 'commands.yaml');
  await writeFile(file, text);
  const read = await readTreeCommands(file);
  assert.ok(!read.ok);
  assert.equal(read.because.code, 'FILE_UNREADABLE');
  return String(read.because.with['detail']);
}

test('commands of a tree are read, and an empty file has none', async () => {
  const file = join(folder, 'commands.yaml');
  await writeFile(file, 'stop: { argv: [bin/stop], secondsMax: 30 }\n');
  const read = await readTreeCommands(file);
  assert.deepEqual(read, { ok: true, value: { stop: { argv: ['bin/stop'], secondsMax: 30 } } });
});

test('health is a command, an address of this computer or a unit, and nothing else', async () => {
  const often = 'secondsMax: 5, times: 3, intervalSeconds: 10';
  const file = join(folder, 'commands.yaml');
  for (const how of [
    'argv: [bin/health]',
    'http: "http://127.0.0.1:8080/health"',
    'http: "https://[::1]:8443/"',
    'unit: scan@a.service, restartsMax: 0, memoryMebibytesMax: 512',
  ]) {
    await writeFile(file, `health: { ${how}, ${often} }\n`);
    assert.ok((await readTreeCommands(file)).ok, how);
  }
  for (const how of [
    'http: "http://example.org/"',
    'http: "file:///etc/passwd"',
    'http: "http://127.0.0.1.example.org/"',
    'unit: "--all"',
    'unit: "a b.service"',
    'argv: [bin/health], unit: scan.service',
  ]) {
    assert.match(await refused(`health: { ${how}, ${often} }\n`), /^1:/, how);
  }
});

test('aliases that multiply, or lead nowhere, are refused in words', async () => {
  const nine = (name: string): string => `[${Array(9).fill(name).join(',')}]`;
  const laughs = ['a', 'b', 'c', 'd', 'e'].map(
    (name, index, all) => `${name}: &${name} ${nine(index === 0 ? 'x' : `*${all[index - 1]}`)}`,
  );
  assert.match(await refused(`${laughs.join('\n')}\n`), /alias/i);
  assert.match(await refused('stop: *nowhere\n'), /alias/i);
});

test('a mistake is told with its place', async () => {
  assert.match(await refused('stop: { argv: [bin/stop], secondsMax: many }\n'), /^1:39 /);
});
