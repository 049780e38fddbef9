/** All upgrades of this site: the one that runs, and those that were. */

import { Link, useNavigate } from '@tanstack/react-router';
import type { ListedUpgrade } from '#protocol/console/upgrade-calls.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { toneOfState } from './tones.ts';

export function UpgradesPage() {
  const words = useWords();
  const navigate = useNavigate();
  const mayCall = useMayCall();
  const list = useSiteCall('upgrade.list', {});
  const columns = useColumns();
  return (
    <Page
      title={words.text('upgrades.title')}
      actions={
        <ActionButton
          look="main"
          icon="upgrade"
          verdict={mayCall('upgrade.start')}
          onPress={() => void navigate({ to: '/upgrades/new' })}
        >
          {words.text('upgrades.new')}
        </ActionButton>
      }
    >
      <Loaded query={list}>
        {({ upgrades }) => (
          <ListTable
            name="upgrades"
            label={words.text('upgrades.title')}
            columns={columns}
            rows={upgrades}
            keyOf={({ upgrade }) => upgrade}
            empty={
              <Empty title={words.text('upgrades.none')}>{words.text('upgrades.noneHint')}</Empty>
            }
          />
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): readonly Column<ListedUpgrade>[] {
  const words = useWords();
  return [
    {
      id: 'upgrade',
      title: words.text('upgrades.upgrade'),
      width: 200,
      cell: ({ upgrade, form }) => (
        <>
          <Link to="/upgrades/$upgrade" params={{ upgrade }}>
            {upgrade}
          </Link>
          {form === 'upgrade' ? null : (
            <span className="quiet"> {words.text('upgrades.formDeployment')}</span>
          )}
        </>
      ),
      text: ({ upgrade }) => upgrade,
    },
    textColumn(
      'version',
      words.text('upgrades.release'),
      { width: 160 },
      (row) => `${row.component} ${row.version}`,
    ),
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: 120,
      cell: ({ state }) => (
        <StateMark tone={toneOfState(state)}>{words.term('state', state)}</StateMark>
      ),
      text: ({ state }) => state,
    },
    {
      id: 'servers',
      title: words.text('upgrades.upgraded'),
      width: 120,
      align: 'end',
      cell: ({ upgraded, servers }) => words.text('upgrades.of', { done: upgraded, all: servers }),
      text: ({ upgraded, servers }) => `${upgraded}/${servers}`,
    },
    {
      id: 'troubled',
      title: words.text('upgrades.troubled'),
      width: 90,
      align: 'end',
      cell: ({ troubled }) => troubled,
      text: ({ troubled }) => troubled,
    },
    timeColumn('startedAt', words.text('upgrades.started'), { width: 150 }, (row) => row.startedAt),
    timeColumn('finishedAt', words.text('upgrades.ended'), { width: 150 }, (row) => row.finishedAt),
  ];
}
