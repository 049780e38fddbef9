/**
 * What the adapter that makes forecasts and its workers tell each other. Both come from one
 * release, so no version stands here. The adapter hands out run after run, so that fast workers do
 * more; which worker did a run changes nothing about its outcome.
 */

import type { Comparison, Forecast } from '#protocol/console/forecast.ts';
import type {
  Alternative,
  ComparisonWish,
  ForecastRequest,
  Habits,
  PastUpgrade,
} from './forecast.ts';

export type ToForecastWorker =
  /** First, and once. */
  | { readonly type: 'request'; readonly request: ForecastRequest }
  /** A run by its number, from 0: its chance depends on the seed of the request and on it alone. */
  | { readonly type: 'run'; readonly run: number }
  /** The outcomes of all runs, in the order of their numbers. */
  | { readonly type: 'sum-up'; readonly outcomes: readonly unknown[] }
  /** These three need no request before them. Which ways there are to go with this plan. */
  | {
      readonly type: 'alternatives';
      readonly request: ForecastRequest;
      readonly wish: ComparisonWish;
    }
  /** `wish`: null where plans are compared, not methods. */
  | {
      readonly type: 'compare';
      readonly forecasts: readonly (Alternative & { readonly forecast: Forecast })[];
      readonly wish: ComparisonWish | null;
    }
  | { readonly type: 'habits'; readonly past: readonly PastUpgrade[] };

export type FromForecastWorker =
  /** What it holds is known to the workers alone. */
  | { readonly type: 'outcome'; readonly run: number; readonly outcome: unknown }
  | { readonly type: 'summed-up'; readonly forecast: Forecast }
  | { readonly type: 'alternatives'; readonly alternatives: readonly Alternative[] }
  | { readonly type: 'compared'; readonly comparison: Comparison }
  | { readonly type: 'habits'; readonly habits: Habits };
