import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProblemCode } from '../problem.ts';
import { checkEntries, entryOf, parseSectionName, patternsOf } from './entry.ts';
import { parseServerIni, type ServerIni } from './server-ini.ts';

function parsed(text: string): ServerIni {
  const ini = parseServerIni(text);
  assert(ini.ok);
  return ini.value;
}

test('an Info section is a typed entry, with or without a blank after the comma', () => {
  const ini = parsed(
    '[info_186_50000_4_5121]\r\nVersion=5.7\r\nMIN=5.0\r\n' +
      'Update_Path=serverprotect/spnt64/auspnt50.zip, 42341\r\nPath=a,b.zip ,5\r\n',
  );
  assert.deepEqual(entryOf(ini, 'Info_186_50000_4_5121'), {
    ok: true,
    value: {
      section: 'info_186_50000_4_5121',
      name: { component: 186, n: 50000, language: 4, platform: 5121 },
      version: '5.7',
      min: '5.0',
      max: null,
      updatePath: { path: 'serverprotect/spnt64/auspnt50.zip', bytes: 42341 },
      path: { path: 'a,b.zip', bytes: 5 },
    },
  });
});

test('what is no entry has none', () => {
  const ini = parsed('[Server]\nVersion=1\n[Info_2_3]\nVersion=1\n');
  for (const name of ['Server', 'Info_2_3', 'Info_1_1_1_1']) {
    assert.deepEqual(entryOf(ini, name), { ok: true, value: null });
  }
  assert.equal(parseSectionName('Info_1_2_3_x'), null);
  assert.equal(parseSectionName('Info_1_2_3_4_5'), null);
});

test('an entry that cannot be read is refused with its line', () => {
  const ini = parsed('[Info_2_5_4_1]\nVersion=1\nPath=C:/a,1\n');
  assert.deepEqual(entryOf(ini, 'Info_2_5_4_1'), {
    ok: false,
    because: { code: 'CATALOGUE_PATH_LEAVES_SHARE', with: { line: 3, path: 'C:/a' } },
  });
});

test('an entry whose small updater cannot be read is refused as well', () => {
  const entry = entryOf(parsed('[Info_2_5_4_1]\nUpdate_Path=a\nPath=b,1\n'), 'Info_2_5_4_1');
  assert.equal(entry.ok ? null : entry.because.code, 'CATALOGUE_SIZE_NOT_A_NUMBER');
});

function check(text: string, expected: 'ok' | ProblemCode): void {
  test(`entries: ${JSON.stringify(text)}: ${expected}`, () => {
    const checked = checkEntries(parsed(text));
    assert.equal(checked.ok ? 'ok' : checked.because.code, expected);
  });
}

const entry = (line: string): string => `[Info_1_2_3_4]\n${line}\n`;
check(entry('Path=a,1'), 'ok');
check(entry('Path=../a,1'), 'CATALOGUE_PATH_LEAVES_SHARE');
check('[Into_1_2_3_4]\nPath=../a,1\n', 'ok');
check('[Info_1_2_3]\nPath=../a,1\n', 'ok');
check('[Info_1-2-3-4]\nPath=../a,1\n', 'ok');
check('[Info_1__3_4]\nPath=../a,1\n', 'ok');
check('[Info_1_2_3_4x]\nPath=../a,1\n', 'ok');
check(entry('Pass=anything'), 'ok');
check(entry('Path2=anything'), 'ok');
check(entry('Other=anything'), 'ok');
check(entry('Path=a'), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check(entry('Path=5'), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check(entry('Path='), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check(entry('Path=,5'), 'CATALOGUE_PATH_LEAVES_SHARE');
check(entry('Path=a,/5'), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check(entry('Path=a,5:'), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check(entry(`Path=a,${'9'.repeat(15)}`), 'ok');
check(entry(`Path=a,${'9'.repeat(16)}`), 'CATALOGUE_SIZE_NOT_A_NUMBER');
check('[PATTERN]\nP.2=a,1,5\n', 'ok');
check(`[PATTERN]\nP.2=a,1,${'9'.repeat(15)}\n`, 'ok');
check('[PATTERN]\nP.2=,1,5\n', 'CATALOGUE_PATH_LEAVES_SHARE');
check('[PATTERN]\nP.2=1,5\n', 'CATALOGUE_LINE_UNREADABLE');
check('[PATTERN]\nP.1=a,1,5\nP.2=1,5\n', 'CATALOGUE_LINE_UNREADABLE');
check('[PATTERN]\nP.2=,5\n', 'CATALOGUE_LINE_UNREADABLE');
check('[PATTERN]\nP.2=a,,5\n', 'CATALOGUE_LINE_UNREADABLE');

test('pattern lines and their increments, among lines that are none', () => {
  const ini = parsed(
    '[Pattern]\nP.2=pattern/lpt.880, 1.880.00, 188000\nNote=?\n' +
      'P.2.Merge.1=pattern/lpt.m1,879,1000\nP.a.b=p\\c,2,3\n',
  );
  assert.deepEqual(patternsOf(ini), {
    ok: true,
    value: [
      { id: '2', merge: null, path: 'pattern/lpt.880', version: '1.880.00', bytes: 188000 },
      { id: '2', merge: 1, path: 'pattern/lpt.m1', version: '879', bytes: 1000 },
      { id: 'a.b', merge: null, path: 'p\\c', version: '2', bytes: 3 },
    ],
  });
  assert.deepEqual(patternsOf(parsed('[Server]\n')), { ok: true, value: [] });
});
