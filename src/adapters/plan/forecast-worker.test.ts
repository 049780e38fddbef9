import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest } from '#domain/names.ts';
import { examplePlan } from '#domain/upgrade/upgrade.testing.ts';
import type { ForecastRequest, Habits } from '#ports/forecast.ts';
import { forecastWorkerLimits, openForecaster } from './forecast-worker.ts';

/** A worker of a few lines in place of ours: what it is asked, it says. */
function workerOf(body: string): URL {
  const code = `import { parentPort } from 'node:worker_threads';
    const answer = (message) => parentPort.postMessage(message);
    let request;
    parentPort.on('message', (message) => {
      if (message.type === 'request') { request = message.request; return; }
      ${body}
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const honest = `if (message.type === 'run') {
    answer({ type: 'outcome', run: message.run, outcome: message.run * request.seed });
  } else if (message.type === 'sum-up') {
    answer({ type: 'summed-up', forecast: message.outcomes });
  } else if (message.type === 'alternatives') {
    const named = (name, seed) => ({ name, request: { ...message.request, seed } });
    answer({ type: 'alternatives', alternatives: [named('one', 1), named('two', 2)] });
  } else if (message.type === 'compare') {
    const comparison = message.forecasts.map(({ name, forecast }) => [name, forecast]);
    answer({ type: 'compared', comparison: { comparison, wish: message.wish } });
  } else answer({ type: 'habits', habits: message.past.length });`;

const spread = { from: 'default', median: 1, p95: 2 } as const;
const never = { from: 'default', value: 0 } as const;
const habits: Habits = {
  begin: spread,
  prepare: spread,
  repair: spread,
  repairWorkMinutes: 1,
  planWorkMinutes: 1,
  groupWorkMinutes: 1,
  unpack: spread,
  switch: spread,
  prove: spread,
  catalogueCheck: spread,
  informationServer: spread,
  agent: spread,
  absent: never,
  returns: spread,
  fails: {},
  vanishes: never,
  decision: spread,
  decisionWorkMinutes: 1,
  bytesOverhead: never,
};

function request(runs: number): ForecastRequest {
  return {
    plan: examplePlan({}),
    servers: [],
    startsAt: 0,
    linkBitsPerSecond: null,
    serverBitsPerSecond: null,
    withInformationServer: true,
    releaseDigest: brand<Digest>('a'.repeat(64)),
    habits,
    runs,
    seed: 7,
  };
}

async function ask(
  body: string,
  { runs = 3, abortAfterMs }: { readonly runs?: number; readonly abortAfterMs?: number } = {},
) {
  const told: number[] = [];
  const signal =
    abortAfterMs === undefined ? new AbortController().signal : AbortSignal.timeout(abortAfterMs);
  const forecaster = openForecaster({ worker: workerOf(body), memoryMebibytesMax: 64 });
  const begun = performance.now();
  const answer = await forecaster.forecast(request(runs), {
    progress: (done, total) => {
      assert.equal(total, runs);
      told.push(done);
    },
    signal,
  });
  return { answer, told, milliseconds: performance.now() - begun };
}

test('every run is done once, told as it is done, and summed up in the order of the numbers', async () => {
  const runs = forecastWorkerLimits.workersMax * 5;
  const { answer, told } = await ask(honest, { runs });
  const numbers = Array.from({ length: runs }, (_, at) => at);
  assert.deepEqual(answer, { ok: true, value: numbers.map((at) => at * 7) });
  assert.deepEqual(
    told,
    numbers.map((at) => at + 1),
  );
});

test('a forecast that nobody wants any more ends within a second, though its run never does', async () => {
  const { answer, milliseconds } = await ask('for (;;);', { abortAfterMs: 200 });
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'FORECAST_STOPPED');
  assert.ok(milliseconds < 1_200, `${milliseconds} ms`);
});

test('when it is enough no run begins any more, and those that began are the forecast', async () => {
  const slow = `if (message.type === 'run') {
      setTimeout(() => answer({ type: 'outcome', run: message.run, outcome: message.run }), 40);
    } else answer({ type: 'summed-up', forecast: message.outcomes });`;
  const how = {
    progress: () => undefined,
    signal: new AbortController().signal,
    enough: AbortSignal.timeout(300),
  };
  const begun = performance.now();
  const answer = await openForecaster({ worker: workerOf(slow) }).forecast(request(10_000), how);
  assert.ok(performance.now() - begun < 2_000);
  assert.ok(answer.ok);
  const runs: unknown = answer.value;
  assert.ok(Array.isArray(runs) && runs.length > 0 && runs.length < 200);
  assert.deepEqual(runs, [...runs.keys()]);
});

test('one that was not wanted at all begins nothing', async () => {
  const forecaster = openForecaster({ worker: workerOf('answer(1)') });
  const answer = await forecaster.forecast(request(1), {
    progress: () => assert.fail('nothing runs'),
    signal: AbortSignal.abort(),
  });
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'FORECAST_STOPPED');
});

const breakdowns: readonly (readonly [string, string, RegExp])[] = [
  ['throws', "throw new Error('no such group')", /no such group/],
  ['ends', 'process.exit(3)', /status 3/],
  ['outgrows its memory', 'const all = []; for (;;) all.push({ all: [1, 2, 3] });', /memory/],
];
for (const [what, body, expected] of breakdowns) {
  test(`a worker that ${what} is a problem that says so, and nobody waits for it`, async () => {
    const { answer } = await ask(body);
    assert.ok(!answer.ok);
    assert.equal(answer.because.code, 'FORECAST_BROKEN');
    assert.match(String(answer.because.with['detail']), expected);
  });
}

test('a worker that cannot be loaded is a problem too', async () => {
  const forecaster = openForecaster({ worker: new URL('./nothing-here.ts', import.meta.url) });
  const { signal } = new AbortController();
  const answer = await forecaster.forecast(request(1), { progress: () => undefined, signal });
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'FORECAST_BROKEN');
});

test('a comparison takes each way in turn, and its progress is that of all', async () => {
  const forecaster = openForecaster({ worker: workerOf(honest) });
  const told: (readonly [number, number])[] = [];
  const how = {
    progress: (done: number, total: number) => told.push([done, total]),
    signal: new AbortController().signal,
  };
  const local = { by: 'local-installation', minutesEach: 15, people: 2 } as const;
  const wish = { local, contentOnlyFromControlManager: true };
  const comparison = [
    ['one', [0, 1]],
    ['two', [0, 2]],
  ];
  const methods = await forecaster.compareMethods(request(2), wish, how);
  assert.deepEqual(methods, { ok: true, value: { comparison, wish } });
  const all = [1, 2, 3, 4].map((done) => [done, 4]);
  assert.deepEqual(told.splice(0), all);
  const plans = ['one', 'two'].map((name, at) => ({
    name,
    request: { ...request(2), seed: at + 1 },
  }));
  const compared = await forecaster.comparePlans(plans, how);
  assert.deepEqual(compared, { ok: true, value: { comparison, wish: null } });
  assert.deepEqual(told, all);
});

test('habits come from a worker too', async () => {
  const { signal } = new AbortController();
  const past = { plan: examplePlan({}), startedAt: 0, inputs: [], bytes: [] };
  const answer = await openForecaster({ worker: workerOf(honest) }).habits([past], signal);
  assert.deepEqual(answer, { ok: true, value: 1 });
});
