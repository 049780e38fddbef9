/** All servers of this site, and what runs on each. */

import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { Page } from '../../parts/page/page.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { rowsOf } from '../../parts/table/row-source.ts';
import { useFleetColumns } from './fleet-columns.tsx';

export function FleetPage() {
  const words = useWords();
  const tree = useSiteCall('fleet.tree', {});
  const columns = useFleetColumns();
  return (
    <Page title={words.text('fleet.title')} body="fixed">
      <Loaded query={tree}>
        {({ domains }) => (
          <DataTable
            label={words.text('fleet.table')}
            columns={columns}
            source={rowsOf(
              domains.flatMap(({ domain, servers }) =>
                servers.map((server) => ({ ...server, domain })),
              ),
            )}
            keyOf={({ server }) => server}
          />
        )}
      </Loaded>
    </Page>
  );
}
