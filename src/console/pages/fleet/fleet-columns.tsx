/** What is shown of a server in a row. */

import type { TreeServer } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { TimeText } from '../../parts/text/time-text.tsx';
import { toneOfServer, toneOfSession } from './tones.ts';

export type ServerRow = TreeServer & { readonly domain: string };

export function useFleetColumns(): readonly Column<ServerRow>[] {
  const words = useWords();
  return [
    {
      id: 'server',
      title: words.text('fleet.column.server'),
      width: 'minmax(140px, 2fr)',
      cell: ({ server }) => server,
      text: ({ server }) => server,
    },
    {
      id: 'domain',
      title: words.text('fleet.column.domain'),
      width: 'minmax(90px, 1fr)',
      cell: ({ domain }) => domain,
      text: ({ domain }) => domain,
    },
    {
      id: 'program',
      title: words.text('fleet.column.program'),
      width: '110px',
      cell: ({ program }) => program ?? '–',
      text: ({ program }) => program,
    },
    {
      id: 'session',
      title: words.text('fleet.column.session'),
      width: '130px',
      cell: ({ session }) => (
        <StateMark tone={toneOfSession(session.state)}>
          {words.text(`fleet.session.${session.state}`)}
        </StateMark>
      ),
      text: ({ session }) => session.state,
    },
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: '140px',
      cell: ({ state }) => (
        <StateMark tone={toneOfServer(state)}>{words.term('state', state)}</StateMark>
      ),
      text: ({ state }) => state,
    },
    {
      id: 'lastSeen',
      title: words.text('fleet.column.lastSeen'),
      width: 'minmax(160px, 1fr)',
      cell: ({ lastSeen }) => <TimeText at={lastSeen} />,
      text: ({ lastSeen }) => (lastSeen === null ? null : new Date(lastSeen).toISOString()),
    },
    {
      id: 'os',
      title: words.text('fleet.column.os'),
      width: 'minmax(120px, 1fr)',
      cell: ({ os }) => os,
      text: ({ os }) => os,
    },
  ];
}
