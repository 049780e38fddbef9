/** One enrolled server: shut out for a reason, or taken from the tree. */

import { useState } from 'react';
import { problem } from '#domain/problem.ts';
import { go, noGo } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import type { Enrolled } from './enrolled-columns.tsx';

const ends = ['revoke', 'remove'] as const;
type End = (typeof ends)[number];

export function EnrolledDialog(props: { readonly enrolled: Enrolled; onClose(): void }) {
  const { enrolled, onClose } = props;
  const { server, state, until, remote } = enrolled;
  const words = useWords();
  const mayCall = useMayCall();
  const { viewer } = useSession();
  const [end, setEnd] = useState<End>('revoke');
  const [reason, setReason] = useState('');
  const right = mayCall(`fleet.${end}`, viewer.scope);
  const option = words.text('hold.reason');
  const isUnsaid = end === 'revoke' && reason.trim() === '';
  const verdict = !right.go ? right : isUnsaid ? noGo(problem('OPTION_ABSENT', { option })) : go;
  return (
    <ConfirmDialog
      title={server}
      confirm={words.text(`enrolment.confirm.${end}`)}
      look="danger"
      verdict={verdict}
      cli={cliLine('fleet', end, server, ...(end === 'revoke' ? ['--reason', reason] : []))}
      act={() =>
        end === 'revoke'
          ? callSite('fleet.revoke', { server, reason })
          : callSite('fleet.remove', { server })
      }
      onClose={onClose}
    >
      <Facts
        facts={[
          { name: words.text('fleet.column.state'), value: words.term('state', state) },
          { name: words.text('enrolment.until'), value: <TimeText at={until} /> },
          { name: words.text('enrolment.remote'), value: remote },
        ]}
      />
      <Choice
        label={words.text('enrolment.end')}
        value={end}
        options={ends.map((value) => ({ value, text: words.text(`enrolment.ends.${value}`) }))}
        onChange={(value) => setEnd(value)}
      />
      {end === 'revoke' ? <TextEntry label={option} value={reason} onChange={setReason} /> : null}
    </ConfirmDialog>
  );
}
