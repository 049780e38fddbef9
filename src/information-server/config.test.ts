import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readOwnSettings } from './config.ts';

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
