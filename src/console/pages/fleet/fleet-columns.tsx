/** What is shown of a server in a row. Each component of content is a column of its own. */

import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { TimeText } from '../../parts/text/time-text.tsx';
import { SessionMark } from './session-mark.tsx';
import { toneOfServer } from './tones.ts';
import { UnsignedMark } from './unsigned-mark.tsx';

type Row = FleetServerView;
type Contents = readonly { readonly component: string }[];

export function useFleetColumns(
  overview: { readonly contents: Contents } | undefined,
): readonly Column<Row>[] {
  const words = useWords();
  return [
    {
      id: 'server',
      title: words.text('fleet.column.server'),
      width: 150,
      grow: 2,
      isSorted: true,
      cell: ({ server }) => <strong className="server-name">{server}</strong>,
      text: ({ server }) => server,
    },
    plain(
      'domain',
      words.text('fleet.column.domain'),
      { width: 90, grow: 1 },
      ({ domain }) => domain,
    ),
    {
      ...plain('program', words.text('fleet.column.program'), { width: 104 }, (row) => row.program),
      cell: (row) => (
        <>
          {row.program ?? '–'} <UnsignedMark row={row} />
        </>
      ),
    },
    // What is looked for first stands in sight, however many kinds of content there are.
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: 124,
      isSorted: true,
      cell: ({ state }) => (
        <StateMark tone={toneOfServer(state)}>{words.term('state', state)}</StateMark>
      ),
      text: ({ state }) => state,
    },
    {
      id: 'session',
      title: words.text('fleet.column.session'),
      width: 184,
      isSorted: true,
      cell: ({ session }) => <SessionMark session={session} />,
      text: ({ session }) => session.state,
    },
    ...contentColumns(overview?.contents ?? []),
    plain('group', words.text('fleet.column.group'), { width: 76 }, ({ group }) => group),
    {
      id: 'lastSeen',
      title: words.text('fleet.column.lastSeen'),
      width: 150,
      grow: 1,
      isSorted: true,
      cell: ({ session, lastSeen }) =>
        session.state === 'none' ? <TimeText at={lastSeen} isShort /> : words.text('fleet.seenNow'),
      text: ({ lastSeen }) => (lastSeen === null ? null : new Date(lastSeen).toISOString()),
    },
    plain('os', words.text('fleet.column.os'), { width: 110, grow: 1 }, ({ os }) => os),
    {
      id: 'rebootRecommended',
      title: words.text('fleet.column.reboot'),
      width: 110,
      isSorted: true,
      cell: ({ rebootRecommended }) =>
        rebootRecommended === null ? (
          ''
        ) : (
          <StateMark tone="warning">{words.text('fleet.rebootRecommended')}</StateMark>
        ),
      text: ({ rebootRecommended }) => rebootRecommended,
    },
  ];
}

function plain(
  id: string,
  title: string,
  size: Pick<Column<Row>, 'width' | 'grow'>,
  text: (row: Row) => string | null,
): Column<Row> {
  const cell = (row: Row): string => text(row) ?? '–';
  return { id, title, ...size, isSorted: true, cell, text };
}

/** About so wide is a letter of a head, so that no name is cut. */
const headLetter = 8;

function contentColumns(contents: Contents): readonly Column<Row>[] {
  return contents.map(({ component }) => {
    const text = (row: Row): string | null =>
      row.contents.find((one) => one.component === component)?.version ?? null;
    const cell = (row: Row): string => text(row) ?? '–';
    const width = Math.max(96, component.length * headLetter + 24);
    return { id: component, title: component, width, cell, text };
  });
}
