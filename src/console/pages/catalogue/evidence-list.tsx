/** What was refused or replaced, kept whole: why, when, and the very text. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';

type Evidence = ResultOf<InformationServerTable, 'evidence.list'>['evidence'][number];

export function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  const words = useWords();
  const columns = useEvidenceColumns();
  return (
    <ListTable
      name="evidence"
      label={words.text('catalogue.evidence')}
      columns={columns}
      rows={evidence.toReversed()}
      keyOf={({ at, digest }) => `${at} ${digest}`}
      empty={<Empty title={words.text('catalogue.noEvidence')} />}
    />
  );
}

function useEvidenceColumns(): readonly Column<Evidence>[] {
  const words = useWords();
  const size = { width: 120 };
  return [
    timeColumn('at', words.text('catalogue.at'), size, ({ at }) => at),
    {
      id: 'kind',
      title: words.text('catalogue.kind'),
      width: 120,
      cell: ({ kind }) => recordKindText(words, kind),
      text: ({ kind }) => kind,
    },
    textColumn(
      'because',
      words.text('catalogue.because'),
      size,
      ({ because }) => words.problem(because).sentence,
    ),
    {
      id: 'text',
      title: words.text('catalogue.kept'),
      width: 120,
      cell: ({ text, digest }) => (
        <details className="evidence-text">
          <summary>
            <code>{digest.slice(0, 12)}</code>
          </summary>
          <pre className="file-text" tabIndex={0}>
            {text}
          </pre>
        </details>
      ),
      text: ({ text }) => text,
    },
  ];
}
