import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearLife, type HeardLife } from './lives.ts';

/** `A1` is a hello of life A over connection 1; connections are numbered as they were begun. */
function check(title: string, hellos: readonly string[], expected: readonly string[]): void {
  test(title, () => {
    let lives: readonly HeardLife[] = [];
    const connected = new Map<string, number>();
    const said = hellos.map((hello, index) => {
      const [life = '', link = '', isEarly] = hello;
      // One that was begun before is known by its mark.
      const begun = connected.get(link) ?? (isEarly === undefined ? index * 2 : -1);
      connected.set(link, begun);
      const heard = hearLife(lives, { life, connected: begun, now: index * 2 + 1 });
      lives = heard.lives;
      return heard.verdict;
    });
    assert.deepEqual(said, expected);
  });
}

check('a daemon that connects again lives', ['A1', 'A1', 'A2'], ['lives', 'lives', 'lives']);
check('one that was started anew lives', ['A1', 'B2', 'C3'], ['lives', 'lives', 'lives']);
check(
  'one that comes back after another is a copy',
  ['A1', 'B2', 'A3'],
  ['lives', 'lives', 'copy'],
);
check(
  'so is it among three',
  ['A1', 'B2', 'C3', 'A4', 'B5'],
  ['lives', 'lives', 'lives', 'copy', 'copy'],
);
check(
  'a word that was under way when the next life began is none',
  ['A1', 'B2', 'A1', 'B3'],
  ['lives', 'lives', 'left-over', 'lives'],
);
check(
  'nor is the first word of a life whose connection is the older one',
  ['B1', 'A2-', 'B3'],
  ['lives', 'left-over', 'lives'],
);

test('a computer that restarts for ever is not remembered for ever', () => {
  let lives: readonly HeardLife[] = [];
  for (let life = 0; life < 100; life += 1) {
    const heard = hearLife(lives, { life: String(life), connected: life, now: life });
    assert.equal(heard.verdict, 'lives');
    lives = heard.lives;
  }
  assert.ok(lives.length < 10);
});
