import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ordering } from '../catalogue/version.ts';
import { againstItem } from './content-item.ts';

function check(ordering: Ordering, version: string, path: string, expected: string | null): void {
  test(`${ordering} ${JSON.stringify(version)} at ${JSON.stringify(path)}: ${expected}`, () => {
    assert.equal(againstItem({ version, ordering, path })?.code ?? null, expected);
  });
}

check('dotted', '1.23', 'pattern/lpt.123', null);
check('semver', '2.0.0-rc.1', 'a.ptn', null);
check('date', '2026-11-22', 'a.ptn', null);
check('semver', '1.23', 'a.ptn', 'VERSION_UNREADABLE');
for (const version of ['new', '1,2', '1=2', '1\n2', '1\n', ' 1', '1 ', '', '1\u0000']) {
  check('dotted', version, 'a.ptn', 'VERSION_UNREADABLE');
}
const paths = [
  'PROGRAMS./x',
  'programs /x',
  'programs/x',
  'Server.ini',
  'con',
  'a/nul.txt',
  'COM1',
];
for (const path of [...paths, 'x:y', 'a,b', '../a', 'a/', ' a', 'a\0b']) {
  check('dotted', '1', path, 'PACKAGE_PATH_UNSAFE');
}
