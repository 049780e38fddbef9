/** Takes content back, for a reason: nobody takes it any more, and who has it goes back. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { brand, type ComponentName } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { sentences } from '../../app/sentences.ts';
import { useSession } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { versionsText, type Version } from './known-content.ts';
import { useSaidVerdict } from './said-verdict.ts';
import { VersionEntry, type TypedVersion } from './version-entry.tsx';

type Props = {
  /** To choose one from. */
  readonly contents: readonly Version[];
  /** Known to be there again afterwards; absent: each server, or site, has its own. */
  readonly before?: readonly Version[];
  onClose(): void;
};

export function WithdrawDialog({ contents, before = [], onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { place } = useSession();
  const [chosen, setChosen] = useState<TypedVersion>(contents[0] ?? { component: '', version: '' });
  const [reason, setReason] = useState('');
  const { component, version } = chosen;
  const act = async (): Promise<Result<unknown>> => {
    const named = { component: brand<ComponentName>(component), version, reason };
    const done = await callSite('content.withdraw', named);
    await queries.invalidateQueries({ queryKey: ['content.rings'] });
    if (done.ok) toast(words.text('content.withdrew', { component, version }));
    return done;
  };
  const back = versionsText(before.filter((one) => one.component === component));
  return (
    <ConfirmDialog
      title={words.text('content.withdraw')}
      confirm={words.text('content.withdrawConfirm')}
      look="danger"
      verdict={useSaidVerdict(chosen, reason)}
      cli={cliLine('content', 'withdraw', component, version, '--reason', reason)}
      act={act}
      onClose={onClose}
    >
      <VersionEntry
        label={words.text('content.version')}
        known={contents}
        value={chosen}
        onChange={setChosen}
      />
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} autoFocus />
      <p>
        {sentences(words, [
          words.text(
            place.tier === 'control-manager' ? 'content.withdrawAtSites' : 'content.withdrawHere',
          ),
          back === null ? null : words.text('content.withdrawBack', { back }),
        ])}
      </p>
    </ConfirmDialog>
  );
}
