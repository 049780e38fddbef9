import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  followRenewal,
  noRenewal,
  parseRenewalLine,
  shortenRenewal,
  type RenewalIntent,
  type RenewalLine,
} from './renewal-lines.ts';

const of = (pair: string) => ({ at: 7, pair, version: '5.80' });
const attempt: RenewalLine = { type: 'attempt', ...of('a') };
const paused: RenewalLine = { type: 'paused', ...of('a') };
const proved: RenewalLine = { type: 'proved', ...of('a') };
const placed: RenewalLine = { type: 'placed', ...of('a') };
const failed: RenewalLine = { type: 'failed', ...of('a'), cause: 'crash', detail: 'status 1' };

const after = (...lines: readonly RenewalLine[]): RenewalIntent =>
  lines.reduce(followRenewal, noRenewal);
const attemptsIn = ({ open }: RenewalIntent) => (open?.state === 'trying' ? open.attempts : null);

const cases: readonly (readonly [string, readonly RenewalLine[], number | null, string])[] = [
  ['each attempt counts', [attempt, attempt], 2, 'none'],
  ['an orderly end takes them off', [attempt, attempt, paused], 0, 'none'],
  ['and the next begins anew', [attempt, paused, attempt], 1, 'none'],
  ['another pair has attempts of its own', [attempt, { ...attempt, pair: 'b' }], 1, 'none'],
  ['what proved itself is tried no more', [attempt, proved], null, 'none'],
  ['and then is in place', [attempt, proved, placed], null, 'placed'],
  ['what failed is over', [attempt, failed], null, 'failed'],
];
for (const [name, lines, attempts, end] of cases) {
  it(`a renewal: ${name}, and its short form says the same`, () => {
    const intent = after(...lines);
    assert.equal(attemptsIn(intent), attempts);
    assert.equal(intent.ends.at(-1)?.ended ?? 'none', end);
    assert.equal(intent.open?.state === 'placing', lines.at(-1)?.type === 'proved');
    assert.deepEqual(after(...shortenRenewal(intent)), intent);
  });
}

it('a renewal: the last ends are remembered, one of each pair, and no more than the limit', () => {
  const many = Array.from({ length: 30 }, (_, at): RenewalLine => ({ ...failed, ...of(`p${at}`) }));
  const { ends } = after(failed, { ...failed, cause: 'health' }, ...many);
  assert.equal(ends.length, 20);
  assert.deepEqual([ends[0]?.pair, ends.at(-1)?.pair], ['p10', 'p29']);
  const twice = after(failed, { ...failed, cause: 'health' });
  assert.deepEqual(
    twice.ends.map(({ cause }) => cause),
    ['health'],
  );
});

it('a renewal: lines that do not fit are passed over', () => {
  for (const line of [attempt, paused, proved, placed, failed]) {
    assert.deepEqual(parseRenewalLine({ ...line, more: 1 }), line);
  }
  const { cause: _, ...causeless } = failed;
  for (const line of [null, 7, { ...attempt, type: 'x' }, { ...attempt, at: 'x' }, causeless]) {
    assert.equal(parseRenewalLine(line), null);
  }
});
