/** Organisation, information server, domains and their servers: where one is, and where to look. */

import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { callSite } from '../../data/call.ts';
import { valueOf } from '../../data/query-client.ts';
import { useWords } from '../../app/language.tsx';
import { useSession } from '../../app/session.tsx';
import { Icon } from '../../parts/text/icon.tsx';
import type { RowWindow } from '../../parts/table/window.ts';
import { Tree, type TreeLine } from '../../parts/tree/tree.tsx';
import { placesOf, pagesIn, treeOf, type TreePlace } from './fleet-tree-lines.ts';
import type { FleetSearch } from './fleet-search.ts';

type Overview = ResultOf<InformationServerTable, 'fleet.overview'>;

type Props = {
  readonly overview: Overview;
  readonly search: FleetSearch;
  onShow(search: FleetSearch): void;
};

export function FleetTree({ overview, search, onShow }: Props) {
  const words = useWords();
  const navigate = useNavigate();
  const { place } = useSession();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const tree = treeOf(overview.domains, { open, hasOrganisation: place.organisation !== null });
  const placeAt = placesOf(tree);
  const toggle = (index: number): void => {
    const at = placeAt(index);
    if (at.kind !== 'domain') return;
    const next = new Set(open);
    if (!next.delete(at.domain.domain)) next.add(at.domain.domain);
    setOpen(next);
  };
  const useLines = (window: RowWindow) => {
    const pages = pagesIn(tree, window);
    const answers = useQueries({
      queries: pages.map(({ domain, from, limit }) => ({
        queryKey: ['fleet.page', 'tree', domain, from],
        queryFn: async () => {
          const sort = { by: 'server', descending: false } as const;
          const asked = { filter: { domains: [domain] }, sort, from, limit };
          return valueOf(await callSite('fleet.page', asked));
        },
        placeholderData: keepPreviousData,
      })),
    });
    const nameOf = (at: Extract<TreePlace, { kind: 'server' }>): string | undefined => {
      const found = pages.findIndex(
        (page) =>
          page.domain === at.domain.domain &&
          at.place >= page.from &&
          at.place < page.from + page.limit,
      );
      const page = pages[found];
      return page === undefined
        ? undefined
        : answers[found]?.data?.rows[at.place - page.from]?.server;
    };
    return (index: number) => lineOf(placeAt(index), nameOf);
  };
  const lineOf = (
    at: TreePlace,
    nameOf: (at: Extract<TreePlace, { kind: 'server' }>) => string | undefined,
  ): TreeLine => {
    switch (at.kind) {
      case 'organisation':
        return { key: 'organisation', level: 1, text: <Name name={place.organisation ?? ''} /> };
      case 'site': {
        const isHere = search.domains === undefined;
        const text = <Name name={overview.site} count={overview.servers} />;
        return { key: 'site', level: at.level, text, isHere };
      }
      case 'domain': {
        const { domain, servers, silent } = at.domain;
        const isHere = search.domains?.length === 1 && search.domains[0] === domain;
        const text = <Name name={domain} count={servers} silent={silent} />;
        return { key: domain, level: at.level, text, isHere, isOpen: open.has(domain) };
      }
      case 'server': {
        const name = nameOf(at);
        const text = name ?? words.text('state.loading');
        const key = `${at.domain.domain} ${at.place}`;
        return { key, level: at.level, text: <Name name={text} />, name };
      }
    }
  };
  const choose = (index: number, { name }: TreeLine): void => {
    const at = placeAt(index);
    if (at.kind === 'domain') onShow({ ...search, domains: [at.domain.domain] });
    else if (at.kind !== 'server') onShow({ ...search, domains: undefined });
    else if (name !== undefined) void navigate({ to: '/fleet/$server', params: { server: name } });
  };
  return (
    <Tree
      label={words.text('fleet.tree')}
      count={tree.count}
      useLines={useLines}
      onToggle={toggle}
      onChoose={choose}
    />
  );
}

function Name(props: { readonly name: string; readonly count?: number; readonly silent?: number }) {
  const words = useWords();
  const { name, count, silent = 0 } = props;
  return (
    <>
      <span className="tree-name">{name}</span>
      {count === undefined ? null : (
        <span className="tree-count">
          {silent === 0 ? null : (
            <span className="tree-silent" title={words.text('fleet.silent', { servers: silent })}>
              <Icon name="warning" />
              {silent.toLocaleString(words.language)}
            </span>
          )}
          {count.toLocaleString(words.language)}
        </span>
      )}
    </>
  );
}
