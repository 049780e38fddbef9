/** Holds deliveries to servers: for a reason, and for a stated time. */

import { useState } from 'react';
import type { Lane, ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Result, Verdict } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';

type Props = { readonly servers: readonly ServerId[]; onClose(): void };

const wants = ['content', 'program', 'both'] as const;
const lanesOf: Record<(typeof wants)[number], Lane[]> = {
  content: ['content'],
  program: ['program'],
  both: ['program', 'content'],
};

export function HoldDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState('2');
  const [want, setWant] = useState<(typeof wants)[number]>('content');
  const lanes = lanesOf[want];
  const minutes = Number(hours) * 60;
  const wrong = (option: string, value: string, expected: string): Verdict => ({
    go: false,
    because: problem('OPTION_WRONG', { option, value, expected }),
  });
  const verdict: Verdict =
    reason.trim() === ''
      ? wrong(words.text('hold.reason'), reason, 'reason')
      : minutes > 0
        ? { go: true }
        : wrong(words.text('hold.hours'), hours, 'duration');
  const held = ['--servers', servers.join(','), '--lanes', lanes.join(',')];
  const cli = ['hold', 'add', '--reason', reason, '--for', `${minutes}m`, ...held];
  const act = async (): Promise<Result<unknown>> => {
    const asked = { reason, minutes, servers: [...servers], lanes: [...lanes], components: [] };
    const placed = await callSite('hold.add', asked);
    if (placed.ok) toast(words.text('hold.placed', { servers: servers.length }));
    return placed;
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.hold')}
      confirm={words.text('hold.confirm', { servers: servers.length })}
      verdict={verdict}
      cli={cliLine(...cli)}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} autoFocus />
      <TextEntry label={words.text('hold.hours')} value={hours} onChange={setHours} type="number" />
      <Choice
        label={words.text('hold.lanes')}
        value={want}
        options={wants.map((value) => ({ value, text: words.text(`hold.lane.${value}`) }))}
        onChange={(value) => setWant(value)}
      />
    </ConfirmDialog>
  );
}
