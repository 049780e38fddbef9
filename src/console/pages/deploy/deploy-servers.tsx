/** To whom it goes: servers are ticked here, and what it costs is said before it is pressed. */

import { useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { noGo, type Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Chosen } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { useFleetColumns } from '../fleet/fleet-columns.tsx';
import { allFleetRows, chosenNames, useFleetRows } from '../fleet/fleet-rows.ts';
import { DeployDialog } from './deploy-dialog.tsx';
import type { Wish } from './wish.ts';

const shown = new Set(['server', 'domain', 'program', 'session', 'state', 'lastSeen']);

const byName = { by: 'server', descending: false } as const;

export function DeployServers({ wishes }: { readonly wishes: readonly Wish[] }) {
  const words = useWords();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<Chosen>(new Set());
  const [servers, setServers] = useState<readonly ServerId[] | null>(null);
  const [because, setBecause] = useState<Problem | null>(null);
  const filter = search === '' ? {} : { search };
  const rows = useFleetRows(filter, byName);
  const columns = useFleetColumns(undefined).filter(({ id }) => shown.has(id));
  const count = chosen === 'all' ? rows.count : chosen.size;
  const verdict = useVerdict(wishes.length, count);
  const ask = async (): Promise<void> => {
    const names = await chosenNames(chosen, filter);
    setBecause(names.ok ? null : names.because);
    if (names.ok) setServers(names.value);
  };
  return (
    <div className="deploy-servers">
      <div className="deploy-bar">
        <TextEntry
          label={words.text('fleet.search')}
          type="search"
          value={search}
          onChange={(value) => {
            setSearch(value);
            setChosen(new Set());
          }}
        />
        <span role="status">
          {words.text('fleet.chosen', { servers: count.toLocaleString(words.language) })}
        </span>
        <ExportMenu name="servers" columns={columns} rows={() => allFleetRows(filter, byName)} />
        <ActionButton look="main" verdict={verdict} onPress={() => void ask()}>
          {words.text('fleet.action.deploy')}
        </ActionButton>
      </div>
      {because === null ? null : <VerdictText verdict={noGo(because)} />}
      {rows.count === 0 ? (
        <Empty title={words.text(search === '' ? 'fleet.none' : 'fleet.noneFound')} />
      ) : (
        <div className="deploy-table">
          <DataTable
            label={words.text('fleet.table')}
            columns={columns}
            source={rows}
            keyOf={({ server }) => server}
            chosen={chosen}
            onChoose={setChosen}
          />
        </div>
      )}
      {servers === null ? null : (
        <DeployDialog servers={servers} wishes={wishes} onClose={() => setServers(null)} />
      )}
    </div>
  );
}

/** First whether he may at all, then what is not chosen yet. */
function useVerdict(components: number, servers: number): Verdict {
  const words = useWords();
  const { viewer } = useSession();
  const right = useMayCall()('deploy', viewer.scope);
  if (!right.go) return right;
  const absent = (option: string): Verdict => noGo(problem('OPTION_ABSENT', { option }));
  if (components === 0) return absent(words.text('deployPage.components'));
  return servers === 0 ? absent(words.text('deployPage.servers')) : right;
}
