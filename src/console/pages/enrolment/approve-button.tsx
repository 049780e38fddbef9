/** Lets a server in that came by a counted token. */

import type { ServerId } from '#domain/names.ts';
import { go } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';

export function ApproveButton({ server }: { readonly server: ServerId }) {
  const words = useWords();
  return (
    <DialogButton
      text={words.text('people.approve')}
      look="small"
      verdict={useMayCall()('fleet.approve', 'whole')}
    >
      {(close) => (
        <ConfirmDialog
          title={words.text('people.approve')}
          confirm={words.text('people.approveConfirm')}
          verdict={go}
          cli={cliLine('fleet', 'approve', server)}
          act={() => callSite('fleet.approve', { server })}
          onClose={close}
        >
          <p>{words.text('enrolment.approveHint', { server })}</p>
        </ConfirmDialog>
      )}
    </DialogButton>
  );
}
