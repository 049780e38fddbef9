/**
 * Forecasts that people asked for, one at a time: begun by one call, looked at by others, ended
 * when nobody looks any more. And the one before each start, which is waited for, but not long.
 */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Forecaster } from '#ports/forecast.ts';
import type { ForecastDocument, ForecastProgress } from '#protocol/console/forecast.ts';
import { limits } from '../limits.ts';
import type { Site } from '../site.ts';

export type ForecastWork<Value> = (
  forecaster: Forecaster,
  how: Parameters<Forecaster['forecast']>[1],
) => Promise<Result<Value>>;

type Job = {
  runsDone: number;
  runsTotal: number;
  lookedAt: number;
  outcome: Result<ForecastDocument> | null;
  readonly stop: AbortController;
};

export class Forecasts {
  readonly #site: Pick<Site, 'clock' | 'log' | 'epoch'>;
  /** null: nobody makes forecasts here. */
  readonly #forecaster: Forecaster | null;
  readonly #jobs = new Map<string, Job>();
  #begun = 0;
  #beforeStart: AbortController | null = null;

  constructor(site: Pick<Site, 'clock' | 'log' | 'epoch'>, forecaster: Forecaster | null) {
    this.#site = site;
    this.#forecaster = forecaster;
  }

  begin(work: ForecastWork<ForecastDocument>): Result<{ readonly forecast: string }> {
    const isBusy = [...this.#jobs.values()].some(({ outcome }) => outcome === null);
    if (isBusy) return refuse(problem('FORECAST_BUSY', {}));
    this.#begun += 1;
    const forecast = `forecast-${this.#site.epoch}-${this.#begun}`;
    const job: Job = {
      runsDone: 0,
      runsTotal: 0,
      lookedAt: this.#site.clock.monotonic(),
      outcome: null,
      stop: new AbortController(),
    };
    this.#jobs.set(forecast, job);
    const progress = (runsDone: number, runsTotal: number): void => {
      Object.assign(job, { runsDone, runsTotal });
    };
    void this.#done(work, { progress, signal: job.stop.signal }).then((outcome) => {
      job.outcome = outcome;
    });
    this.#watch(forecast, job);
    return ok({ forecast });
  }

  look(forecast: string): Result<ForecastProgress> {
    const job = this.#jobs.get(forecast);
    if (job === undefined) return refuse(problem('FORECAST_UNKNOWN', { forecast }));
    job.lookedAt = this.#site.clock.monotonic();
    const { runsDone, runsTotal, outcome } = job;
    if (outcome === null) return ok({ runsDone, runsTotal, document: null });
    this.#jobs.delete(forecast);
    return outcome.ok ? ok({ runsDone, runsTotal, document: outcome.value }) : outcome;
  }

  stop(forecast: string): Result<{ readonly done: true }> {
    const job = this.#jobs.get(forecast);
    if (job === undefined) return refuse(problem('FORECAST_UNKNOWN', { forecast }));
    job.stop.abort();
    this.#jobs.delete(forecast);
    return ok({ done: true });
  }

  /** null: none is made here. A start waits so long and no longer; why there is none is told. */
  async beforeStart<Value>(work: ForecastWork<Value>): Promise<Result<Value> | null> {
    if (this.#forecaster === null) return null;
    if (this.#beforeStart !== null) return refuse(problem('FORECAST_BUSY', {}));
    const stop = new AbortController();
    this.#beforeStart = stop;
    const enough = new AbortController();
    const { startForecastMs, startForecastRunsMs } = limits;
    let isLate = false;
    const timers = [
      this.#site.clock.after(startForecastRunsMs, () => enough.abort()),
      this.#site.clock.after(startForecastMs, () => {
        isLate = true;
        stop.abort();
      }),
    ];
    const how = { progress: () => undefined, signal: stop.signal, enough: enough.signal };
    try {
      const made = await this.#done(work, how);
      if (made.ok || !isLate) return made;
      return refuse(problem('FORECAST_LATE', { seconds: startForecastMs / 1_000 }));
    } finally {
      for (const cancel of timers) cancel();
      this.#beforeStart = null;
    }
  }

  end(): void {
    this.#beforeStart?.abort();
    for (const { stop } of this.#jobs.values()) stop.abort();
    this.#jobs.clear();
  }

  /** Who asked may have gone away: nobody computes for nobody, and no answer is kept for ever. */
  #watch(forecast: string, job: Job): void {
    this.#site.clock.after(limits.forecastLookMs, () => {
      if (this.#jobs.get(forecast) !== job) return;
      const silentMs = this.#site.clock.monotonic() - job.lookedAt;
      if (silentMs >= limits.forecastLookMs) this.stop(forecast);
      else this.#watch(forecast, job);
    });
  }

  async #done<Value>(
    work: ForecastWork<Value>,
    how: Parameters<Forecaster['forecast']>[1],
  ): Promise<Result<Value>> {
    if (this.#forecaster === null) {
      return refuse(problem('FORECAST_BROKEN', { detail: 'nobody makes forecasts here' }));
    }
    try {
      const made = await work(this.#forecaster, how);
      if (!made.ok && made.because.code === 'FORECAST_BROKEN') {
        this.#site.log.error({ because: made.because }, 'a forecast broke off');
      }
      return made;
    } catch (error) {
      this.#site.log.error({ err: error }, 'a forecast broke off');
      const detail = error instanceof Error ? error.message : String(error);
      return refuse(problem('FORECAST_BROKEN', { detail }));
    }
  }
}
