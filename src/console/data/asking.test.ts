import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryClient } from '@tanstack/react-query';
import type { ChangedEvent } from '#protocol/console/events.ts';
import { Asking, concerns } from './asking.ts';

function opened() {
  let asked = 0;
  const invalidateQueries = async (): Promise<void> => void (asked += 1);
  const asking = new Asking({ invalidateQueries } as unknown as QueryClient);
  const heard = (life: string, number: number): number => {
    const event: ChangedEvent = { life, number, at: 0, parts: [] };
    asking.heard(event);
    return asked;
  };
  return { asking, heard };
}

test('what was asked for just now is not asked for again when the stream begins', () => {
  const { heard } = opened();
  assert.equal(heard('one', 7), 0);
  assert.equal(heard('one', 7), 0);
});

test('what changed while nobody listened is not known, so everything is asked for', () => {
  const { heard } = opened();
  heard('one', 7);
  assert.equal(heard('one', 9), 1);
  assert.equal(heard('two', 0), 2, 'another process counts anew');
});

test('so it is where the first stream that stood came late', () => {
  const { asking, heard } = opened();
  asking.missed();
  assert.equal(heard('one', 0), 1);
  asking.missed();
  assert.equal(heard('one', 0), 1, 'and nothing changed since');
});

test('how rings stand is asked again when their content, their servers or their sites change', () => {
  for (const part of ['content', 'fleet', 'sites'] as const) {
    assert.ok(concerns('content.rings', new Set([part])), part);
  }
  assert.ok(!concerns('content.rings', new Set(['people'])));
});
