/** A button that asks in a dialog, or says why it may not even ask. */

import { useState, type ReactNode } from 'react';
import type { Verdict } from '#domain/result.ts';
import type { IconName } from '../text/icon.tsx';
import { ActionButton } from './action-button.tsx';

type Props = {
  readonly text: string;
  readonly verdict: Verdict;
  readonly look?: 'main' | 'danger' | 'plain' | 'small';
  readonly icon?: IconName;
  /** The dialog; it is made anew each time. */
  readonly children: (close: () => void) => ReactNode;
};

export function DialogButton({ text, children, ...button }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActionButton {...button} onPress={() => setOpen(true)}>
        {text}
      </ActionButton>
      {isOpen ? children(() => setOpen(false)) : null}
    </>
  );
}
