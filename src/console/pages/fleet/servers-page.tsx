/** All servers of this site: the tree on the left, the table beside it, and what can be done. */

import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { fleetOrders } from '#domain/fleet/selection.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import type { Chosen, Sort } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { FleetActions } from './fleet-actions.tsx';
import { useFleetColumns } from './fleet-columns.tsx';
import { FleetFilters } from './fleet-filters.tsx';
import {
  filterOfSearch,
  isFiltered,
  sortOfSearch,
  tidied,
  type FleetSearch,
} from './fleet-search.ts';
import { FleetTree } from './fleet-tree.tsx';
import { allFleetRows, useFleetRows } from './fleet-rows.ts';

const route = getRouteApi('/fleet');

export function ServersPage() {
  const words = useWords();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const overview = useSiteCall('fleet.overview', {});
  const [chosen, setChosen] = useState<Chosen>(new Set());
  const show = (next: FleetSearch): void => {
    setChosen(new Set());
    void navigate({ search: tidied(next), replace: true });
  };
  const [filter, sort] = [filterOfSearch(search), sortOfSearch(search)];
  const rows = useFleetRows(filter, sort);
  const columns = useFleetColumns(overview.data);
  return (
    <Page
      title={words.text('fleet.title')}
      body="fixed"
      beside={<FleetCount shown={rows.count} all={overview.data?.servers ?? null} />}
      actions={
        <ExportMenu name="fleet" columns={columns} rows={() => allFleetRows(filter, sort)} />
      }
    >
      <Loaded query={overview}>
        {(value) => (
          <div className="fleet">
            <FleetTree overview={value} search={search} onShow={show} />
            <div className="fleet-list">
              <FleetFilters overview={value} search={search} onShow={show} />
              <FleetActions chosen={chosen} search={search} rows={rows} onDone={setChosen} />
              {rows.count === 0 ? (
                <NoServers isFiltered={isFiltered(search)} />
              ) : (
                <DataTable
                  label={words.text('fleet.table')}
                  columns={columns}
                  source={rows}
                  keyOf={({ server }) => server}
                  sort={sortOfSearch(search)}
                  onSort={(sort) => show({ ...search, ...orderOf(sort) })}
                  chosen={chosen}
                  onChoose={setChosen}
                  onOpen={({ server }) =>
                    void navigate({ to: '/fleet/$server', params: { server } })
                  }
                />
              )}
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function orderOf({ by, descending }: Sort): Pick<FleetSearch, 'by' | 'descending'> {
  return { by: fleetOrders.find((one) => one === by) ?? 'server', descending };
}

function FleetCount({ shown, all }: { readonly shown: number; readonly all: number | null }) {
  const words = useWords();
  const said = (count: number): string => count.toLocaleString(words.language);
  if (all === null) return null;
  return (
    <span className="quiet" role="status">
      {shown === all
        ? words.text('fleet.count', { servers: said(all) })
        : words.text('fleet.countOf', { shown: said(shown), servers: said(all) })}
    </span>
  );
}

function NoServers({ isFiltered: isNarrowed }: { readonly isFiltered: boolean }) {
  const words = useWords();
  return isNarrowed ? (
    <Empty title={words.text('fleet.noneFound')}>{words.text('fleet.noneFoundHint')}</Empty>
  ) : (
    <Empty title={words.text('fleet.none')}>{words.text('fleet.noneHint')}</Empty>
  );
}
