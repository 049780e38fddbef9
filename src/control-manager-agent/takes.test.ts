import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { limits } from './limits.ts';
import { Takes } from './takes.ts';

const fence = (number: number) => ({ epoch: 1, number });
const item = (letter: string) => ({ digest: brand<Digest>(letter.repeat(64)), bytes: 1 });
const broken = refuse(problem('ADDRESS_UNREACHABLE', { address: 'a', detail: 'b' }));

let now = 0;
let timers: { at: number; act: () => void }[] = [];
let reports: string[] = [];
let fetches: { letter: string; signal: AbortSignal; end: (result: Result<null>) => void }[] = [];
let takes: Takes;

beforeEach(() => {
  now = 0;
  timers = [];
  reports = [];
  fetches = [];
  takes = new Takes({
    clock: {
      now: () => now,
      monotonic: () => now,
      after(milliseconds, act) {
        const timer = { at: now + milliseconds, act };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
    },
    inbox: {
      keepOnly: () => Promise.resolve(),
      fetch: ({ digest }, signal) =>
        new Promise((end) => {
          fetches.push({ letter: digest.charAt(0), signal, end });
        }),
    },
    report: ({ fence: { number }, digest, because }) =>
      reports.push(`${digest.charAt(0)}${number} ${because?.code ?? 'delivered'}`),
  });
});

async function settle(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}

async function ends(index: number, result: Result<null>): Promise<void> {
  fetches[index]?.end(result);
  await settle();
}

async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  const due = timers.filter((one) => one.at <= now);
  timers = timers.filter((one) => one.at > now);
  for (const one of due) one.act();
  await settle();
}

const begun = (): string => fetches.map((one) => one.letter).join('');

test('not more than two at once, each reported under the newest fence', async () => {
  takes.take({ fence: fence(1), items: [item('a'), item('b'), item('c')] });
  takes.take({ fence: fence(2), items: [item('a'), item('b'), item('c')] });
  await settle();
  assert.equal(begun(), 'ab', 'repeating starts nothing twice');
  await ends(0, ok(null));
  assert.equal(begun(), 'abc');
  assert.deepEqual(reports, ['a2 delivered']);
});

test('what is no longer named is stopped and not reported', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  takes.take({ fence: fence(2), items: [item('b')] });
  await settle();
  assert.equal(fetches[0]?.signal.aborted, true);
  await ends(0, broken);
  await ends(1, ok(null));
  assert.deepEqual(reports, ['b2 delivered']);
});

test('named again at once, it waits until the stopped one has let go of the file', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  takes.take({ fence: fence(2), items: [] });
  takes.take({ fence: fence(3), items: [item('a')] });
  await settle();
  assert.equal(begun(), 'a');
  await ends(0, broken);
  assert.equal(begun(), 'aa');
  await ends(1, ok(null));
  assert.deepEqual(reports, ['a3 delivered']);
});

test('a failure is reported, tried again later, and at once when the other side is back', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  await ends(0, broken);
  assert.deepEqual(reports, ['a1 ADDRESS_UNREACHABLE']);
  await pass(limits.failedAgainMilliseconds - 1);
  assert.equal(begun(), 'a');
  await pass(1);
  assert.equal(begun(), 'aa');
  await ends(1, broken);
  takes.tryAgain();
  await settle();
  assert.equal(begun(), 'aaa');
});

test('asked again for what was delivered, it looks again, but does not spin', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  await ends(0, ok(null));
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  assert.equal(begun(), 'a');
  await pass(limits.reportedAgainMilliseconds);
  assert.equal(begun(), 'aa');
});

test('an information server that is there anew need not wait', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  await ends(0, ok(null));
  takes.forgetReports();
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  assert.equal(begun(), 'aa');
});

test('nothing runs after the end', async () => {
  takes.take({ fence: fence(1), items: [item('a')] });
  await settle();
  takes.close();
  assert.equal(fetches[0]?.signal.aborted, true);
  await ends(0, broken);
  assert.deepEqual([reports, timers.length], [[], 0]);
});
