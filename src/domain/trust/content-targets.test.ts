import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type Digest } from '../names.ts';
import type { OfferedContent } from './content-rules.ts';
import { contentTargetsAfter, contentTargetsMax, type ContentTarget } from './content-targets.ts';

/** `pattern 1.23 a`: a component, a version, and what the file holds. */
function item(text: string): OfferedContent {
  const [component = '', version = '', content = ''] = text.split(' ');
  return {
    component: brand<ComponentName>(component),
    version,
    path: `pattern/${component}.ptn`,
    ordering: 'decimal',
    digest: brand<Digest>(content.repeat(64).slice(0, 64)),
    bytes: 10,
  };
}

function named(text: string, at: number): ContentTarget {
  const { component, version, digest, bytes, ordering, path } = item(text);
  const name = `${component}/${version}/${component}.ptn`;
  return { name, digest, bytes, named: at, place: { path, ordering } };
}

/** The targets afterwards as `component version content @named`; null: nothing to sign. */
function check(
  name: string,
  given: { readonly before: readonly ContentTarget[]; readonly items: readonly string[] },
  expected: readonly string[] | null,
): void {
  test(name, () => {
    const after = contentTargetsAfter(given.before, given.items.map(item), 100);
    const shown = after?.map((one) => {
      const [component, version] = one.name.split('/');
      return `${component} ${version} ${one.digest[0]} @${one.named}`;
    });
    assert.deepEqual(shown ?? null, expected);
  });
}

const before = [named('pattern 1 a', 10), named('engine 7 b', 20)];

check('the first of all', { before: [], items: ['pattern 1 a'] }, ['pattern 1 a @100']);
check('nothing new', { before, items: ['pattern 1 a'] }, null);
check(
  'what was signed without its folder is signed anew with it',
  { before: before.map((one) => ({ ...one, place: null })), items: ['pattern 1 a'] },
  ['pattern 1 a @100', 'engine 7 b @20'],
);
check('nothing at all', { before, items: [] }, null);
check(
  'a new version stands beside the one before',
  { before, items: ['pattern 2 c', 'engine 7 b'] },
  ['pattern 2 c @100', 'engine 7 b @100', 'pattern 1 a @10'],
);
check('another content under an old version', { before, items: ['pattern 1 z'] }, [
  'pattern 1 z @100',
  'engine 7 b @20',
]);
check(
  'one version with two contents: the first counts',
  { before: [], items: ['p 1 a', 'p 1 b'] },
  ['p 1 a @100'],
);

test('what was not delivered for longest makes room', () => {
  const full = Array.from({ length: contentTargetsMax }, (_, at) => named(`p ${at} a`, at + 1));
  const after = contentTargetsAfter(full, [item('p 1000 a'), item('p 0 a')], 9_000) ?? [];
  assert.equal(after.length, contentTargetsMax);
  const names = new Set(after.map((one) => one.name));
  assert.deepEqual(
    ['1000', '0', '1', '2'].map((version) => names.has(`p/${version}/p.ptn`)),
    [true, true, false, true],
  );
});

test('more than there is room for: the most important are named', () => {
  const items = Array.from({ length: contentTargetsMax + 1 }, (_, at) => item(`p ${at} a`));
  const after = contentTargetsAfter([], items, 1) ?? [];
  assert.equal(after.length, contentTargetsMax);
  assert.equal(after[0]?.name, 'p/0/p.ptn');
});
