/** Takes a server back to the version before, for a reason; what stands against it is shown first. */

import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, refuse, type Verdict } from '#domain/result.ts';
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
  /** null: none is chosen. */
  readonly server: ServerId | null;
  /** The programs that run there. */
  readonly components: readonly string[];
  /** By which one is chosen, where there are several. */
  readonly children?: ReactNode;
  onClose(): void;
};

export function RollbackDialog({ server, components, children, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [component, setComponent] = useState(components[0] ?? 'program');
  const [reason, setReason] = useState('');
  const [isRead, setRead] = useState(false);
  const asked = server === null ? null : { server, component: brand<ComponentName>(component) };
  const preview = useQuery({
    queryKey: ['rollback', asked],
    queryFn: async () =>
      asked === null
        ? null
        : valueOf(await callSite('rollback', { ...asked, reason: '–', preview: true })),
  });
  const data = preview.data ?? undefined;
  const precautions = data?.preflight.precautions ?? [];
  const against =
    becauseOf(preview.error) ??
    data?.preflight.reasons.find(
      ({ accepted, because: { code } }) => !accepted && code !== 'PRECAUTIONS_UNREAD',
    )?.because ??
    null;
  const option = words.text('hold.reason');
  const isUnread = precautions.length > 0 && !isRead;
  const none = problem('SERVER_UNKNOWN', { server: '–' });
  const verdict: Verdict =
    asked === null
      ? noGo(none)
      : against !== null
        ? noGo(against)
        : reason.trim() === ''
          ? noGo(problem('OPTION_ABSENT', { option }))
          : isUnread
            ? noGo(problem('PRECAUTIONS_UNREAD', { version: data?.to ?? '–' }))
            : go;
  const line = ['rollback', server ?? '–', '--component', component, '--reason', reason];
  return (
    <ConfirmDialog
      title={words.text('server.rollback')}
      confirm={words.text('server.rollbackConfirm')}
      look="danger"
      verdict={verdict}
      cli={cliLine(...line, ...(isRead ? ['--acknowledge'] : []))}
      act={async () => {
        if (asked === null) return refuse(none);
        const begun = await callSite('rollback', { ...asked, reason, acknowledged: isRead });
        if (begun.ok) toast(words.text('server.rollbackBegun', { version: begun.value.to }));
        return begun;
      }}
      onClose={onClose}
    >
      {children}
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
