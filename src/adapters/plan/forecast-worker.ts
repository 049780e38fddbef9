/**
 * Forecasts in threads of their own: a program that serves goes on serving meanwhile. What a run
 * is, how runs are summed up and compared is known to the workers alone; here runs are handed out,
 * ended when nobody wants the answer any more, and never waited for once a worker has broken.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  Alternative,
  ComparisonWish,
  Forecaster,
  ForecastRequest,
  Habits,
  PastUpgrade,
} from '#ports/forecast.ts';
import type { FromForecastWorker, ToForecastWorker } from '#ports/forecast-worker.ts';
import type { Comparison, Forecast } from '#protocol/console/forecast.ts';

export const forecastWorkerLimits = {
  workersMax: 4,
  memoryMebibytesMax: 1_536,
} as const;

/** In a checkout a source beside us; in a bundle the file that `scripts/release/bundle.ts` lays there. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? '../../forecast/main.ts' : './forecast.mjs', here);
}

type Options = {
  readonly worker: URL;
  /** Of all workers together; one that needs more is ended with a problem, not with the program. */
  readonly memoryMebibytesMax: number;
};

type How = Parameters<Forecaster['forecast']>[1];

export function openForecaster(options: Partial<Options> = {}): Forecaster {
  const { memoryMebibytesMax } = forecastWorkerLimits;
  return new Forecasts({ worker: workerFile(), memoryMebibytesMax, ...options });
}

class Forecasts implements Forecaster {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  forecast(request: ForecastRequest, how: How): Promise<Result<Forecast>> {
    const { progress, signal, enough } = how;
    const { workersMax } = forecastWorkerLimits;
    const { runs } = request;
    const workers = Math.max(1, Math.min(availableParallelism(), workersMax, runs));
    const outcomes: unknown[] = [];
    let handedOut = 0;
    let runsDone = 0;
    const hand = (tell: Tell): void => {
      const isLast = handedOut === runs || (enough?.aborted === true && handedOut > 0);
      if (!isLast) tell({ type: 'run', run: handedOut++ });
      // All that began are waited for: the quickest alone would tell of a luckier fleet.
      else if (runsDone === handedOut) tell({ type: 'sum-up', outcomes });
    };
    return this.#work<Forecast>({ workers, signal }, (tell) => {
      tell({ type: 'request', request });
      hand(tell);
      return (message) => {
        if (message.type === 'summed-up') return message.forecast;
        if (message.type !== 'outcome') return null;
        outcomes[message.run] = message.outcome;
        runsDone += 1;
        progress(runsDone, runs);
        hand(tell);
        return null;
      };
    });
  }

  async compareMethods(
    request: ForecastRequest,
    wish: ComparisonWish,
    how: How,
  ): Promise<Result<Comparison>> {
    const { signal } = how;
    const found = await this.#ask({ type: 'alternatives', request, wish }, signal, (message) =>
      message.type === 'alternatives' ? message.alternatives : null,
    );
    return found.ok ? this.#compare(found.value, wish, how) : found;
  }

  comparePlans(alternatives: readonly Alternative[], how: How): Promise<Result<Comparison>> {
    return this.#compare(alternatives, null, how);
  }

  habits(past: readonly PastUpgrade[], signal: AbortSignal): Promise<Result<Habits>> {
    return this.#ask({ type: 'habits', past }, signal, (message) =>
      message.type === 'habits' ? message.habits : null,
    );
  }

  async #compare(
    alternatives: readonly Alternative[],
    wish: ComparisonWish | null,
    { progress, signal }: How,
  ): Promise<Result<Comparison>> {
    const runsTotal = alternatives.reduce((sum, { request }) => sum + request.runs, 0);
    const forecasts: (Alternative & { readonly forecast: Forecast })[] = [];
    let runsBefore = 0;
    for (const alternative of alternatives) {
      const forecast = await this.forecast(alternative.request, {
        progress: (runsDone) => progress(runsBefore + runsDone, runsTotal),
        signal,
      });
      if (!forecast.ok) return forecast;
      runsBefore += alternative.request.runs;
      forecasts.push({ ...alternative, forecast: forecast.value });
    }
    return this.#ask({ type: 'compare', forecasts, wish }, signal, (message) =>
      message.type === 'compared' ? message.comparison : null,
    );
  }

  #ask<Value>(
    question: ToForecastWorker,
    signal: AbortSignal,
    valueOf: (message: FromForecastWorker) => Value | null,
  ): Promise<Result<Value>> {
    return this.#work<Value>({ workers: 1, signal }, (tell) => {
      tell(question);
      return valueOf;
    });
  }

  /** `begin` is called for each worker and answers what hears it; the first value ends them all. */
  async #work<Value>(
    { workers: count, signal }: { readonly workers: number; readonly signal: AbortSignal },
    begin: (tell: Tell) => (message: FromForecastWorker) => Value | null,
  ): Promise<Result<Value>> {
    if (signal.aborted) return refuse(problem('FORECAST_STOPPED', {}));
    const workers = Array.from({ length: count }, () => this.#open(count));
    const over = new AbortController();
    try {
      return await new Promise<Result<Value>>((answer) => {
        const stop = (): void => answer(refuse(problem('FORECAST_STOPPED', {})));
        signal.addEventListener('abort', stop, { once: true, signal: over.signal });
        for (const worker of workers) {
          worker.on('error', (error) => answer(refuse(broken(error))));
          worker.on('exit', (status) => answer(refuse(broken(`ended with status ${status}`))));
          const hear = begin((message) => worker.postMessage(message));
          worker.on('message', (message: FromForecastWorker) => {
            const value = hear(message);
            if (value !== null) answer(ok(value));
          });
        }
      });
    } finally {
      over.abort();
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  }

  #open(count: number): Worker {
    const { worker, memoryMebibytesMax } = this.#options;
    return new Worker(worker, {
      name: 'forecast',
      // Ours may hold what a worker cannot take, such as `--eval`.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: Math.floor(memoryMebibytesMax / count) },
    });
  }
}

type Tell = (message: ToForecastWorker) => void;

function broken(error: unknown): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  return problem('FORECAST_BROKEN', { detail: detail.slice(0, 500) });
}
