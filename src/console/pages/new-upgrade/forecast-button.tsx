/** Begins a forecast, says how far it is, or why there is none. */

import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import type { Forecasting } from './use-forecast.ts';

type Props = {
  readonly text: string;
  readonly made: Forecasting;
  /** The plan as it stands now. */
  readonly plan: string;
  begin(): Promise<void>;
};

export function ForecastButton({ text, made, plan, begin }: Props) {
  const words = useWords();
  const mayCall = useMayCall();
  return (
    <>
      <div className="wizard-row">
        <ActionButton
          verdict={mayCall('forecast.begin')}
          isBusy={made.state === 'running'}
          onPress={() => void begin()}
        >
          {text}
        </ActionButton>
        {made.state === 'running' ? (
          <span className="quiet" role="status">
            {words.text('plan.runs', {
              done: made.progress.runsDone,
              all: made.progress.runsTotal,
            })}
          </span>
        ) : null}
      </div>
      {made.state === 'refused' ? (
        <VerdictText verdict={{ go: false, because: made.because }} />
      ) : null}
      {made.state === 'made' && made.of !== plan ? <p>{words.text('plan.forecastOld')}</p> : null}
    </>
  );
}
