/**
 * The worker that makes forecasts: a question comes in, its answer goes out. Whoever asks ends the
 * worker to give a question up, so nothing here looks out for that. What breaks is thrown, and ends
 * the worker: whoever asked hears of it.
 */

import { parentPort } from 'node:worker_threads';
import { invariant } from '#domain/result.ts';
import type { FromForecastWorker, ToForecastWorker } from '#ports/forecast-worker.ts';
import { alternativesOf, compare } from './compare.ts';
import { readFigures } from './figures.ts';
import { mergeHabits } from './habits.ts';
import { habitsOf } from './history.ts';
import { prepare, type Prepared } from './prepared.ts';
import { runOnce } from './run-once.ts';
import { summaryOf } from './summary.ts';

/** Of the request that this worker was given; made ready once for all its runs. */
let prepared: Prepared | null = null;

function asked(): Prepared {
  invariant(prepared !== null, 'the request comes before its runs');
  return prepared;
}

function answerTo(message: ToForecastWorker): FromForecastWorker | null {
  switch (message.type) {
    case 'request':
      prepared = prepare(message.request);
      return null;
    case 'run':
      return { type: 'outcome', run: message.run, outcome: runOnce(asked(), message.run) };
    case 'sum-up': {
      const figures = readFigures(message.outcomes);
      return { type: 'summed-up', forecast: summaryOf(asked().request, figures) };
    }
    case 'alternatives':
      return { type: 'alternatives', alternatives: alternativesOf(message.request, message.wish) };
    case 'compare':
      return { type: 'compared', comparison: compare(message.forecasts, message.wish) };
    case 'habits':
      return { type: 'habits', habits: mergeHabits(habitsOf(message.past)) };
  }
}

parentPort?.on('message', (message: ToForecastWorker) => {
  const answer = answerTo(message);
  if (answer !== null) parentPort?.postMessage(answer);
});
