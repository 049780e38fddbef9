import assert from 'node:assert/strict';
import { it } from 'node:test';
import { follow, noIntent, parseEntry, shorten, type Change, type Entry } from './entries.ts';

const at = 5;
const change: Change = {
  from: 'old',
  to: 'new',
  fromGeneration: 1,
  generation: 2,
  tag: 't',
  proveSeconds: 9,
};
const opened: Entry = { at, type: 'switch', ...change };
const of = (type: 'switched' | 'attempt' | 'paused' | 'forward' | 'committed' | 'returned') =>
  ({ at, type, generation: 2 }) as const;
const returning: Entry = { at, type: 'returning', generation: 2, cause: 'crash', detail: 'd' };

const histories: readonly (readonly Entry[])[] = [
  [],
  [opened],
  [opened, of('switched')],
  [opened, of('switched'), of('attempt'), of('attempt')],
  [opened, of('switched'), of('attempt'), of('attempt'), of('forward'), of('attempt')],
  [opened, of('switched'), of('attempt'), of('committed')],
  [opened, of('switched'), of('attempt'), returning],
  [opened, of('switched'), of('attempt'), returning, of('returned')],
  [opened, { at, type: 'undone', generation: 2, cause: 'disk', detail: 'full' }],
  [opened, of('switched'), of('attempt'), { at, type: 'wanted', wanted: 'stopped' }],
];

it('a shortened file adds up to the same', () => {
  for (const history of histories) {
    const intent = history.reduce(follow, noIntent);
    assert.deepEqual(shorten(intent, at).reduce(follow, noIntent), intent);
  }
});

it('an orderly end, a probe and a stop by a person take the blame off', () => {
  const blamed = [opened, of('switched'), of('attempt'), of('attempt')];
  const attemptsAfter = (entry: Entry): number | null => {
    const { open } = [...blamed, entry].reduce(follow, noIntent);
    return open?.state === 'proving' ? open.attempts : null;
  };
  assert.equal(attemptsAfter(of('attempt')), 3);
  assert.equal(attemptsAfter(of('paused')), 0);
  assert.equal(attemptsAfter(of('forward')), 0);
  assert.equal(attemptsAfter({ at, type: 'wanted', wanted: 'stopped' }), 0);
});

it('lines of another switch are passed over', () => {
  const before = [opened, of('switched')].reduce(follow, noIntent);
  assert.deepEqual(follow(before, { at, type: 'committed', generation: 1 }), before);
});

it('lines that this launcher does not know, or that lack something, are no entries', () => {
  for (const history of histories) {
    for (const entry of history) assert.deepEqual(parseEntry(entry), entry);
  }
  for (const wrong of [
    null,
    'text',
    { at, type: 'later' },
    { at, type: 'toString' },
    { type: 'settled', generationMax: 1 },
    { at, type: 'committed' },
    { ...opened, tag: 7 },
    { at, type: 'wanted', wanted: 'maybe' },
    { at, type: 'answered', outcome: { ended: 'committed' } },
  ]) {
    assert.equal(parseEntry(wrong), null);
  }
});
