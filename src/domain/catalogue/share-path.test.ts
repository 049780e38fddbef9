import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparablePath, isSafePath, pathLeavesShare } from './share-path.ts';

const staying = [
  'a',
  'ServerProtect/spnt58J.zip',
  'serverprotect\\spnt580\\auspnt50.zip',
  'pattern/lpt$vpn.123',
  '.hidden/..file',
  'a..b/c. d',
  '100%/a',
  'パターン/表.zip',
];

const leaving = [
  '',
  ' ',
  '.',
  '..',
  '../a',
  'a/../../b',
  'a/..',
  'a\\..\\..\\b',
  'a/.. /b',
  'a/.../b',
  './a',
  '/etc/passwd',
  '\\\\server\\share',
  '\\a',
  'C:/a',
  'c:a',
  'a/b:stream',
  'a//b',
  'a/',
  'a\0b',
  'a\tb',
  'a\u001Fb',
  'a/%2e%2e/b',
  'a%2Fb',
  'a%5cb',
  'a\u007F',
];

test('a path inside the share may look as it likes', () => {
  for (const path of staying) assert.equal(pathLeavesShare(path), false, path);
});

test('a path that could leave the share on any system is none', () => {
  for (const path of leaving) assert.equal(pathLeavesShare(path), true, JSON.stringify(path));
});

test('paths compare without case and with either separator', () => {
  assert.equal(comparablePath('ServerProtect\\A.zip'), comparablePath('serverprotect/a.ZIP'));
});

test('a path that we lay down ourselves means the same file on every system', () => {
  for (const path of [...staying, 'lpt.123', 'pattern/com/nulls.txt', 'a/ b', 'console']) {
    assert.equal(isSafePath(path), true, path);
  }
  const unsafe = ['PROGRAMS./x', 'programs /x', 'a/b.', 'a/b ', 'a\\b. \\c', ' a', 'x:y', 'a,b'];
  const devices = ['con', 'nul.txt', 'a/COM1', 'LPT9.tar.gz/b', 'a\\Aux .x', 'COM¹', 'conin$'];
  for (const path of [...unsafe, ...devices, ...leaving]) {
    assert.equal(isSafePath(path), false, JSON.stringify(path));
  }
});
