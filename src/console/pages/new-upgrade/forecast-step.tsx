/** How long it will take, what it moves, and whether versions are level in time (S4, S7, R6). */

import type { PlanFile } from '#protocol/plan/plan-file.ts';
import type { Forecast, Range } from '#protocol/console/forecast.ts';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength, sayRange } from '../../app/lengths.ts';
import { timeIn, viewerZone } from '../../app/times.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Draft } from './draft.ts';
import { ForecastButton } from './forecast-button.tsx';
import { planFile } from './plan-checks.ts';
import { PlanEntry, speedForm } from './plan-entry.tsx';
import { useForecast } from './use-forecast.ts';

type Props = { readonly draft: Draft; readonly plan: PlanFile };

export function ForecastStep({ draft, plan }: Props) {
  const words = useWords();
  const { made, begin } = useForecast(draft.text, { runs: 100, seed: 1 });
  return (
    <>
      <PlanEntry
        label={words.text('plan.link')}
        value={plan.link ?? ''}
        form={speedForm}
        mayBeEmpty
        hint={words.text('plan.linkHint')}
        onValue={(link) => draft.edit(['link'], link === '' ? undefined : link)}
      />
      <ForecastButton
        text={words.text('plan.forecast')}
        made={made}
        plan={draft.text}
        begin={begin}
      />
      {made.state === 'made' && made.document.forecast !== null ? (
        <Made forecast={made.document.forecast} />
      ) : null}
      <CliLine line={cliLine('upgrade', 'plan', planFile, '--forecast')} />
    </>
  );
}

const time = (at: number): string => timeIn(viewerZone(), Math.round(at)).slice(0, 16);

function Made({ forecast }: { readonly forecast: Forecast }) {
  const words = useWords();
  const { startsAt, endsAt, bytes, bytesPerHourMax, personMinutes, mixedEndsAt } = forecast;
  const ranged = (range: Range | null, say: (value: number) => string): string =>
    sayRange(words, range, say);
  const inTime = Math.round(forecast.mixedInTimeShare * 100);
  const length = (at: number): string => sayLength(words, Math.max(0, (at - startsAt) / 1_000));
  return (
    <>
      <Facts
        facts={[
          { name: words.text('plan.duration'), value: ranged(endsAt, length) },
          { name: words.text('upgrades.ended'), value: ranged(endsAt, time) },
          { name: words.text('upgrades.bytes'), value: ranged(bytes, formatBytes) },
          { name: words.text('plan.busiestHour'), value: ranged(bytesPerHourMax, formatBytes) },
          {
            name: words.text('upgrades.work'),
            value: ranged(personMinutes, (minutes) => sayLength(words, minutes * 60)),
          },
          { name: words.text('upgrades.mixedEnded'), value: ranged(mixedEndsAt, time) },
          {
            name: words.text('upgrades.mixedDeadline'),
            value: (
              <>
                <TimeText at={forecast.mixedUntil} />{' '}
                <StateMark tone={inTime >= 95 ? 'good' : inTime >= 50 ? 'warning' : 'bad'}>
                  {words.text('plan.inTime', { percent: inTime })}
                </StateMark>
              </>
            ),
          },
        ]}
      />
      <ListTable<Forecast['groups'][number]>
        name="forecast-groups"
        label={words.text('upgrades.groups')}
        rows={forecast.groups}
        keyOf={({ name }) => name}
        columns={[
          textColumn('group', words.text('fleet.column.group'), { width: 70 }, (row) => row.name),
          textColumn('servers', words.text('deploy.servers'), { width: 70 }, (row) =>
            String(row.servers),
          ),
          textColumn('starts', words.text('upgrades.started'), { width: 130 }, (row) =>
            row.startsAt === null ? null : time(row.startsAt.median),
          ),
          textColumn('ends', words.text('upgrades.ended'), { width: 130 }, (row) =>
            row.endsAt === null ? null : time(row.endsAt.median),
          ),
          textColumn(
            'stops',
            words.text('plan.stops'),
            { width: 110 },
            (row) => `${Math.round(row.stopsShare * 100)}%`,
          ),
        ]}
        empty={null}
      />
      {forecast.assumed.length === 0 ? null : (
        <p className="quiet">{words.text('plan.assumed', { count: forecast.assumed.length })}</p>
      )}
    </>
  );
}
