/**
 * Lets one version in, in spite of the holds of people. Where the rule of approvals wants more people,
 * the answer says for whom it waits.
 */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { brand, type ComponentName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { noGo, type Result, type Verdict } from '#domain/result.ts';
import type { SetRingView } from '#protocol/console/ring-calls.ts';
import { callSite } from '../../data/call.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import type { Version } from './known-content.ts';
import { useSaidVerdict } from './said-verdict.ts';
import { VersionEntry, type TypedVersion } from './version-entry.tsx';

/** `rings`: those that the settings have; null: not known, or not said. */
export function AdmitButton({ rings }: { readonly rings: readonly SetRingView[] | null }) {
  const words = useWords();
  return (
    <DialogButton text={words.text('content.admit')} verdict={useVerdict(rings)}>
      {(close) => <AdmitHeld onClose={close} />}
    </DialogButton>
  );
}

/** First the right, then that emergency content needs a first ring all the same. */
function useVerdict(rings: readonly SetRingView[] | null): Verdict {
  const right = useMayCall()('content.admit', 'whole');
  return right.go && rings?.length === 0 ? noGo(problem('RINGS_ABSENT', {})) : right;
}

function AdmitHeld({ onClose }: { onClose(): void }) {
  const holds = useSiteCall('hold.list', {});
  return (
    <Loaded query={holds}>
      {(value) => {
        const kept = value.holds.flatMap(({ active, keepsBack }) => (active ? keepsBack : []));
        return <AdmitDialog kept={kept} onClose={onClose} />;
      }}
    </Loaded>
  );
}

function AdmitDialog({ kept, onClose }: { readonly kept: readonly Version[]; onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<TypedVersion>(kept[0] ?? { component: '', version: '' });
  const [reason, setReason] = useState('');
  const { component, version } = chosen;
  const act = async (): Promise<Result<unknown>> => {
    const named = { component: brand<ComponentName>(component), version, reason };
    const done = await callSite('content.admit', named);
    await queries.invalidateQueries({ queryKey: ['content.rings'] });
    if (done.ok) toast(words.text('content.admitted', { component, version }));
    return done;
  };
  return (
    <ConfirmDialog
      title={words.text('content.admit')}
      confirm={words.text('content.admitConfirm')}
      verdict={useSaidVerdict(chosen, reason)}
      cli={cliLine('content', 'admit', component, version, '--reason', reason)}
      act={act}
      onClose={onClose}
    >
      <VersionEntry
        label={words.text('holds.keepsBack')}
        known={kept}
        value={chosen}
        onChange={setChosen}
      />
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} autoFocus />
      <p>{words.text('content.admitHint')}</p>
    </ConfirmDialog>
  );
}
