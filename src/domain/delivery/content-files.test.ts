import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerIni } from '../catalogue/server-ini.ts';
import { contentFilesOf } from './content-files.ts';

/** `component version path bytes` of each file, or the code of the refusal. */
function check(name: string, lines: readonly string[], expected: readonly string[] | string): void {
  test(name, () => {
    const ini = parseServerIni(['[PATTERN]', ...lines].join('\r\n'));
    assert.ok(ini.ok);
    const answer = contentFilesOf(ini.value);
    const found = answer.ok
      ? answer.value.map((one) => `${one.component} ${one.version} ${one.path} ${one.bytes}`)
      : answer.because.code;
    assert.deepEqual(found, expected);
  });
}

check(
  'named components',
  ['P.2=pattern/lpt.123,1.23,10', 'p.4=spyware\\ssa.1, 7 , 5'],
  ['pattern 1.23 pattern/lpt.123 10', 'spyware-pattern 7 spyware/ssa.1 5'],
);
check(
  'an id that nobody named is a component all the same',
  ['P.48=x/y.ptn,1,3'],
  ['pattern-48 1 x/y.ptn 3'],
);
check(
  'increments and other keys are left alone',
  ['P.2.Merge.1=a,1,2', 'Note=hello', 'P.2.x=1,1,1'],
  [],
);
check('a size that is none', ['P.2=a.ptn,1,many'], 'CATALOGUE_SIZE_NOT_A_NUMBER');
check('a version that is none', ['P.2=a.ptn,new,3'], 'VERSION_UNREADABLE');
check('a path that leaves the feed', ['P.2=../../etc/passwd,1,3'], 'CATALOGUE_PATH_LEAVES_SHARE');
check('an absolute path', ['P.2=/etc/passwd,1,3'], 'CATALOGUE_PATH_LEAVES_SHARE');
check('a path with a comma', ['P.2=a,b.ptn,1,3'], 'PACKAGE_PATH_UNSAFE');
check('a path of ours, as Windows reads it', ['P.2=PROGRAMS./a,1,3'], 'PACKAGE_PATH_UNSAFE');
check('a device of Windows', ['P.2=a/nul.txt,1,3'], 'PACKAGE_PATH_UNSAFE');
check('a path without end', [`P.2=${'a/'.repeat(250)}b,1,3`], 'FEED_UNREADABLE');
check('the longest path', [`P.2=${'a/'.repeat(249)}bc,1,3`], [`pattern 1 ${'a/'.repeat(249)}bc 3`]);
check(
  'more files than an offer carries',
  Array.from({ length: 501 }, (_, id) => `P.${id}=a.ptn,1,3`),
  'FEED_UNREADABLE',
);

test('a site without a [PATTERN] section offers nothing', () => {
  const ini = parseServerIni('[Server]\nName=a\n');
  assert.ok(ini.ok);
  assert.deepEqual(contentFilesOf(ini.value), { ok: true, value: [] });
});
