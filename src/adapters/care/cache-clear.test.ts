/** What a cache is, and what it is not: real folders as a normal server leaves them. */

import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { clearCaches } from './cache-clear.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dankai-cache-'));
  const services = [{ name: 'normal-server', track: 'program' }];
  writeFileSync(join(root, 'launcher.json'), JSON.stringify({ format: 1, services }));
  for (const component of ['pattern', 'scan-engine']) {
    for (const [at, name] of ['oldest', 'before', 'current-one', 'fetched'].entries()) {
      version(component, name, at);
    }
    mkdirSync(join(root, 'contents', component, 'torn.part-1-2'));
    symlinkSync('current-one', join(root, 'contents', component, 'current'));
  }
  mkdirSync(join(root, 'inbox'));
  writeFileSync(join(root, 'inbox', 'on-its-way'), 'four');
  mkdirSync(join(root, 'slots', 'a-slot'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function version(component: string, name: string, at: number): void {
  const folder = join(root, 'contents', component, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'release.json'), '{}');
  utimesSync(join(folder, 'release.json'), at + 1, at + 1);
}

const left = (component: string): string[] => readdirSync(join(root, 'contents', component));

test('what runs and the one before it stay; the others, torn ones too, go', async () => {
  const cleared = await clearCaches(root, ['patterns']);
  assert.ok(cleared.ok);
  assert.deepEqual(left('pattern').toSorted(), ['before', 'current', 'current-one']);
  assert.equal(left('scan-engine').length, 6);
  assert.deepEqual(readdirSync(join(root, 'inbox')), []);
  assert.deepEqual(readdirSync(join(root, 'slots')), ['a-slot']);
  const paths = cleared.value.removed.map(({ path }) => path.slice(root.length + 1));
  assert.deepEqual(paths.toSorted(), [
    'contents/pattern/fetched',
    'contents/pattern/oldest',
    'contents/pattern/torn.part-1-2',
    'inbox/on-its-way',
  ]);
  assert.equal(cleared.value.removed.find(({ path }) => path.endsWith('way'))?.bytes, 4);
});

test('engines are cleared by themselves, and both at once', async () => {
  assert.ok((await clearCaches(root, ['engines'])).ok);
  assert.deepEqual([left('pattern').length, left('scan-engine').length], [6, 3]);
  assert.ok((await clearCaches(root, ['engines', 'patterns'])).ok);
  assert.equal(left('pattern').length, 3);
});

test('without a current version nothing of it is kept', async () => {
  rmSync(join(root, 'contents', 'pattern', 'current'));
  assert.ok((await clearCaches(root, ['patterns'])).ok);
  assert.deepEqual(left('pattern'), []);
});

test('a folder that is no installation is not touched', async () => {
  rmSync(join(root, 'launcher.json'));
  const cleared = await clearCaches(root, ['patterns']);
  assert.equal(cleared.ok ? 'cleared' : cleared.because.code, 'INSTALLATION_ABSENT');
  assert.equal(left('pattern').length, 6);
});
