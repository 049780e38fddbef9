import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId, type UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import type { Rows } from '#ports/journal.ts';
import { SaidRefusals } from './said-refusals.ts';

function open() {
  const lines: string[] = [];
  const log = {
    appendRecord: async ({ server, detail }: RecordEntry) =>
      void lines.push(`${server} ${JSON.stringify(detail)}`),
  };
  const rows = { log } as unknown as Rows;
  const refusals = new SaidRefusals();
  const upgrade = brand<UpgradeId>('to-5.80');
  const say = async (name: string, inFlight: number | null, isCommitted = true) => {
    const because =
      inFlight === null
        ? problem('GROUP_NOT_OPEN', { group: 'A', state: 'locked' })
        : problem('IN_FLIGHT_LIMIT', { inFlight, inFlightMax: 2 });
    const server = brand<ServerId>(name);
    const done = await refusals.say(rows, { at: 1, upgrade, server, because });
    if (isCommitted) done();
  };
  return { lines, say, forget: (name: string) => refusals.forget(brand<ServerId>(name)) };
}

const full = '{"because":"IN_FLIGHT_LIMIT"}';

test('the same refusal to the same server is said once, until it changes', async () => {
  const { lines, say } = open();
  for (let asked = 0; asked < 50; asked++) {
    await say('web-1', asked);
    await say('web-2', asked);
  }
  await say('web-1', null);
  await say('web-1', 2);
  assert.deepEqual(lines, [
    `web-1 ${full}`,
    `web-2 ${full}`,
    'web-1 {"because":"GROUP_NOT_OPEN"}',
    `web-1 ${full}`,
  ]);
});

test('after a lease the next refusal is a new one; a line that was not committed is said again', async () => {
  const { lines, say, forget } = open();
  await say('web-1', 2);
  forget('web-1');
  await say('web-1', 2, false);
  await say('web-1', 2);
  assert.deepEqual(
    lines,
    Array.from({ length: 3 }, () => `web-1 ${full}`),
  );
});
