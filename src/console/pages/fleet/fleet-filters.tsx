/** What narrows the list. Every part of it stands in the address. */

import { useEffect, useState } from 'react';
import { Button, Input, Label, SearchField } from 'react-aria-components';
import type { SessionState } from '#domain/fleet/listed-server.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { FilterMenu } from '../../parts/field/filter-menu.tsx';
import { Icon } from '../../parts/text/icon.tsx';
import { isFiltered, type FleetSearch } from './fleet-search.ts';

const sessionsShown: readonly SessionState[] = ['none', 'old', 'new'];

type Props = {
  readonly overview: ResultOf<InformationServerTable, 'fleet.overview'>;
  readonly search: FleetSearch;
  onShow(search: FleetSearch): void;
};

export function FleetFilters({ overview, search, onShow }: Props) {
  const words = useWords();
  const { programs, states, groups, contents } = overview;
  return (
    <div className="fleet-filters" role="search">
      <SearchText search={search} onShow={onShow} />
      <FilterMenu
        label={words.text('fleet.column.program')}
        options={programs.map(({ value, servers }) => ({ value, servers, text: value || '–' }))}
        chosen={search.programs ?? []}
        onChange={(chosen) => onShow({ ...search, programs: [...chosen] })}
      />
      <FilterMenu
        label={words.text('fleet.column.session')}
        options={overview.sessions.map(({ value, servers }) => ({
          value,
          servers,
          text: sessionText(words, value),
        }))}
        chosen={search.sessions ?? []}
        onChange={(chosen) =>
          onShow({ ...search, sessions: sessionsShown.filter((one) => chosen.includes(one)) })
        }
      />
      <FilterMenu
        label={words.text('fleet.column.state')}
        options={states.map(({ value, servers }) => ({
          value,
          servers,
          text: words.term('state', value),
        }))}
        chosen={search.states ?? []}
        onChange={(chosen) => onShow({ ...search, states: [...chosen] })}
      />
      {groups.length === 0 ? null : (
        <FilterMenu
          label={words.text('fleet.column.group')}
          options={groups.map(({ value, servers }) => ({ value, servers, text: value }))}
          chosen={search.groups ?? []}
          onChange={(chosen) => onShow({ ...search, groups: [...chosen] })}
        />
      )}
      <FilterMenu
        label={words.text('fleet.content')}
        options={contents.flatMap(({ component, versions }) =>
          versions.map(({ value, servers }) => {
            const text = `${component} ${value}`;
            return { value: text, text, servers };
          }),
        )}
        chosen={search.contents ?? []}
        onChange={(chosen) => onShow({ ...search, contents: [...chosen] })}
      />
      {isFiltered(search) ? (
        <Button
          className="button"
          data-look="plain"
          onPress={() => onShow({ by: search.by, descending: search.descending })}
        >
          <Icon name="close" />
          {words.text('fleet.clear')}
        </Button>
      ) : null}
    </div>
  );
}

function sessionText(words: ReturnType<typeof useWords>, value: string): string {
  const state = sessionsShown.find((one) => one === value) ?? 'none';
  return words.text(`fleet.session.${state}`);
}

/** Asked for a moment after the last key: each letter would be a question of its own. */
const pauseMs = 200;

function SearchText({ search, onShow }: Pick<Props, 'search' | 'onShow'>) {
  const words = useWords();
  const asked = search.search ?? '';
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);
  useEffect(() => {
    if (typed === asked) return undefined;
    const timer = window.setTimeout(() => onShow({ ...search, search: typed }), pauseMs);
    return () => window.clearTimeout(timer);
  });
  return (
    <SearchField className="search" value={typed} onChange={setTyped}>
      <Label className="visually-hidden">{words.text('fleet.search')}</Label>
      <Icon name="search" />
      <Input className="input" placeholder={words.text('fleet.search')} />
    </SearchField>
  );
}
