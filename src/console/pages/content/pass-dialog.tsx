/** An inconclusive ring is passed on somebody's own word; in every other state it is said why not. */

import { useQueryClient } from '@tanstack/react-query';
import { mayPassByPerson } from '#domain/ring/rollout.ts';
import type { Result, Verdict } from '#domain/result.ts';
import type { RolloutView } from '#protocol/console/ring-calls.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';

type Props = { readonly rollout: string; readonly ring: RolloutView['rings'][number] };

export function PassButton(props: Props) {
  const words = useWords();
  return (
    <DialogButton text={words.text('content.pass')} look="small" verdict={useVerdict(props)}>
      {(close) => <PassDialog {...props} onClose={close} />}
    </DialogButton>
  );
}

function useVerdict({ ring }: Props): Verdict {
  const right = useMayCall()('content.pass', 'whole');
  return right.go ? mayPassByPerson(ring) : right;
}

function PassDialog({ rollout, ring, onClose }: Props & { onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  const act = async (): Promise<Result<unknown>> => {
    const passed = await callSite('content.pass', { rollout, ring: ring.ring });
    await queries.invalidateQueries({ queryKey: ['content.rings'] });
    if (passed.ok) toast(words.text('content.passed', { ring: ring.ring }));
    return passed;
  };
  return (
    <ConfirmDialog
      title={words.text('content.pass')}
      confirm={words.text('content.passConfirm')}
      verdict={mayPassByPerson(ring)}
      cli={cliLine('content', 'pass', rollout, ring.ring)}
      act={act}
      onClose={onClose}
    >
      {ring.because === null ? null : <p>{words.problem(ring.because).sentence}</p>}
      <p>{words.text('content.passHint', { ring: ring.ring })}</p>
    </ConfirmDialog>
  );
}
