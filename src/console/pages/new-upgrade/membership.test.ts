import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFileSchema } from '#protocol/plan/plan-file.ts';
import {
  dealt,
  editsOfMove,
  freeGroup,
  membersOf,
  moved,
  ofFile,
  unassigned,
} from './membership.ts';

const domains = new Map([
  ['web', ['w1', 'w2', 'w3']],
  ['db', ['d1', 'd2']],
]);
const plan = planFileSchema.parse({
  release: { version: '5.80' },
  groups: [
    { name: 'A', servers: ['w1'] },
    { name: 'B', domain: 'web' },
  ],
});
const [first, second] = plan.groups;

test('a domain brings those whom no group names', () => {
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(membersOf(first, plan, domains), ['w1']);
  assert.deepEqual(membersOf(second, plan, domains), ['w2', 'w3']);
  assert.deepEqual(unassigned(plan, domains), ['d1', 'd2']);
});

const members = (groups: ReturnType<typeof moved>) =>
  groups.map(({ name, servers, domain }) => [name, servers ?? [], domain ?? null]);

test('a server of a domain is named where it goes to', () => {
  const groups = moved(plan, domains, { servers: ['w2', 'd1'], to: 'A' });
  assert.deepEqual(members(groups), [
    ['A', ['w1', 'w2', 'd1'], null],
    ['B', [], 'web'],
  ]);
});

test('who leaves a domain for no group leaves the others named', () => {
  const groups = moved(plan, domains, { servers: ['w2'], to: null });
  assert.deepEqual(members(groups), [
    ['A', ['w1'], null],
    ['B', ['w3'], null],
  ]);
});

test('a group that the plan does not have yet is its last one, and nobody stands twice', () => {
  const edits = editsOfMove(plan, new Map(), { servers: ['w1', 'd1'], to: 'C' });
  assert.deepEqual(edits, [
    { path: ['groups', 0, 'servers'], value: undefined },
    { path: ['groups', 0, 'domain'], value: undefined },
    { path: ['groups', 1, 'servers'], value: undefined },
    { path: ['groups', 1, 'domain'], value: 'web' },
    { path: ['groups', 2], value: { name: 'C', servers: ['w1', 'd1'] } },
  ]);
  assert.equal(freeGroup(['A', 'B']), 'C');
});

test('dealt: everyone stands in one group, and none is empty', () => {
  const names = (groups: ReturnType<typeof dealt>) => groups.map(({ servers }) => servers);
  assert.deepEqual(names(dealt(['a', 'b', 'c', 'd', 'e'], 2)), [
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
  assert.deepEqual(names(dealt(['a', 'b'], 9)), [['a'], ['b']]);
});

test('a file: names, or names with their groups; a head and remarks are passed over', () => {
  assert.deepEqual(ofFile('server,group\n# old\nw1,A\r\nd1, B\nw2\n', 'A'), [
    { name: 'A', servers: ['w1', 'w2'] },
    { name: 'B', servers: ['d1'] },
  ]);
});
