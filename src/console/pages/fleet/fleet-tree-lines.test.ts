import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pagesIn, placesOf, treeOf, type TreePlace } from './fleet-tree-lines.ts';

const domains = [
  { domain: 'database', servers: 250, silent: 0 },
  { domain: 'web', servers: 3, silent: 1 },
];

function short(place: TreePlace): string {
  switch (place.kind) {
    case 'domain':
      return `${place.level} ${place.domain.domain}`;
    case 'server':
      return `${place.level} ${place.domain.domain} ${place.place}`;
    default:
      return place.kind;
  }
}

test('every line is known by its number alone', () => {
  const tree = treeOf(domains, { open: new Set(['database']), hasOrganisation: true });
  assert.equal(tree.count, 2 + 1 + 250 + 1);
  const placeAt = placesOf(tree);
  const lines = [0, 1, 2, 3, 252, 253].map((index) => short(placeAt(index)));
  assert.deepEqual(lines, [
    'organisation',
    'site',
    '3 database',
    '4 database 0',
    '4 database 249',
    '3 web',
  ]);
});

test('without an organisation the site is the first line', () => {
  const tree = treeOf(domains, { open: new Set(['web']), hasOrganisation: false });
  const placeAt = placesOf(tree);
  const lines = [0, 1, 2, 3, 5].map((index) => short(placeAt(index)));
  assert.deepEqual(lines, ['site', '2 database', '2 web', '3 web 0', '3 web 2']);
});

test('only pages in sight are asked for', () => {
  const tree = treeOf(domains, { open: new Set(['database', 'web']), hasOrganisation: true });
  assert.deepEqual(pagesIn(tree, { from: 0, to: 3 }), []);
  assert.deepEqual(pagesIn(tree, { from: 0, to: 10 }), [
    { domain: 'database', from: 0, limit: 100 },
  ]);
  assert.deepEqual(pagesIn(tree, { from: 150, to: 256 }), [
    { domain: 'database', from: 100, limit: 100 },
    { domain: 'database', from: 200, limit: 100 },
    { domain: 'web', from: 0, limit: 100 },
  ]);
});
