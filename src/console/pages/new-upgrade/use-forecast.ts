/** A forecast of the plan as it stands: begun when it is asked for, looked at until it is made. */

import { useEffect, useState } from 'react';
import type { Problem } from '#domain/problem.ts';
import type { ForecastProgress, ForecastWish } from '#protocol/console/forecast.ts';
import { callSite } from '../../data/call.ts';
import { planFile } from './plan-checks.ts';

const lookMs = 400;

export type Forecasting =
  | { readonly state: 'none' }
  | {
      readonly state: 'running';
      readonly progress: Pick<ForecastProgress, 'runsDone' | 'runsTotal'>;
    }
  | { readonly state: 'made'; readonly of: string; readonly document: Document }
  | { readonly state: 'refused'; readonly because: Problem };
type Document = NonNullable<ForecastProgress['document']>;

/** `text`: of which plan. */
export function useForecast(text: string, wish: ForecastWish) {
  const [made, setMade] = useState<Forecasting>({ state: 'none' });
  const [id, setId] = useState<{ readonly forecast: string; readonly of: string } | null>(null);
  useEffect(() => {
    if (id === null) return undefined;
    const { forecast, of } = id;
    const look = async (): Promise<void> => {
      const looked = await callSite('forecast.look', { forecast });
      if (!looked.ok) setMade({ state: 'refused', because: looked.because });
      else if (looked.value.document === null) {
        setMade({ state: 'running', progress: looked.value });
        return;
      } else setMade({ state: 'made', of, document: looked.value.document });
      setId(null);
    };
    const timer = window.setInterval(() => void look(), lookMs);
    return () => window.clearInterval(timer);
  }, [id]);
  const begin = async (): Promise<void> => {
    setMade({ state: 'running', progress: { runsDone: 0, runsTotal: wish.runs } });
    const plans = [{ file: planFile, text, acknowledged: true }];
    const begun = await callSite('forecast.begin', { ...wish, plans });
    if (begun.ok) setId({ ...begun.value, of: text });
    else setMade({ state: 'refused', because: begun.because });
  };
  return { made, begin };
}
