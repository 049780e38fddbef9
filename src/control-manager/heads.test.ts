import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import type { ToldHead } from '#domain/record/line.ts';
import type { Clock } from '#ports/clock.ts';
import type { DeliveryChanges, DeliveryStore } from '#ports/delivery-store.ts';
import { keepHeads } from './heads.ts';
import { limits } from './limits.ts';

test('heads of a control manager are kept elsewhere; a place that is gone is recorded once', async () => {
  const kept: ToldHead[] = [];
  const said: string[] = [];
  let now = 1e9;
  let number = 7;
  let isGone = false;
  let look = (): void => assert.fail('nothing is planned');
  const clock = {
    now: () => now,
    monotonic: () => now,
    after(_: number, act: () => void) {
      look = act;
      return () => undefined;
    },
  } as unknown as Clock;
  const store = {
    recordHead: async () => ({ number, hash: 'a'.repeat(64) }),
  } as unknown as DeliveryStore;
  const book = {
    epoch: 3,
    async commit({ record = [] }: DeliveryChanges) {
      said.push(...record.map(({ kind }) => kind));
    },
  };
  const place = {
    file: '/elsewhere',
    async keep(head: ToldHead) {
      if (isGone)
        return refuse(problem('FILE_UNREADABLE', { file: '/elsewhere', detail: 'ENOENT' }));
      kept.push(head);
      return ok(null);
    },
  };
  const wait = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
    look();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  };
  const site = brand<ServerId>('head-office');
  const heads = keepHeads({ store, clock, log: pino({ enabled: false }) }, book, { site, place });
  await wait(0);
  assert.deepEqual(
    kept.map((head) => [head.site, head.epoch, head.number]),
    [['head-office', 3, 7]],
  );
  isGone = true;
  number += 1;
  await wait(limits.headsElsewhereMs);
  await wait(limits.headsElsewhereMs);
  assert.deepEqual(said, ['heads-not-kept']);
  isGone = false;
  await wait(limits.headsElsewhereMs);
  assert.deepEqual(said, ['heads-not-kept', 'heads-kept-again']);
  assert.equal(kept.at(-1)?.number, 8);
  heads.end();
  number += 500;
  await wait(limits.headsElsewhereMs);
  assert.equal(kept.length, 2);
});
