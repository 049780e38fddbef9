import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type ComponentName } from '../names.ts';
import { refusedMax, splitOffer } from './split-offer.ts';

const item = (component: string, version: string) => ({
  component: brand<ComponentName>(component),
  version,
  ordering: 'dotted' as const,
  path: `pattern/${component}`,
});
const pattern = item('pattern', '1.2');

const drifted = readFileSync(
  new URL('../../../test/fixtures/server-ini/drifted.ini', import.meta.url),
  'utf8',
);

/** `section version` of each refusal. */
function refusalsOf(
  catalogue: string,
  items: readonly ReturnType<typeof item>[] = [pattern],
  watched: readonly string[] = [],
): string[] {
  const answer = splitOffer({ items, catalogue }, watched);
  assert.ok(answer.ok, 'the offer can be read');
  for (const one of answer.value.refused) assert.equal(one.code, 'DELIVERY_OFFERS_PROGRAM');
  return answer.value.refused.map((one) => `${one.with['section']} ${one.with['version']}`);
}

test('a delivery of a whole update site: content is taken, every program refused by name', () => {
  const answer = splitOffer({ items: [pattern], catalogue: drifted }, []);
  assert.ok(answer.ok);
  assert.deepEqual(answer.value.contents, [pattern]);
  assert.deepEqual(refusalsOf(drifted), [
    'Info_2_50000_4_1 5.58',
    'Info_186_50000_4_5121 5.7',
    'Info_453_50000_4_5121 5.80',
  ]);
});

test('a catalogue of content alone refuses nothing', () => {
  assert.deepEqual(refusalsOf('[Server]\nName=a\n[PATTERN]\nP.2=a.ptn,1.2,3\n'), []);
  assert.deepEqual(refusalsOf(''), []);
});

test('a section that this site watches is a program whatever its name and case', () => {
  const catalogue = '[Product_9]\nVersion=1.0\n[INFO_7_1_1_1]\n';
  assert.deepEqual(refusalsOf(catalogue, [], ['product_9']), ['Product_9 1.0', 'INFO_7_1_1_1 ']);
});

test('a program among the items is refused, whatever the catalogue says', () => {
  const answer = splitOffer({ items: [item('program', '5.80'), pattern], catalogue: '' }, []);
  assert.ok(answer.ok);
  assert.deepEqual(answer.value.contents, [pattern]);
  assert.equal(answer.value.refused.length, 1);
});

test('a program component of this site is refused as well', () => {
  const tool = item('tool', '1.0.0');
  const answer = splitOffer({ items: [tool], catalogue: '' }, [], [tool.component]);
  assert.ok(answer.ok && answer.value.contents.length === 0);
});

test('S1: a program is refused however the offer spells it', () => {
  const names = ['Program', 'PROGRAM', 'ＰＲＯＧＲＡＭ', 'Myapp', 'myapp', 'MYAPP'];
  const items = names.map((name) => item(name, '9.9'));
  const answer = splitOffer({ items, catalogue: '' }, [], [brand<ComponentName>('MyApp')]);
  assert.ok(answer.ok);
  assert.deepEqual(answer.value.contents, []);
  const expected = names.map((name) => `DELIVERY_OFFERS_PROGRAM ${name}`);
  const found = answer.value.refused.map((one) => `${one.code} ${one.with['section']}`);
  assert.deepEqual(found, expected);
});

test('an item that no catalogue could name is refused, the others are taken', () => {
  const items = [item('scan-engine', 'a,b'), { ...pattern, path: 'PROGRAMS./x' }, pattern];
  const answer = splitOffer({ items, catalogue: '' }, []);
  assert.ok(answer.ok);
  assert.deepEqual(answer.value.contents, [pattern]);
  const codes = answer.value.refused.map(({ code }) => code);
  assert.deepEqual(codes, ['VERSION_UNREADABLE', 'PACKAGE_PATH_UNSAFE']);
});

test('an unreadable catalogue refuses the whole offer with its line', () => {
  const answer = splitOffer({ items: [pattern], catalogue: '[PATTERN]\nwhat is this' }, []);
  assert.ok(!answer.ok);
  assert.deepEqual(
    [answer.because.code, answer.because.with['line']],
    ['CATALOGUE_LINE_UNREADABLE', 2],
  );
});

test('50,000 program sections are refused without a list of 50,000', () => {
  const sections = Array.from({ length: 50_000 }, (_, n) => `[Info_${n}_1_1_1]\nVersion=1.0`);
  assert.equal(refusalsOf(sections.join('\n')).length, refusedMax);
});

test('I6: nothing named Info_ ever passes, nor a program among the items', () => {
  const name = fc.stringMatching(/^[iI][nN][fF][oO]_[a-z0-9_]{1,20}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { selector: (one) => one.toLowerCase() }), (names) => {
      const catalogue = names.map((one) => `[${one}]\nVersion=5.58\n`).join('');
      const items = [item('program', '5.58'), pattern];
      const answer = splitOffer({ items, catalogue }, []);
      assert.ok(answer.ok);
      assert.equal(answer.value.refused.length, names.length + 1);
      assert.deepEqual(answer.value.contents, [pattern]);
    }),
  );
});
