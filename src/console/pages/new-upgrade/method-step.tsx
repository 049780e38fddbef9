/** Program deployment or local installation, group by group, and both beside each other (S6). */

import { useState } from 'react';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import type { Comparison } from '#protocol/console/forecast.ts';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength } from '../../app/lengths.ts';
import { timeIn, viewerZone } from '../../app/times.ts';
import { Choice } from '../../parts/field/choice.tsx';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Draft } from './draft.ts';
import { ForecastButton } from './forecast-button.tsx';
import { GroupCards } from './group-cards.tsx';
import { PlanEntry, wholeForm } from './plan-entry.tsx';
import { useForecast } from './use-forecast.ts';

type Props = { readonly draft: Draft; readonly plan: PlanFile };

export function MethodStep({ draft, plan }: Props) {
  const words = useWords();
  const [minutesEach, setMinutes] = useState('15');
  const [people, setPeople] = useState('2');
  const compare = { minutesEach: Number(minutesEach), people: Number(people) };
  const { made, begin } = useForecast(draft.text, { runs: 30, seed: 1, compare });
  return (
    <>
      <GroupCards plan={plan}>
        {(group, place) => (
          <Choice
            label={words.text('plan.method')}
            value={group.method}
            options={[
              { value: 'deployment', text: words.text('upgrades.method.deployment') },
              { value: 'local', text: words.text('upgrades.method.local-installation') },
            ]}
            onChange={(value) => draft.edit(['groups', place, 'method'], value)}
          />
        )}
      </GroupCards>
      <h3>{words.text('plan.compare')}</h3>
      <div className="wizard-row">
        <PlanEntry
          label={words.text('plan.localMinutes')}
          value={minutesEach}
          form={wholeForm(1, 1_440)}
          onValue={setMinutes}
        />
        <PlanEntry
          label={words.text('plan.localPeople')}
          value={people}
          form={wholeForm(1, 10_000)}
          onValue={setPeople}
        />
      </div>
      <ForecastButton
        text={words.text('plan.compareNow')}
        made={made}
        plan={draft.text}
        begin={begin}
      />
      {made.state === 'made' && made.document.comparison !== null ? (
        <Compared comparison={made.document.comparison} />
      ) : null}
    </>
  );
}

type Way = Comparison['alternatives'][number];

function Compared({ comparison }: { readonly comparison: Comparison }) {
  const words = useWords();
  const { alternatives, recommended, conditions } = comparison;
  return (
    <>
      <ListTable<Way>
        name="methods"
        label={words.text('plan.compare')}
        rows={alternatives}
        keyOf={({ name }) => name}
        columns={[
          {
            id: 'method',
            title: words.text('plan.method'),
            width: 160,
            cell: ({ name, method }) => (
              <>
                {words.term('method', method)}{' '}
                {name === recommended ? (
                  <StateMark tone="good">{words.text('plan.recommended')}</StateMark>
                ) : null}
              </>
            ),
            text: ({ method }) => method,
          },
          textColumn('ends', words.text('upgrades.ended'), { width: 130 }, ({ endsAt }) =>
            endsAt === null ? null : timeIn(viewerZone(), Math.round(endsAt.median)).slice(0, 16),
          ),
          textColumn('bytes', words.text('upgrades.bytes'), { width: 100 }, ({ bytes }) =>
            formatBytes(bytes.median),
          ),
          textColumn('work', words.text('upgrades.work'), { width: 100 }, ({ personMinutes }) =>
            sayLength(words, personMinutes.median * 60),
          ),
        ]}
        empty={null}
      />
      <ul className="precautions">
        {conditions.map(({ condition, holds, speaksFor }) => (
          <li key={condition}>
            {words.text(holds === null ? 'plan.unknown' : holds ? 'plan.holds' : 'plan.holdsNot')}
            {': '}
            {words.term('condition', condition)}
            {' – '}
            {words.text('plan.speaksFor', { method: words.term('method', speaksFor) })}
          </li>
        ))}
      </ul>
    </>
  );
}
