import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleOf } from './time-scale.ts';

const minute = 60_000;

test('the whole stands within the line, with a little room on both sides', () => {
  const scale = scaleOf({ from: 0, until: 100 * minute });
  assert.ok(scale.at(0) > 0 && scale.at(0) < 5);
  assert.ok(scale.at(100 * minute) < 100 && scale.at(100 * minute) > 95);
});

test('marks stand at round times, few enough to be read', () => {
  for (const minutes of [1, 7, 90, 600, 5_000, 60_000, 400_000]) {
    const { ticks, from, until } = scaleOf({ from: 0, until: minutes * minute });
    assert.ok(ticks.length >= 1 && ticks.length <= 12, `${minutes}: ${ticks.length}`);
    for (const tick of ticks) assert.ok(tick >= from && tick <= until && tick % minute === 0);
  }
});

test('a span is cut to what is in sight', () => {
  const scale = scaleOf({ from: 0, until: 100 * minute });
  assert.equal(scale.span({ from: -1e9, until: 1e9 })?.width, '100%');
  assert.equal(scale.span({ from: 1e8, until: 1e9 }), null);
});
