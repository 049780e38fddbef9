/** Ends a hold early. Where the rule of approvals wants more people, the answer says for whom it waits. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { brand, type UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { noGo, type Result, type Verdict } from '#domain/result.ts';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { coverOf, keepsBackOf } from './hold-words.ts';

export function ReleaseButton({ hold }: { readonly hold: HoldView }) {
  const words = useWords();
  return (
    <DialogButton text={words.text('holds.release')} look="small" verdict={useVerdict(hold)}>
      {(close) => <ReleaseDialog hold={hold} onClose={close} />}
    </DialogButton>
  );
}

const upgradeMark = 'upgrade ';

function useVerdict({ id, owner, active, planned }: HoldView): Verdict {
  const mayCall = useMayCall();
  const { viewer } = useSession();
  const right = mayCall('hold.release', viewer.scope);
  if (!right.go) return right;
  if (!active && !planned) return noGo(problem('HOLD_OVER', { hold: id }));
  if (!owner.startsWith(upgradeMark)) return right;
  const upgrade = brand<UpgradeId>(owner.slice(upgradeMark.length));
  return noGo(problem('HOLD_OF_UPGRADE', { hold: id, upgrade }));
}

const whats = ['releaseOne', 'releaseSeries'] as const;
type What = (typeof whats)[number];

function ReleaseDialog({ hold, onClose }: { readonly hold: HoldView; onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [what, setWhat] = useState<What>('releaseOne');
  const isSeries = what === 'releaseSeries';
  const act = async (): Promise<Result<unknown>> => {
    const series = isSeries ? { series: true as const } : {};
    const released = await callSite('hold.release', { hold: hold.id, ...series });
    await queries.invalidateQueries({ queryKey: ['hold.list'] });
    if (released.ok) toast(words.text('holds.released'));
    return released;
  };
  return (
    <ConfirmDialog
      title={words.text('holds.release')}
      confirm={words.text('holds.releaseConfirm')}
      look="danger"
      verdict={{ go: true }}
      cli={cliLine('hold', 'release', hold.id, ...(isSeries ? ['--series'] : []))}
      act={act}
      onClose={onClose}
    >
      <Facts
        facts={[
          { name: words.text('hold.reason'), value: hold.reason },
          { name: words.text('holds.covers'), value: coverOf(words, hold) },
          { name: words.text('holds.keepsBack'), value: keepsBackOf(hold) ?? '–' },
        ]}
      />
      {hold.series === null ? null : (
        <Choice
          label={words.text('holds.releaseWhat')}
          value={what}
          options={whats.map((value) => ({ value, text: words.text(`holds.${value}`) }))}
          onChange={(value) => setWhat(value)}
        />
      )}
      <p className="quiet">{words.text('holds.releaseHint')}</p>
    </ConfirmDialog>
  );
}
