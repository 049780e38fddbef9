import assert from 'node:assert/strict';
import { test } from 'node:test';
import { i18nextWords } from '#words/words-i18next.ts';
import { changeText, printable } from './show-signing.ts';

const words = i18nextWords('en');

function check(name: string, text: string, expected: string): void {
  test(name, () => assert.equal(printable(text), expected));
}

check('plain text stays', 'crashes with 大きな files', 'crashes with 大きな files');
check('nothing moves the cursor', 'a\u001B[2K\rb', 'a\uFFFD[2K\uFFFDb');
check('nothing begins a line', 'a\nb\u2028c', 'a\uFFFDb\uFFFDc');
check('nothing turns the direction of reading', 'a\u202Eb', 'a\uFFFDb');

test('what hides in a target or a reason is seen in the line that a signer reads', () => {
  const reason = 'old\u001B[1A\u001B[2K';
  const target = 'program/5.80.json';
  assert.equal(
    changeText({ words }, { type: 'withdrawn', target, reason }),
    '! program/5.80.json is withdrawn: old\uFFFD[1A\uFFFD[2K',
  );
});
