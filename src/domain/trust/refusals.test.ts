import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  noRefusals,
  otherPeers,
  refusalLimits,
  refusalsDue,
  refusedOnce,
  type RefusalLine,
} from './refusals.ts';

function counted() {
  let refusals = noRefusals;
  const lines: RefusalLine[] = [];
  return {
    lines,
    refuse(name: string, now: number, { code = 'TLS', remote = name } = {}) {
      const next = refusedOnce(refusals, { name, remote, code }, now);
      refusals = next.refusals;
      if (next.line !== null) lines.push(next.line);
    },
    pass(now: number) {
      const next = refusalsDue(refusals, now);
      refusals = next.refusals;
      lines.push(...next.lines);
    },
    get size() {
      return refusals.size;
    },
  };
}

test('the first refusal of a peer is told at once, the next ones of its hour together', () => {
  const all = counted();
  all.refuse('a1', 0, { remote: 'here' });
  for (let now = 1; now <= 100; now++) all.refuse('a1', now, { code: 'ROUTE', remote: 'there' });
  all.refuse('a1', 200, { code: 'TLS', remote: 'here' });
  all.pass(refusalLimits.quietMs - 1);
  assert.deepEqual(all.lines, [{ name: 'a1', remotes: ['here'], count: 1, codes: { TLS: 1 } }]);
  all.pass(refusalLimits.quietMs);
  assert.deepEqual(all.lines.slice(1), [
    { name: 'a1', remotes: ['there', 'here'], count: 101, codes: { ROUTE: 100, TLS: 1 } },
  ]);
  all.pass(2 * refusalLimits.quietMs);
  assert.equal(all.lines.length, 2, 'who is quiet is not told of');
  assert.equal(all.size, 0, 'and forgotten');
});

test('a flood from ever other addresses cannot make more lines than there are names', () => {
  const all = counted();
  const { namesMax, quietMs } = refusalLimits;
  for (let number = 0; number < 20 * namesMax; number++) all.refuse(`address-${number}`, number);
  assert.equal(all.lines.length, namesMax + 1);
  assert.equal(all.lines.at(-1)?.name, otherPeers);
  all.pass(2 * quietMs);
  assert.equal(all.lines.length, namesMax + 2);
  assert.equal(all.lines.at(-1)?.count, 19 * namesMax - 1, 'each was counted');
});

test('a clock that went back delays nothing', () => {
  const all = counted();
  all.refuse('a1', 10 * refusalLimits.quietMs);
  all.refuse('a1', 5);
  assert.equal(all.lines.length, 2);
});
