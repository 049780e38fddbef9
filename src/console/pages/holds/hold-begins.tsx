/** When a hold begins: now, later, or again and again, by the calendar of whoever looks. */

import type { Instant } from '#domain/names.ts';
import { holdSeriesMax } from '#domain/hold/series.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Verdict } from '#domain/result.ts';
import { beginningsOf, type Repetition } from '#protocol/console/hold-beginnings.ts';
import type { ConsoleWords } from '#words/words-console.ts';
import { useWords } from '../../app/language.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';

const repeats = ['once', 'week', 'month', 'year'] as const satisfies readonly (
  | Repetition
  | 'once'
)[];

export type Begins = {
  /** As the field of a page writes it; empty: now. */
  readonly first: string;
  readonly every: (typeof repeats)[number];
  readonly times: string;
};

export const beginsNow: Begins = { first: '', every: 'once', times: '2' };

/** null: now. */
export function beginningsIn({ first, every, times }: Begins): Instant[] | null {
  const at = first === '' ? null : new Date(first).getTime();
  if (every === 'once') return at === null ? null : [at];
  return beginningsOf({ first: at ?? Date.now(), every, times: Number(times) });
}

export function verdictOf(words: ConsoleWords, { every, times }: Begins): Verdict {
  const asked = Number(times);
  if (every === 'once' || (Number.isInteger(asked) && asked >= 1 && asked <= holdSeriesMax)) {
    return go;
  }
  const expected = `whole-number: 1–${holdSeriesMax}`;
  const option = words.text('hold.times');
  return noGo(problem('OPTION_WRONG', { option, value: times, expected }));
}

/** As they are typed for the command line, which repeats by the calendar of its own computer. */
export function cliOfBegins({ first, every, times }: Begins): readonly string[] {
  const from = first === '' ? [] : ['--from', new Date(first).toISOString()];
  return every === 'once' ? from : [...from, '--every', every, '--times', times];
}

export function BeginsFields({
  value,
  onChange,
}: {
  readonly value: Begins;
  onChange(value: Begins): void;
}) {
  const words = useWords();
  return (
    <>
      <label className="field">
        <span className="field-label">{words.text('hold.begins')}</span>
        <input
          className="input"
          type="datetime-local"
          value={value.first}
          onChange={({ target }) => onChange({ ...value, first: target.value })}
        />
      </label>
      <Choice
        label={words.text('hold.every')}
        value={value.every}
        options={repeats.map((one) => ({ value: one, text: words.text(`hold.repeat.${one}`) }))}
        onChange={(every) => onChange({ ...value, every })}
      />
      {value.every === 'once' ? null : (
        <TextEntry
          label={words.text('hold.times')}
          value={value.times}
          onChange={(times) => onChange({ ...value, times })}
          type="number"
        />
      )}
    </>
  );
}
