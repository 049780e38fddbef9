/** Each group's day, and the hours in which its servers may switch. */

import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import type { Draft } from './draft.ts';
import { GroupCards, Tick } from './group-cards.tsx';
import { PlanEntry, type Form } from './plan-entry.tsx';
import { Windows } from './windows.tsx';

type Props = { readonly draft: Draft; readonly plan: PlanFile };
type Group = PlanFile['groups'][number];

const zoneForm: Form = { expected: 'zone', isFit: isZone };
const localPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)/;

export function DaysStep({ draft, plan }: Props) {
  const words = useWords();
  return (
    <>
      <PlanEntry
        label={words.text('plan.zone')}
        value={plan.zone}
        form={zoneForm}
        onValue={(zone) => draft.edit(['zone'], zone)}
      />
      <GroupCards plan={plan}>
        {(group, place) => (
          <>
            <Day group={group} place={place} draft={draft} plan={plan} />
            <Windows group={group} place={place} draft={draft} />
            <Tick
              text={words.text('plan.approve')}
              isOn={group.approve}
              onChange={(isOn) => draft.edit(['groups', place, 'approve'], isOn)}
            />
          </>
        )}
      </GroupCards>
    </>
  );
}

type OfGroup = { readonly group: Group; readonly place: number; readonly draft: Draft };

function Day({ group, place, draft, plan }: OfGroup & { readonly plan: PlanFile }) {
  const words = useWords();
  const path = ['groups', place, 'from'];
  const isNow = group.from === 'now';
  return (
    <div className="wizard-row">
      <Choice
        label={words.text('plan.day')}
        value={isNow ? 'now' : 'day'}
        options={[
          { value: 'now', text: words.text('plan.dayNow') },
          { value: 'day', text: words.text('plan.dayLater') },
        ]}
        onChange={(kind) =>
          draft.edit(path, kind === 'now' ? 'now' : `${tomorrow(plan.zone)}[${plan.zone}]`)
        }
      />
      {isNow ? null : (
        <label className="field">
          <span className="field-label">{words.text('plan.dayFrom', { zone: plan.zone })}</span>
          <input
            className="input"
            type="datetime-local"
            value={localPattern.exec(group.from)?.[1] ?? ''}
            onChange={({ target: { value } }) => {
              if (value !== '') draft.edit(path, `${value.slice(0, 16)}[${plan.zone}]`);
            }}
          />
        </label>
      )}
    </div>
  );
}

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Eight in the evening of the next day there, as a field of a page writes it. */
function tomorrow(zone: string): string {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now() + 86_400_000);
  return `${day}T20:00`;
}
