import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainWords } from '#words/words-plain.ts';
import type { Output } from '../../command.ts';
import { openProgress } from './upgrade-forecast.ts';

function said(how: { readonly isInteractive: boolean }) {
  const drawn: string[] = [];
  const talked: string[] = [];
  const output = {
    ...how,
    talk: (text: string) => talked.push(text),
    live: () => ({ draw: (text: string) => drawn.push(text), done: () => undefined }),
  } as unknown as Output;
  const { progress, done } = openProgress({ output, words: plainWords('en') });
  const atOnce = drawn.length + talked.length;
  progress(1, 200);
  progress(2, 200);
  done();
  return { drawn, talked, atOnce };
}

test('a person gets a word at once, and one line that is drawn over', () => {
  const { drawn, talked, atOnce } = said({ isInteractive: true });
  assert.equal(atOnce, 1);
  assert.deepEqual(talked, []);
  assert.deepEqual(drawn.slice(1), ['Forecast: run 1 of 200', 'Forecast: run 2 of 200', '']);
});

test('a log gets no line of it', () => {
  const { drawn, talked } = said({ isInteractive: false });
  assert.deepEqual([...drawn, ...talked], []);
});
