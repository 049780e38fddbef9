/**
 * From a request to its forecast, without any thread: a run depends on the request and its own
 * number alone, so that any number of workers can share them.
 */

import type { ForecastRequest } from '#ports/forecast.ts';
import type { Forecast } from '#protocol/console/forecast.ts';
import type { RunFigures } from './figures.ts';
import { prepare } from './prepared.ts';
import { runOnce } from './run-once.ts';
import { summaryOf } from './summary.ts';

/** From the first of them up to, not including, the last. */
export type RunRange = { readonly from: number; readonly until: number };

export function runsOf(request: ForecastRequest, { from, until }: RunRange): RunFigures[] {
  const prepared = prepare(request);
  const figures: RunFigures[] = [];
  for (let run = from; run < until; run++) figures.push(runOnce(prepared, run));
  return figures;
}

export function forecastOf(request: ForecastRequest): Forecast {
  return summaryOf(request, runsOf(request, { from: 0, until: request.runs }));
}
