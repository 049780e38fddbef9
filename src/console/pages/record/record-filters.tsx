/** What narrows the record; all of it stands in the address. */

import { useMemo } from 'react';
import { recordKinds } from '#domain/record/kinds.ts';
import { useWords } from '../../app/language.tsx';
import { FilterMenu } from '../../parts/field/filter-menu.tsx';
import { SettledEntry } from '../../parts/field/settled-entry.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';
import type { RecordSearch } from './record-search.ts';

type Props = { readonly search: RecordSearch; onShow(search: RecordSearch): void };

export function RecordFilters({ search, onShow }: Props) {
  const words = useWords();
  const { kinds = [] } = search;
  const options = useMemo(
    () =>
      recordKinds
        .map((value) => ({ value, text: recordKindText(words, value) }))
        .toSorted((left, right) => left.text.localeCompare(right.text, words.language)),
    [words],
  );
  const entry = (key: 'search' | 'who' | 'server', label: string) => (
    <SettledEntry
      label={label}
      type={key === 'search' ? 'search' : 'text'}
      value={search[key] ?? ''}
      onSettled={(text) => onShow({ ...search, [key]: text === '' ? undefined : text })}
    />
  );
  const moment = (key: 'from' | 'until', label: string) => (
    <label className="field">
      <span className="field-label">{label}</span>
      <input
        className="input"
        type="datetime-local"
        value={localText(search[key])}
        onChange={({ target: { value } }) =>
          onShow({ ...search, [key]: value === '' ? undefined : new Date(value).toISOString() })
        }
      />
    </label>
  );
  return (
    <div className="record-filters" role="search">
      {entry('search', words.text('record.search'))}
      {entry('who', words.text('record.who'))}
      {entry('server', words.text('fleet.column.server'))}
      {moment('from', words.text('record.from'))}
      {moment('until', words.text('record.until'))}
      <FilterMenu
        label={words.text('record.kind')}
        options={options}
        chosen={kinds}
        onChange={(chosen) =>
          onShow({ ...search, kinds: chosen.length === 0 ? undefined : [...chosen] })
        }
      />
    </div>
  );
}

/** As a field of a page writes it, in the viewer's zone. */
function localText(instant: string | undefined): string {
  const at = Date.parse(instant ?? '');
  if (Number.isNaN(at)) return '';
  const minutes = new Date(at).getTimezoneOffset();
  return new Date(at - minutes * 60_000).toISOString().slice(0, 16);
}
