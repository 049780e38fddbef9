/** Which question an asker has for the forecaster, wherever it is asked: one plan, ways, or two plans. */

import { ok, type Result } from '#domain/result.ts';
import type { Comparison, ForecastDocument } from '#protocol/console/forecast.ts';
import type { Alternative, ComparisonWish, Forecaster } from './forecast.ts';

type Made = Pick<ForecastDocument, 'forecast' | 'comparison'>;

export async function makeForecast(
  forecaster: Forecaster,
  asked: {
    /** The plans, by their files. */
    readonly alternatives: readonly Alternative[];
    /** null: the methods are not to be compared. */
    readonly wish: ComparisonWish | null;
  },
  how: Parameters<Forecaster['forecast']>[1],
): Promise<Result<Made>> {
  const { alternatives, wish } = asked;
  const [first, second] = alternatives;
  if (first === undefined || second !== undefined) {
    return compared(await forecaster.comparePlans(alternatives, how));
  }
  if (wish !== null) return compared(await forecaster.compareMethods(first.request, wish, how));
  const forecast = await forecaster.forecast(first.request, how);
  return forecast.ok ? ok({ forecast: forecast.value, comparison: null }) : forecast;
}

function compared(answer: Result<Comparison>): Result<Made> {
  return answer.ok ? ok({ forecast: null, comparison: answer.value }) : answer;
}
