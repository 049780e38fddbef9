/**
 * Something that may be done, or may not: then it says why, to whoever points at it, comes to it by
 * keyboard or hears it read. It stays where it is, so nobody wonders where it went.
 */

import { useId, type ReactNode } from 'react';
import type { Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { Icon, type IconName } from '../text/icon.tsx';

type Props = {
  readonly verdict: Verdict;
  readonly look?: 'main' | 'danger' | 'plain' | 'small';
  readonly icon?: IconName;
  readonly isBusy?: boolean;
  onPress(): void;
  readonly children: ReactNode;
};

export function ActionButton({ verdict, look, icon, isBusy = false, onPress, children }: Props) {
  const words = useWords();
  const id = useId();
  return (
    <span className="action">
      <button
        type="button"
        className="button"
        data-look={look}
        aria-disabled={!verdict.go || isBusy}
        aria-busy={isBusy}
        aria-describedby={verdict.go ? undefined : id}
        onClick={() => {
          if (verdict.go && !isBusy) onPress();
        }}
      >
        {icon === undefined ? null : <Icon name={icon} />}
        {children}
      </button>
      {verdict.go ? null : (
        <span className="action-why" id={id} role="tooltip">
          {words.problem(verdict.because).sentence}
        </span>
      )}
    </span>
  );
}
