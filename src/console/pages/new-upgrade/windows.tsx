/** The hours of a group in which its servers may switch: as many windows as wanted, each on its days. */

import { Button } from 'react-aria-components';
import {
  planFileLimits,
  weekdays,
  type PlanFile,
  type PlanFileWindow,
} from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { Icon } from '../../parts/text/icon.tsx';
import type { Draft } from './draft.ts';
import { Tick } from './group-cards.tsx';
import { PlanEntry, type Form } from './plan-entry.tsx';

type Props = {
  readonly group: PlanFile['groups'][number];
  readonly place: number;
  readonly draft: Draft;
};

const timeForm: Form = {
  expected: 'time-of-day',
  isFit: (text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text),
};
const firstWindow = { from: '20:00', until: '23:00' };

export function Windows({ group, place, draft }: Props) {
  const words = useWords();
  const { windows } = group;
  const path = ['groups', place, 'windows'];
  return (
    <>
      <Tick
        text={words.text('plan.anyTime')}
        isOn={windows.length === 0}
        onChange={(isOn) => draft.edit(path, isOn ? undefined : [firstWindow])}
      />
      {windows.map((window, index) => (
        <WindowRow
          key={index}
          window={window}
          onEdit={(key, value) => draft.edit([...path, index, key], value)}
          // Without any it may be at any time, which is said by no list at all.
          onRemove={() => draft.edit(windows.length === 1 ? path : [...path, index], undefined)}
        />
      ))}
      {windows.length === 0 || windows.length >= planFileLimits.windowsMax ? null : (
        <div>
          <Button
            className="button"
            data-look="small"
            onPress={() => draft.edit([...path, windows.length], firstWindow)}
          >
            {words.text('plan.addWindow')}
          </Button>
        </div>
      )}
    </>
  );
}

function WindowRow(props: {
  readonly window: PlanFileWindow;
  onEdit(key: 'from' | 'until' | 'days', value: unknown): void;
  onRemove(): void;
}) {
  const words = useWords();
  const { window, onEdit, onRemove } = props;
  const { from, until, days = weekdays } = window;
  const name = words.text('plan.window', { from, until });
  const choose = (day: (typeof weekdays)[number], isOn: boolean): void => {
    const chosen = weekdays.filter((one) => (one === day ? isOn : days.includes(one)));
    // On no day it would never open: that is no window.
    if (chosen.length === 0) return;
    onEdit('days', chosen.length === weekdays.length ? undefined : chosen);
  };
  return (
    <div className="window" role="group" aria-label={name}>
      <div className="wizard-row">
        <PlanEntry
          label={words.text('plan.windowFrom')}
          value={from}
          form={timeForm}
          onValue={(value) => onEdit('from', value)}
        />
        <PlanEntry
          label={words.text('plan.windowUntil')}
          value={until}
          form={timeForm}
          onValue={(value) => onEdit('until', value)}
        />
        <Button
          className="button"
          data-look="small"
          aria-label={words.text('plan.removeWindow', { window: name })}
          onPress={onRemove}
        >
          <Icon name="close" />
        </Button>
      </div>
      <div className="window-days">
        {weekdays.map((day) => (
          <Tick
            key={day}
            text={words.text(`plan.weekday.${day}`)}
            isOn={days.includes(day)}
            onChange={(isOn) => choose(day, isOn)}
          />
        ))}
      </div>
    </div>
  );
}
