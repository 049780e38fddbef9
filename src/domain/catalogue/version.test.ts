import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInRange, parseRange } from './range.ts';
import { compareVersions, newestOf, orderings, parseVersion, type Ordering } from './version.ts';

/** Each line ascends; `=` joins versions that are equal. */
const ladders: readonly (readonly [Ordering, string])[] = [
  ['decimal', '5 = 5.0 < 5.5 = 5.50 < 5.58 < 5.7 < 5.8 = 5.80 = 05.800 < 5.80.0 < 5.80.1179'],
  ['decimal', '5.80.1179 < 5.80.1240 < 5.80.1423 < 5.80.01423.1 < 5.80.11790 < 5.81 < 6 < 10.0'],
  ['semver', '1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2'],
  ['semver', '1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0 = 1.0.0+build.7 < 1.9.0 < 1.10.0'],
  ['semver', '1.0.0-9 < 1.0.0-10 < 1.0.0--a < 1.0.0-a < 1.0.0-a0 < 1.0.0-a00'],
  ['dotted', '5 = 5.0 < 5.7 < 5.8 = 5.8.0 < 5.58 < 5.80 < 5.80.1'],
  ['counter', '0 < 9 = 09 < 10 < 99999999999999999998 < 99999999999999999999'],
  [
    'date',
    '2026-02-28 = 20260228 = 2026.02.28 < 2026-03-01 < 20260301.2 < 20260301.10 < 2027-01-01',
  ],
];

for (const [ordering, ladder] of ladders) {
  test(`${ordering}: ${ladder}`, () => {
    const steps = ladder.split(' < ').map((step) => step.split(' = '));
    for (const [leftStep, lefts] of steps.entries()) {
      for (const [rightStep, rights] of steps.entries()) {
        for (const left of lefts) {
          for (const right of rights) {
            const compared = Math.sign(compareVersions(ordering, left, right));
            assert.equal(compared, Math.sign(leftStep - rightStep), `${left} and ${right}`);
          }
        }
      }
    }
  });
}

const unreadable: Readonly<Record<Ordering, readonly string[]>> = {
  decimal: ['', ' 5.8', '5.', '.5', '5..8', '5,8', '-5.8', '5.8a', '5.8\n', '٥.٨', '1'.repeat(65)],
  semver: ['1.0', '01.0.0', '1.0.0-', '1.0.0-01', 'v1.0.0', '1.0.0+', '1.0.0.0'],
  dotted: ['', '1.', 'a', '1.-2'],
  counter: ['', '1.0', '-1', '0x10', '1e3'],
  date: ['2026-13-01', '2026-02-29', '2026-2-1', '2026-02.28', '20260001', '2026', '20260228.'],
};

for (const ordering of orderings) {
  test(`${ordering}: what is no version is refused, not guessed at`, () => {
    for (const text of unreadable[ordering]) {
      assert.deepEqual(parseVersion(ordering, text), {
        ok: false,
        because: { code: 'VERSION_UNREADABLE', with: { text, ordering } },
      });
    }
  });
}

test('the longest version', () => {
  assert.equal(parseVersion('counter', '1'.repeat(64)).ok, true);
  assert.equal(parseVersion('counter', '1'.repeat(65)).ok, false);
});

test('a leap day is a day', () => {
  assert.equal(parseVersion('date', '2024-02-29').ok, true);
  assert.equal(parseVersion('date', '2000-02-29').ok, true);
  assert.equal(parseVersion('date', '2100-02-29').ok, false);
});

test('comparing what was never parsed is a bug of ours', () => {
  assert.throws(() => compareVersions('decimal', '5.8', 'newest'), /broken invariant/);
});

test('each ordering is a total order', () => {
  const integers = fc.nat({ max: 120 }).map(String);
  const texts: Readonly<Record<Ordering, fc.Arbitrary<string>>> = {
    decimal: fc.array(integers, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    dotted: fc.array(integers, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    counter: integers,
    semver: fc
      .tuple(fc.nat(3), fc.nat(3), fc.constantFrom('', '-a', '-a.1', '-1', '-a.b', '-2'))
      .map(([major, minor, before]) => `${major}.${minor}.0${before}`),
    date: fc
      .tuple(fc.integer({ min: 1, max: 28 }), fc.constantFrom('', '.1', '.2.3'))
      .map(([day, rest]) => `202611${String(day).padStart(2, '0')}${rest}`),
  };
  for (const ordering of orderings) {
    const compare = (left: string, right: string): number =>
      Math.sign(compareVersions(ordering, left, right));
    const text = texts[ordering];
    fc.assert(
      fc.property(text, text, text, (one, two, three) => {
        assert.equal(compare(one, one), 0);
        assert.equal(compare(one, two), 0 - compare(two, one));
        if (compare(one, two) <= 0 && compare(two, three) <= 0) assert(compare(one, three) <= 0);
      }),
    );
  }
});

test('the newest of several', () => {
  assert.equal(newestOf('decimal', ['5.58', '5.80', '5.7', '5.8']), '5.80');
  assert.equal(newestOf('decimal', []), null);
});

test('Min is inside a range, Max is not', () => {
  const range = { min: '5.0', max: '6.0' };
  assert.deepEqual(parseRange('decimal', range), { ok: true, value: range });
  const inside = ['5', '5.0', '5.58', '5.80.1179', '5.99999'];
  const outside = ['4.99', '6', '6.0', '6.0.1', '10.0'];
  for (const version of inside) assert.equal(isInRange('decimal', range, version), true, version);
  for (const version of outside) assert.equal(isInRange('decimal', range, version), false, version);
});

test('a range in which nothing can be, or without a readable end, is refused', () => {
  assert.deepEqual(parseRange('decimal', { min: '5.80', max: '5.8' }), {
    ok: false,
    because: { code: 'RANGE_EMPTY', with: { min: '5.80', max: '5.8' } },
  });
  const unreadableEnd = parseRange('decimal', { min: '5.0', max: 'any' });
  assert.equal(unreadableEnd.ok ? null : unreadableEnd.because.code, 'VERSION_UNREADABLE');
});
