/** What is shown of a line of the record. */

import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { useWords } from '../../app/language.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';

export function useRecordColumns(): readonly Column<RecordLineView>[] {
  const words = useWords();
  return [
    {
      id: 'number',
      title: words.text('record.number'),
      width: 70,
      align: 'end',
      cell: ({ number }) => number,
      text: ({ number }) => number,
    },
    timeColumn('at', words.text('record.at'), { width: 170 }, ({ at }) => at),
    {
      id: 'kind',
      title: words.text('record.kind'),
      width: 190,
      grow: 1,
      cell: ({ kind }) => <span title={kind}>{recordKindText(words, kind)}</span>,
      text: ({ kind }) => kind,
    },
    textColumn('who', words.text('record.who'), { width: 150 }, ({ who }) => who),
    textColumn('server', words.text('fleet.column.server'), { width: 130 }, ({ server }) => server),
    textColumn('detail', words.text('record.detail'), { width: 200, grow: 2 }, ({ detail }) =>
      JSON.stringify(detail),
    ),
    { id: 'hash', title: words.text('record.hash'), width: 106, cell: shortHash, text: hashOf },
  ];
}

function hashOf({ hash }: RecordLineView): string {
  return hash;
}

function shortHash({ hash }: RecordLineView) {
  return <code>{hash.slice(0, 10)}…</code>;
}
