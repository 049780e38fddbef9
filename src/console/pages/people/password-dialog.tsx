/** Changes one's own password. */

import { useState } from 'react';
import { go } from '#domain/result.ts';
import { callPeople } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';

export function PasswordDialog({ onClose }: { onClose(): void }) {
  const words = useWords();
  const toast = useToast();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  return (
    <ConfirmDialog
      title={words.text('people.password')}
      confirm={words.text('people.changeConfirm')}
      verdict={go}
      cli={cliLine('password')}
      act={async () => {
        const changed = await callPeople('password.change', { current, next });
        if (changed.ok) toast(words.text('people.passwordChanged'));
        return changed;
      }}
      onClose={onClose}
    >
      <TextEntry
        label={words.text('people.currentPassword')}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        autoFocus
      />
      <TextEntry
        label={words.text('people.newPassword')}
        type="password"
        autoComplete="new-password"
        value={next}
        onChange={setNext}
      />
    </ConfirmDialog>
  );
}
