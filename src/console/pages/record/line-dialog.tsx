/** One line of the record, whole. */

import { lineText } from '#domain/record/line.ts';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { useWords } from '../../app/language.tsx';
import { ShowDialog } from '../../parts/action/show-dialog.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';
import { TimeText } from '../../parts/text/time-text.tsx';

type Props = { readonly line: RecordLineView; onClose(): void };

export function LineDialog({ line, onClose }: Props) {
  const words = useWords();
  const { number, at, kind, who, server, detail, hash } = line;
  return (
    <ShowDialog title={`${number} · ${recordKindText(words, kind)}`} onClose={onClose}>
      <Facts
        facts={[
          { name: words.text('record.at'), value: <TimeText at={at} /> },
          { name: words.text('record.kind'), value: <code>{kind}</code> },
          { name: words.text('record.who'), value: who },
          { name: words.text('fleet.column.server'), value: server ?? '–' },
          { name: words.text('record.hash'), value: <code>{hash}</code> },
        ]}
      />
      <h3>{words.text('record.detail')}</h3>
      <pre className="file-text" tabIndex={0}>
        {JSON.stringify(detail, null, 2)}
      </pre>
      <details>
        <summary>{words.text('record.hashed')}</summary>
        <pre className="file-text" tabIndex={0}>
          {lineText(line)}
        </pre>
      </details>
    </ShowDialog>
  );
}
