import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type PersonName } from '../names.ts';
import { decidedOver, tieMs, tiesOf, type AccountDecision } from './ties.ts';

const [abe, mori, sato] = ['abe', 'mori', 'sato'].map((name) => brand<PersonName>(name)) as [
  PersonName,
  PersonName,
  PersonName,
];

const by = (who: PersonName, now: number, before: readonly AccountDecision[] = []) =>
  decidedOver(before, { person: mori, who, now });

test('who decided over an account is told for its time, each once', () => {
  const decidedBy = by(abe, 3, by(sato, 2, by(abe, 1)));
  assert.deepEqual(tiesOf([{ name: mori, decidedBy }], 4), [
    { person: mori, by: sato, at: 2 },
    { person: mori, by: abe, at: 3 },
  ]);
  assert.deepEqual(tiesOf([{ name: mori, decidedBy }], 2 + tieMs), [
    { person: mori, by: abe, at: 3 },
  ]);
  assert.deepEqual(by(sato, 1 + tieMs, by(abe, 1)), [{ who: sato, at: 1 + tieMs }]);
});

test('what one does about his own account ties him to nobody', () => {
  assert.deepEqual(by(mori, 1), []);
  assert.deepEqual(tiesOf([{ name: sato }], 1), [], 'of an account from before nothing is known');
});
