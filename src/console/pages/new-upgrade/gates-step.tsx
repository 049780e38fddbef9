/** When a group counts as passed, what is held meanwhile, and how long anything may take. */

import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import type { Draft } from './draft.ts';
import { GroupCards, Tick } from './group-cards.tsx';
import { durationForm, percentForm, PlanEntry, wholeForm } from './plan-entry.tsx';

type Props = { readonly draft: Draft; readonly plan: PlanFile };

const lengths = ['holdMax', 'mixedMax', 'lease', 'prove'] as const;

export function GatesStep({ draft, plan }: Props) {
  const words = useWords();
  return (
    <>
      <GroupCards plan={plan}>
        {(group, place) => {
          const path = (...keys: readonly string[]) => ['groups', place, ...keys];
          return (
            <div className="wizard-row">
              <PlanEntry
                label={words.text('plan.percentMin')}
                value={String(group.gate.percentMin)}
                form={percentForm}
                onValue={(value) => draft.edit(path('gate', 'percentMin'), Number(value))}
              />
              <PlanEntry
                label={words.text('plan.sampleMin')}
                value={String(group.gate.sampleMin)}
                form={wholeForm(1, 100_000)}
                onValue={(value) => draft.edit(path('gate', 'sampleMin'), Number(value))}
              />
              <PlanEntry
                label={words.text('plan.soak')}
                value={group.gate.soak}
                form={durationForm}
                onValue={(value) => draft.edit(path('gate', 'soak'), value)}
              />
              <Choice
                label={words.text('plan.hold')}
                value={group.hold}
                options={[
                  { value: 'servers', text: words.text('upgrades.holdsServers') },
                  { value: 'site', text: words.text('upgrades.holdsSite') },
                ]}
                onChange={(value) => draft.edit(path('hold'), value)}
              />
            </div>
          );
        }}
      </GroupCards>
      <div className="wizard-row">
        {lengths.map((key) => (
          <PlanEntry
            key={key}
            label={words.text(`plan.length.${key}`)}
            value={plan[key]}
            form={durationForm}
            onValue={(value) => draft.edit([key], value)}
          />
        ))}
        <PlanEntry
          label={words.text('plan.inFlightMax')}
          value={String(plan.inFlightMax)}
          form={wholeForm(1, 10_000)}
          onValue={(value) => draft.edit(['inFlightMax'], Number(value))}
        />
      </div>
      <Tick
        text={words.text('plan.agentUpgrade')}
        isOn={plan.agent.upgrade}
        onChange={(isOn) => draft.edit(['agent', 'upgrade'], isOn)}
      />
      <Tick
        text={words.text('plan.agentStop')}
        isOn={plan.agent.stop}
        onChange={(isOn) => draft.edit(['agent', 'stop'], isOn)}
      />
    </>
  );
}
