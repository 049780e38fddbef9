import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type DomainName } from '../names.ts';
import {
  linkOf,
  narrower,
  nextChangeAt,
  noBudget,
  speedsAt,
  type Budget,
  type BudgetChange,
} from './budget.ts';

const osaka = brand<DomainName>('osaka');
const budget: Budget = {
  site: { usual: 1_000, hours: [{ open: [{ from: 100, until: 200 }], speed: 200 }] },
  server: { usual: null, hours: [] },
  links: [
    {
      name: 'thin',
      domains: [osaka],
      limit: {
        usual: 50,
        hours: [
          { open: [{ from: 150, until: 160 }], speed: null },
          { open: [{ from: 0, until: 400 }], speed: 10 },
        ],
      },
    },
  ],
  upgrades: [],
};
const change: readonly BudgetChange[] = [
  { of: { kind: 'site' }, speed: 7, until: 300 },
  { of: { kind: 'link', name: 'thin' }, speed: null, until: 300 },
  { of: { kind: 'link', name: 'other' }, speed: 5, until: null },
];

function check(
  title: string,
  given: { now: number; change?: readonly BudgetChange[] },
  expected: { site: number | null; thin: number | null; next: number | null },
): void {
  test(title, () => {
    const changed = given.change ?? [];
    const { site, links, server } = speedsAt(budget, changed, given.now);
    assert.deepEqual({ site, thin: links['thin'] }, { site: expected.site, thin: expected.thin });
    assert.equal(server, null);
    assert.deepEqual(Object.keys(links), ['thin']);
    assert.equal(nextChangeAt(budget, changed, given.now), expected.next);
  });
}

check('before its hours', { now: 50 }, { site: 1_000, thin: 10, next: 100 });
check('an hour begins', { now: 100 }, { site: 200, thin: 10, next: 150 });
check('the first open hour counts', { now: 150 }, { site: 200, thin: null, next: 160 });
check('an hour ends', { now: 200 }, { site: 1_000, thin: 10, next: 400 });
check('after all hours', { now: 400 }, { site: 1_000, thin: 50, next: null });
check('a change stands over the hours', { now: 150, change }, { site: 7, thin: null, next: 160 });
check('a change ends', { now: 300, change }, { site: 1_000, thin: 10, next: 400 });
check(
  'a change without an end stays',
  { now: 500, change: [{ of: { kind: 'site' }, speed: 3, until: null }] },
  { site: 3, thin: 50, next: null },
);

test('a domain lies behind one link or none', () => {
  assert.equal(linkOf(budget, osaka), 'thin');
  assert.equal(linkOf(budget, brand<DomainName>('tokyo')), null);
  assert.equal(nextChangeAt(noBudget, [], 0), null);
});

test('no limit is wider than any', () => {
  assert.equal(narrower(null, 5), 5);
  assert.equal(narrower(3, null), 3);
  assert.equal(narrower(3, 5), 3);
  assert.equal(narrower(null, null), null);
});
