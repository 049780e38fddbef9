/** What narrows the record; all of it stands in the address. */

import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { useWords } from '../../app/language.tsx';
import { FilterMenu } from '../../parts/field/filter-menu.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';
import type { RecordSearch } from './record-search.ts';

type Props = {
  readonly lines: readonly RecordLineView[];
  readonly search: RecordSearch;
  onShow(search: RecordSearch): void;
};

export function RecordFilters({ lines, search, onShow }: Props) {
  const words = useWords();
  const counts = Map.groupBy(lines, ({ kind }) => kind);
  const { kinds = [] } = search;
  const options = [...counts]
    .map(([value, found]) => ({
      value,
      text: recordKindText(words, value),
      servers: found.length,
    }))
    .toSorted((left, right) => right.servers - left.servers);
  return (
    <div className="record-filters" role="search">
      <TextEntry
        label={words.text('record.search')}
        type="search"
        value={search.search ?? ''}
        onChange={(text) => onShow({ ...search, search: text === '' ? undefined : text })}
      />
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
