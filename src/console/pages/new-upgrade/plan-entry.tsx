/** A value of the plan as a field: what does not fit stays here, and never makes the plan unreadable. */

import { useEffect, useState } from 'react';
import { durationPattern, speedPattern } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { useWords } from '../../app/language.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';

export type Form = {
  /** Its name under `expected` in the words. */
  readonly expected: string;
  isFit(text: string): boolean;
};

export const durationForm: Form = {
  expected: 'duration',
  isFit: (text) => durationPattern.test(text),
};
export const speedForm: Form = { expected: 'speed', isFit: (text) => speedPattern.test(text) };
export const nameForm: Form = {
  expected: 'name',
  isFit: (text) => /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(text),
};
export const percentForm: Form = {
  expected: 'percent',
  isFit: (text) => Number(text) > 0 && Number(text) <= 100,
};
export const wholeForm = (min: number, max: number): Form => ({
  expected: `whole-number: ${min}–${max}`,
  isFit: (text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
});

type Props = {
  readonly label: string;
  readonly value: string;
  readonly form: Form;
  /** Nothing typed is a value too. */
  readonly mayBeEmpty?: boolean;
  readonly hint?: string;
  onValue(value: string): void;
};

export function PlanEntry({ label, value, form, mayBeEmpty = false, hint, onValue }: Props) {
  const words = useWords();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const isFit = form.isFit(text) || (mayBeEmpty && text === '');
  const because = problem('OPTION_WRONG', { option: label, value: text, expected: form.expected });
  return (
    <TextEntry
      label={label}
      value={text}
      mistake={isFit ? undefined : words.problem(because).sentence}
      {...(hint === undefined ? {} : { hint })}
      onChange={(next) => {
        setText(next);
        if (form.isFit(next) || (mayBeEmpty && next === '')) onValue(next);
      }}
    />
  );
}
