/**
 * Forecasts in threads of their own: a program that serves goes on serving meanwhile. What a run
 * is and how runs are summed up is known to the workers alone; here they are handed out, ended
 * when nobody wants the answer any more, and never waited for once one of them has broken.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Forecaster, ForecastRequest } from '#ports/forecast.ts';
import type { FromForecastWorker, ToForecastWorker } from '#ports/forecast-worker.ts';
import type { Forecast } from '#protocol/console/forecast.ts';

export const forecastWorkerLimits = {
  workersMax: 4,
  memoryMebibytesMax: 1_536,
} as const;

/** In a checkout a source beside us; in a bundle the file that `scripts/bundle.ts` lays there. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? '../forecast/main.ts' : './forecast.mjs', here);
}

type Options = {
  readonly worker: URL;
  /** Of all workers together; one that needs more is ended with a problem, not with the program. */
  readonly memoryMebibytesMax: number;
};

export function openForecaster(options: Partial<Options> = {}): Forecaster {
  const { memoryMebibytesMax } = forecastWorkerLimits;
  const given = { worker: workerFile(), memoryMebibytesMax, ...options };
  return {
    async forecast(request, how) {
      if (how.signal.aborted) return refuse(problem('FORECAST_STOPPED', {}));
      const count = Math.min(
        availableParallelism(),
        forecastWorkerLimits.workersMax,
        Math.max(request.runs, 1),
      );
      const workers = Array.from({ length: count }, () => openWorker(given, count));
      const over = new AbortController();
      try {
        return await run(workers, request, { ...how, over: over.signal });
      } finally {
        over.abort();
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
    },
  };
}

function openWorker({ worker, memoryMebibytesMax }: Options, count: number): Worker {
  return new Worker(worker, {
    name: 'forecast',
    // Ours may hold what a worker cannot take, such as `--eval`.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: Math.floor(memoryMebibytesMax / count) },
  });
}

type How = Parameters<Forecaster['forecast']>[1] & { readonly over: AbortSignal };

function run(
  workers: readonly Worker[],
  request: ForecastRequest,
  { progress, signal, over }: How,
): Promise<Result<Forecast>> {
  return new Promise((answer) => {
    const outcomes: unknown[] = [];
    let handedOut = 0;
    let runsDone = 0;
    const broke = (detail: string): void => answer(refuse(problem('FORECAST_BROKEN', { detail })));
    const hand = (worker: Worker): void => {
      if (handedOut < request.runs) tell(worker, { type: 'run', run: handedOut++ });
      else if (runsDone === request.runs) tell(worker, { type: 'sum-up', outcomes });
    };
    const hear = (worker: Worker, message: FromForecastWorker): void => {
      if (message.type === 'summed-up') return answer(ok(message.forecast));
      outcomes[message.run] = message.outcome;
      runsDone += 1;
      progress(runsDone);
      hand(worker);
    };
    const stop = (): void => answer(refuse(problem('FORECAST_STOPPED', {})));
    signal.addEventListener('abort', stop, { once: true, signal: over });
    for (const worker of workers) {
      worker.on('message', (message: FromForecastWorker) => hear(worker, message));
      worker.on('error', (error) => broke(error instanceof Error ? error.message : String(error)));
      worker.on('exit', (status) => broke(`ended with status ${status}`));
      tell(worker, { type: 'request', request });
      hand(worker);
    }
  });
}

function tell(worker: Worker, message: ToForecastWorker): void {
  worker.postMessage(message);
}
