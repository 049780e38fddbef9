/** Takes this server back to the version before, for a reason; what stands against it is shown first. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Precautions } from '../../parts/field/precautions.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';

type Props = {
  readonly server: ServerId;
  /** The programs that run there. */
  readonly components: readonly string[];
  onClose(): void;
};

export function RollbackDialog({ server, components, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [component, setComponent] = useState(components[0] ?? 'program');
  const [reason, setReason] = useState('');
  const [isRead, setRead] = useState(false);
  const asked = { server, component: brand<ComponentName>(component) };
  const preview = useQuery({
    queryKey: ['rollback', asked],
    queryFn: async () =>
      valueOf(await callSite('rollback', { ...asked, reason: '–', preview: true })),
  });
  const { data } = preview;
  const precautions = data?.preflight.precautions ?? [];
  const against =
    becauseOf(preview.error) ??
    data?.preflight.reasons.find(
      ({ accepted, because: { code } }) => !accepted && code !== 'PRECAUTIONS_UNREAD',
    )?.because ??
    null;
  const option = words.text('hold.reason');
  const isUnread = precautions.length > 0 && !isRead;
  const verdict: Verdict =
    against !== null
      ? noGo(against)
      : reason.trim() === ''
        ? noGo(problem('OPTION_ABSENT', { option }))
        : isUnread
          ? noGo(problem('PRECAUTIONS_UNREAD', { version: data?.to ?? '–' }))
          : go;
  const line = ['rollback', server, '--component', component, '--reason', reason];
  return (
    <ConfirmDialog
      title={words.text('server.rollback')}
      confirm={words.text('server.rollbackConfirm')}
      look="danger"
      verdict={verdict}
      cli={cliLine(...line, ...(isRead ? ['--acknowledge'] : []))}
      act={async () => {
        const begun = await callSite('rollback', { ...asked, reason, acknowledged: isRead });
        if (begun.ok) toast(words.text('server.rollbackBegun', { version: begun.value.to }));
        return begun;
      }}
      onClose={onClose}
    >
      <p>
        <strong>{server}</strong>
        {data === undefined ? null : ` · ${component} ${data.from} → ${data.to}`}
      </p>
      <p className="quiet">{words.text('server.rollbackHint')}</p>
      {components.length < 2 ? null : (
        <Choice
          label={words.text('server.component')}
          value={component}
          options={components.map((value) => ({ value, text: value }))}
          onChange={setComponent}
        />
      )}
      <TextEntry label={option} value={reason} onChange={setReason} autoFocus />
      <Precautions precautions={precautions} isRead={isRead} onRead={setRead} />
    </ConfirmDialog>
  );
}
