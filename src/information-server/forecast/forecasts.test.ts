import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { pino } from 'pino';
import { ok, type Result } from '#domain/result.ts';
import type { Forecaster } from '#ports/forecast.ts';
import type { ForecastDocument } from '#protocol/console/forecast.ts';
import { Forecasts } from './forecasts.ts';
import { limits } from '../limits.ts';

const document = { madeAt: 1 } as unknown as ForecastDocument;
const forecaster = {} as unknown as Forecaster;

/** A clock that goes when it is told to. */
function begin(maker: Forecaster | null = forecaster) {
  let now = 0;
  let timers: { readonly at: number; readonly act: () => void }[] = [];
  const clock = {
    now: () => now,
    monotonic: () => now,
    after(milliseconds: number, act: () => void) {
      const timer = { at: now + milliseconds, act };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  };
  const pass = async (milliseconds: number): Promise<void> => {
    now += milliseconds;
    for (const { act } of timers.filter(({ at }) => at <= now)) act();
    timers = timers.filter(({ at }) => at > now);
    await pause(0);
  };
  const log = pino({ enabled: false });
  return { forecasts: new Forecasts({ clock, log, epoch: 3 }, maker), pass };
}

/** Work that ends when it is told to, or aborted. */
function work() {
  const done = Promise.withResolvers<Result<ForecastDocument>>();
  const seen = { isAborted: false };
  const act = (
    _maker: Forecaster,
    { progress, signal }: Parameters<Forecaster['forecast']>[1],
  ): Promise<Result<ForecastDocument>> => {
    progress(1, 9);
    signal.addEventListener('abort', () => {
      seen.isAborted = true;
      done.resolve({ ok: false, because: { code: 'FORECAST_STOPPED', with: {} } });
    });
    return done.promise;
  };
  return { act, done, seen };
}

const codeOf = (answer: Result<unknown> | null): string | null =>
  answer === null || answer.ok ? null : answer.because.code;

function idOf(answer: Result<{ readonly forecast: string }>): string {
  assert.ok(answer.ok);
  return answer.value.forecast;
}

test('one forecast at a time: a second is told so, until the first is done', async () => {
  const { forecasts } = begin();
  const first = work();
  const id = idOf(forecasts.begin(first.act));
  assert.equal(codeOf(forecasts.begin(work().act)), 'FORECAST_BUSY');
  assert.deepEqual(forecasts.look(id), ok({ runsDone: 1, runsTotal: 9, document: null }));
  first.done.resolve(ok(document));
  await pause(0);
  assert.notEqual(idOf(forecasts.begin(work().act)), id);
  assert.deepEqual(forecasts.look(id), ok({ runsDone: 1, runsTotal: 9, document }));
  assert.equal(codeOf(forecasts.look(id)), 'FORECAST_UNKNOWN');
});

test('one that is stopped ends, and makes room', () => {
  const { forecasts } = begin();
  const first = work();
  const id = idOf(forecasts.begin(first.act));
  assert.ok(forecasts.stop(id).ok);
  assert.ok(first.seen.isAborted);
  assert.equal(codeOf(forecasts.stop(id)), 'FORECAST_UNKNOWN');
  assert.ok(forecasts.begin(work().act).ok);
});

test('one that nobody looks at is ended; one that somebody looks at goes on', async () => {
  const { forecasts, pass } = begin();
  const first = work();
  const id = idOf(forecasts.begin(first.act));
  await pass(limits.forecastLookMs - 1);
  assert.ok(forecasts.look(id).ok);
  await pass(1);
  assert.ok(!first.seen.isAborted);
  await pass(limits.forecastLookMs);
  assert.ok(first.seen.isAborted);
  assert.equal(codeOf(forecasts.look(id)), 'FORECAST_UNKNOWN');
});

test('work that throws is a problem, not a job that is never done', async () => {
  const { forecasts } = begin();
  const id = idOf(forecasts.begin(() => Promise.reject(new Error('no rows'))));
  await pause(0);
  assert.equal(codeOf(forecasts.look(id)), 'FORECAST_BROKEN');
});

test('a start that takes long is told when it is enough, before it is too late', async () => {
  const { forecasts, pass } = begin();
  const made = forecasts.beforeStart(
    (_maker, { enough }) =>
      new Promise<Result<number>>((done) => {
        enough?.addEventListener('abort', () => done(ok(7)));
      }),
  );
  await pass(limits.startForecastRunsMs);
  assert.deepEqual(await made, ok(7));
});

test('a start waits for its forecast, but not long', async () => {
  const { forecasts, pass } = begin();
  const slow = work();
  const late = forecasts.beforeStart(slow.act);
  assert.equal(codeOf(await forecasts.beforeStart(work().act)), 'FORECAST_BUSY');
  await pass(limits.startForecastMs);
  assert.equal(codeOf(await late), 'FORECAST_LATE');
  assert.ok(slow.seen.isAborted);
  // One that people asked for does not keep a start from having its own.
  idOf(forecasts.begin(work().act));
  assert.deepEqual(await forecasts.beforeStart(async () => ok(1)), ok(1));
  assert.equal(await begin(null).forecasts.beforeStart(async () => ok(1)), null);
});
