import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hearTurn, type HeardTurn, type Turn } from './turns.ts';

/** The one above, and machines below it that each keep the turn that they took last. */
class Link {
  #heard: HeardTurn | null = null;
  #order = 0;

  /** A hello, and whether its welcome arrives; the turn that is kept then, or why it is none. */
  hello(turn: Turn, isWelcomeHeard: boolean): Turn {
    const connected = (this.#order += 1);
    const verdict = hearTurn(this.#heard, { life: 'one', turn, connected });
    assert.notEqual(verdict, 'left-over');
    if (verdict === 'copy') return 'copy';
    const given = `turn-${connected}`;
    this.#heard = { life: 'one', given, said: turn, connected };
    return isWelcomeHeard ? given : turn;
  }
}

test('one machine is never taken for two, whichever welcomes are lost', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 50 }), (welcomes) => {
      const link = new Link();
      let turn: Turn = null;
      for (const isHeard of welcomes) {
        const next = link.hello(turn, isHeard);
        assert.notEqual(next, 'copy');
        turn = next;
      }
    }),
  );
});

test('two machines of one memory are told apart when they have thrown each other out once', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (before) => {
      const link = new Link();
      let shared: Turn = null;
      for (const isHeard of before) shared = link.hello(shared, isHeard);
      const first = link.hello(shared, true);
      const second = link.hello(shared, true);
      assert.ok(first !== 'copy' && second !== 'copy', 'a lost welcome would look like that');
      assert.equal(link.hello(first, true), 'copy');
    }),
  );
});

test('a word that was under way is no copy, and another life begins anew', () => {
  const heard = { life: 'one', given: 'c', said: 'b', connected: 7 };
  const of = (life: string, turn: Turn, connected: number) =>
    hearTurn(heard, { life, turn, connected });
  assert.equal(of('one', 'a', 6), 'left-over');
  assert.equal(of('one', 'a', 7), 'copy');
  assert.equal(of('one', null, 8), 'copy');
  assert.equal(of('two', null, 8), 'goes-on');
  assert.equal(hearTurn(null, { life: 'one', turn: 'a', connected: 1 }), 'goes-on');
});
