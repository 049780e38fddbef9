/** The real workers behind the real adapter, against the same forecast made on one thread. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openForecaster } from '#adapters/plan/forecast-worker.ts';
import { alternativesOf, compare } from '#forecast/compare.ts';
import { forecastOf } from '#forecast/forecast.ts';
import { day, requestOf, startsAt } from '#forecast/forecast.testing.ts';
import { defaultHabits } from '#forecast/habits.ts';
import type { ComparisonWish } from '#ports/forecast.ts';

const request = requestOf({
  sizes: [10, 20],
  bytes: 20_000_000,
  group: (place) => ({ from: startsAt + place * day }),
  habits: defaultHabits,
  request: { runs: 9, seed: 3, linkBitsPerSecond: 10_000_000, withInformationServer: true },
});
const wish: ComparisonWish = {
  local: { by: 'local-installation', minutesEach: 20, people: 2 },
  contentOnlyFromControlManager: null,
};
const { signal } = new AbortController();

test('workers share the runs and make the forecast that one thread makes', async () => {
  const told: number[] = [];
  const progress = (runsDone: number) => void told.push(runsDone);
  const forecast = await openForecaster().forecast(request, { progress, signal });
  assert.deepEqual(forecast, { ok: true, value: forecastOf(request) });
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('and the comparison, and the habits', async () => {
  const forecaster = openForecaster();
  const progress = () => undefined;
  const compared = await forecaster.compareMethods(request, wish, { progress, signal });
  const forecasts = alternativesOf(request, wish).map((one) => ({
    ...one,
    forecast: forecastOf(one.request),
  }));
  assert.deepEqual(compared, { ok: true, value: compare(forecasts, wish) });
  assert.deepEqual(await forecaster.habits([], signal), { ok: true, value: defaultHabits });
});
