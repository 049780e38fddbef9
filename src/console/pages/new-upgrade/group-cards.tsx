/** One card for each group of the plan, with what a step lets one set. */

import type { ReactNode } from 'react';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';

type Props = {
  readonly plan: PlanFile;
  readonly children: (group: PlanFile['groups'][number], place: number) => ReactNode;
};

export function GroupCards({ plan, children }: Props) {
  const words = useWords();
  return (
    <div className="group-cards">
      {plan.groups.map((group, place) => (
        <fieldset className="group-card" key={place}>
          <legend>{words.text('upgrades.group', { group: group.name })}</legend>
          {children(group, place)}
        </fieldset>
      ))}
    </div>
  );
}

/** A tick with its words. */
export function Tick(props: {
  readonly text: string;
  readonly isOn: boolean;
  onChange(isOn: boolean): void;
}) {
  return (
    <label className="tick">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {props.text}
    </label>
  );
}
