/** What a clock promises. Nothing here counts on how long anything really takes. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '#ports/clock.ts';

export type ClockFixture = {
  readonly clock: Clock;
  /** Lets time pass until that is so. */
  until(what: string, isSo: () => boolean): Promise<void>;
  /** Lets at least so much time pass. */
  pass(milliseconds: number): Promise<void>;
};

export function clockContract(name: string, make: () => ClockFixture): void {
  describe(`clock: ${name}`, () => {
    test('what is asked for happens once, not before its time, and never while it is asked', async () => {
      const { clock, until, pass } = make();
      const waits = [0, 1, 20];
      const waited: number[] = [];
      for (const wait of waits) {
        const from = clock.monotonic();
        clock.after(wait, () => waited.push(clock.monotonic() - from - wait));
      }
      assert.equal(waited.length, 0);
      await until('all three', () => waited.length >= waits.length);
      await pass(50);
      assert.equal(waited.length, waits.length);
      // A timer of the system counts in whole milliseconds, from the begun one on.
      for (const late of waited) assert.ok(late > -2, `${late} ms`);
    });

    test('the shorter wait ends first; of equal ones the one that was asked for first', async () => {
      const { clock, until } = make();
      const happened: string[] = [];
      const ask = (what: string, milliseconds: number) =>
        clock.after(milliseconds, () => happened.push(what));
      ask('late', 200);
      for (const what of ['first', 'second', 'third']) ask(what, 10);
      await until('all', () => happened.length === 4);
      assert.deepEqual(happened, ['first', 'second', 'third', 'late']);
    });

    test('what is cancelled never happens; cancelling twice, or too late, does nothing', async () => {
      const { clock, until, pass } = make();
      const happened: string[] = [];
      const cancelled = clock.after(10, () => happened.push('cancelled'));
      const cancelLate = clock.after(5, () => happened.push('kept'));
      cancelled();
      cancelled();
      await until('the other one', () => happened.length > 0);
      cancelLate();
      clock.after(1, () => happened.push('next'));
      cancelLate();
      await pass(50);
      assert.deepEqual(happened, ['kept', 'next']);
    });

    test('one that is cancelled by another of the same instant does not happen', async () => {
      const { clock, pass } = make();
      const happened: string[] = [];
      let cancel = (): void => undefined;
      clock.after(10, () => {
        happened.push('first');
        cancel();
      });
      cancel = clock.after(10, () => happened.push('second'));
      await pass(50);
      assert.deepEqual(happened, ['first']);
    });

    test('one may ask again, and cancel itself, while it happens', async () => {
      const { clock, until, pass } = make();
      let count = 0;
      let cancel = (): void => undefined;
      const tick = (): void => {
        count += 1;
        cancel();
        if (count < 3) cancel = clock.after(1, tick);
      };
      cancel = clock.after(1, tick);
      await until('three ticks', () => count === 3);
      await pass(20);
      assert.equal(count, 3);
    });

    test('monotonic time never goes back, and moves on; wall time is whole milliseconds', async () => {
      const { clock, pass } = make();
      const seen: number[] = [];
      for (let step = 0; step < 10; step++) {
        for (let look = 0; look < 100; look++) seen.push(clock.monotonic());
        assert.ok(Number.isSafeInteger(clock.now()));
        await pass(2);
      }
      assert.deepEqual(
        seen,
        seen.toSorted((left, right) => left - right),
      );
      assert.ok((seen.at(-1) ?? 0) - (seen[0] ?? 0) >= 10);
    });
  });
}
