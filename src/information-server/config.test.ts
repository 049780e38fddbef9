import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readOwnServer, readOwnSettings } from './config.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dankai-settings-'));
});
after(async () => rm(root, { recursive: true, force: true }));

async function readWith(...lines: readonly string[]) {
  const section = [
    'informationServer:',
    '  site: tokyo',
    '  listen: { host: 127.0.0.1, port: 0 }',
    '  console: { host: 127.0.0.1, port: 0 }',
    ...lines,
  ];
  await writeFile(join(root, 'settings.yaml'), section.join('\n'));
  return readOwnSettings(root);
}

test('a schedule of updates is read, and no update task is set without one', async () => {
  const read = await readWith('  updateSource: /srv/updates', "  updateSchedule: '15 3 * * mon'");
  assert.ok(read.ok, JSON.stringify(read));
  assert.equal(read.value.updateSource, '/srv/updates');
  assert.equal(read.value.updateSchedule, '15 3 * * mon');
  const plain = await readWith();
  assert.ok(plain.ok && plain.value.updateSchedule === undefined);
});

for (const expression of ['every night', '61 * * * *', '* * *', '']) {
  test(`no cron expression: '${expression}' is refused with its place`, async () => {
    const read = await readWith(
      '  updateSource: /srv/updates',
      `  updateSchedule: '${expression}'`,
    );
    assert.ok(!read.ok);
    assert.deepEqual(read.because, {
      code: 'SETTINGS_UNREADABLE',
      with: {
        file: join(root, 'settings.yaml'),
        line: 6,
        column: 19,
        expected: 'a cron expression',
      },
    });
  });
}

test('certificates hold for thirty days, or for as many hours as are set, within bounds', async () => {
  const hoursOf = async (...lines: string[]) => {
    const read = await readWith(...lines);
    return read.ok ? read.value.certificateHours : read.because.code;
  };
  assert.equal(await hoursOf(), 720);
  assert.equal(await hoursOf('  certificateHours: 1'), 1);
  assert.equal(await hoursOf('  certificateHours: 2160'), 2160);
  assert.equal(await hoursOf('  certificateHours: 0.9'), 'SETTINGS_UNREADABLE');
  assert.equal(await hoursOf('  certificateHours: 2161'), 'SETTINGS_UNREADABLE');
});

test('the server beside this one is whoever the same settings make it, and nobody else', async () => {
  await readWith('normalServer: { server: tokyo-own, informationServer: run }');
  assert.equal(await readOwnServer(root), 'tokyo-own');
  await readWith('normalServer: { server: files-01, informationServer: enrolled }');
  assert.equal(await readOwnServer(root), null);
  await readWith();
  assert.equal(await readOwnServer(root), null);
});
