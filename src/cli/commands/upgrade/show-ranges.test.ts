import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSeconds } from '#words/format.ts';
import { bytesRange, countRange, inLine, percent, timeRange, workText } from './show-ranges.ts';
import { nothingThere } from '../../terminal/show.ts';

test('durations are shown as people speak of them', () => {
  const table: readonly (readonly [number, string])[] = [
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7_199, '120 min'],
    [7_200, '2.0 h'],
    [172_800, '2.0 d'],
    [-600, '-10 min'],
  ];
  for (const [seconds, text] of table) assert.equal(formatSeconds(seconds), text);
});

test('work is hours of people, however many', () => {
  assert.deepEqual([60, 119, 120, 6_000].map(workText), ['60 min', '119 min', '2.0 h', '100.0 h']);
});

test('a range is its median, and where nine of ten lie when that is not the same', () => {
  assert.equal(countRange({ low: 3, median: 4, high: 9 }), '4\n(3 – 9)');
  assert.equal(countRange({ low: 4, median: 4, high: 4 }), '4');
  const bytes = { low: 2 ** 20, median: 2 ** 20 + 1, high: 2 ** 20 + 2 };
  assert.equal(bytesRange(bytes), '1.0 MiB');
  assert.equal(countRange(null), nothingThere);
  assert.equal(inLine(countRange({ low: 3, median: 4, high: 9 })), '4 (3 – 9)');
  assert.equal(percent(0.9955), '99.6 %');
});

test('a time says how much earlier or later it may be', () => {
  const median = Date.parse('2026-11-23T01:00:00Z');
  const shown = timeRange({ low: median - 600_000, median, high: median + 7_200_000 });
  assert.match(shown, /^20\d\d-.*\n\(-10 min … \+2\.0 h\)$/);
  assert.doesNotMatch(timeRange({ low: median, median, high: median }), /…/);
});
