import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openUnsized } from './terminal.ts';

/** What stands on a screen that knows `\r` and 'erase this line', and no size. */
function drawn(texts: readonly string[]): string {
  let shown = '';
  const write = (text: string): void => {
    const [before = '', after] = text.split('\r\u001B[2K');
    shown = after === undefined ? shown + before : shown.replace(/[^\n]*$/, '') + after;
  };
  const live = openUnsized({ talk: (text) => write(`${text}\n`), write });
  for (const text of texts) live.draw(text);
  live.done();
  return shown;
}

test('a terminal that tells no size shows one line at a time, over the one before', () => {
  assert.equal(drawn(['run 1', 'run 2', 'run 3']), 'run 3\n');
  assert.equal(drawn(['run 1', 'run 2', '']), '', 'and nothing where the last one was empty');
});

test('several lines cannot be drawn over there: only those that changed are written', () => {
  assert.equal(drawn(['a\nb', 'a\nb', 'a\nc']), 'a\nb\na\nc\n');
});
