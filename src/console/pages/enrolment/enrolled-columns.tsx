/** What is shown of a server that asked to be one. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';

export type Enrolled = ResultOf<InformationServerTable, 'fleet.certificates'>['servers'][number];

const tones: Record<Enrolled['state'], Tone> = {
  waiting: 'warning',
  enrolled: 'good',
  expired: 'bad',
  gone: 'quiet',
  revoked: 'bad',
};

export function useEnrolledColumns(): readonly Column<Enrolled>[] {
  const words = useWords();
  return [
    textColumn(
      'server',
      words.text('fleet.column.server'),
      { width: 130, grow: 1 },
      (row) => row.server,
    ),
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: 130,
      cell: ({ state }) => <StateMark tone={tones[state]}>{words.term('state', state)}</StateMark>,
      text: ({ state }) => state,
    },
    timeColumn('since', words.text('enrolment.since'), { width: 170 }, ({ since }) => since),
    timeColumn('until', words.text('enrolment.until'), { width: 170 }, ({ until }) => until),
    textColumn('token', words.text('enrolment.token'), { width: 150 }, ({ token }) => token),
    textColumn(
      'approvedBy',
      words.text('people.approvedBy'),
      { width: 100 },
      (row) => row.approvedBy,
    ),
    textColumn('remote', words.text('enrolment.remote'), { width: 120 }, ({ remote }) => remote),
  ];
}
