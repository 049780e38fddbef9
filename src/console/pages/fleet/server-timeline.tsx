/** What the record tells of a server, the newest first. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';
import { TimeText } from '../../parts/text/time-text.tsx';

type Lines = ResultOf<InformationServerTable, 'fleet.server'>['timeline'];

export function ServerTimeline({ lines }: { readonly lines: Lines }) {
  const words = useWords();
  if (lines.length === 0) return <p className="quiet">{words.text('server.noTimeline')}</p>;
  return (
    <ol className="timeline">
      {lines.map(({ number, at, kind, who }) => (
        <li key={number}>
          <TimeText at={at} />
          <span title={kind}>{recordKindText(words, kind)}</span>
          <span className="quiet">{who}</span>
        </li>
      ))}
    </ol>
  );
}
