/** A folder in place of systemd's, and an answer in place of systemd: what is written, and undone. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { installUnit, removeService, type Systemd } from './service-install.ts';

const folder = mkdtempSync(join(tmpdir(), 'dankai-service-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function here(against: (words: string) => string = () => '') {
  const base = join(folder, String((count += 1)));
  const [root, units] = [join(base, 'root'), join(base, 'units')];
  for (const one of [join(root, 'launcher'), units]) mkdirSync(one, { recursive: true });
  const services = [{ name: 'normal-server', track: 'program' }];
  writeFileSync(join(root, 'launcher.json'), JSON.stringify({ format: 1, services }));
  writeFileSync(join(root, 'settings.yaml'), 'normalServer: {server: a1, domain: tokyo}\n');
  const asked: string[] = [];
  const systemd: Systemd = {
    places: [{ folder: units, isUser: false }],
    isHere: () => true,
    ask(_isUser, words) {
      asked.push(words.join(' '));
      return against(words.join(' '));
    },
  };
  return { root, units, asked, systemd, standing: () => readdirSync(units) };
}

test('the unit is written, enabled and started; and taken away as it came', async () => {
  const { root, units, asked, systemd, standing } = here();
  assert.deepEqual(await installUnit(root, systemd), {
    ok: true,
    value: join(units, 'dankai.service'),
  });
  assert.match(readFileSync(join(units, 'dankai.service'), 'utf8'), /^ExecStart=/m);
  assert.deepEqual(asked.splice(0), ['daemon-reload', 'enable --now dankai.service']);
  // Again: the same file, written anew.
  assert.ok((await installUnit(root, systemd)).ok);
  assert.deepEqual(standing(), ['dankai.service']);
  asked.length = 0;
  assert.deepEqual(await removeService(root, systemd), {
    ok: true,
    value: [join(units, 'dankai.service')],
  });
  assert.deepEqual(asked, ['disable --now dankai.service', 'daemon-reload']);
  assert.deepEqual(standing(), []);
  const again = await removeService(root, systemd);
  assert.equal(again.ok ? 'removed' : again.because.code, 'SERVICE_NOT_INSTALLED');
});

test('what systemd does not take is undone', async () => {
  const refusing = (words: string) => (words.startsWith('enable') ? 'Unit is masked.\n' : '');
  const { root, systemd, standing, asked } = here(refusing);
  const made = await installUnit(root, systemd);
  assert.equal(made.ok ? 'made' : made.because.code, 'SERVICE_REFUSED');
  assert.deepEqual(standing(), []);
  assert.equal(asked.at(-1), 'daemon-reload');
});

test('one that stood before is back as it was', async () => {
  let refuses = false;
  const { root, units, systemd } = here((words) =>
    refuses && words !== 'daemon-reload' ? 'no' : '',
  );
  await installUnit(root, systemd);
  const file = join(units, 'dankai.service');
  const before = `# by hand\n${readFileSync(file, 'utf8')}`;
  writeFileSync(file, before);
  refuses = true;
  assert.equal((await installUnit(root, systemd)).ok, false);
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('the unit of another installation, or of nobody known, is left alone', async () => {
  const { root, units, systemd } = here();
  writeFileSync(join(units, 'dankai.service'), '[Unit]\n');
  const made = await installUnit(root, systemd);
  assert.equal(made.ok ? 'made' : made.because.code, 'FILE_EXISTS');
  assert.equal(readFileSync(join(units, 'dankai.service'), 'utf8'), '[Unit]\n');
});

test('without systemd nothing is written', async () => {
  const { root, systemd, standing } = here();
  const made = await installUnit(root, { ...systemd, isHere: () => false });
  assert.equal(made.ok ? 'made' : made.because.code, 'SYSTEMD_ABSENT');
  assert.deepEqual(standing(), []);
});
