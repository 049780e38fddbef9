/** A line of text that is told a moment after the last key: each letter would be a question of its own. */

import { useEffect, useState } from 'react';
import { TextEntry } from './text-entry.tsx';

const pauseMs = 300;

type Props = {
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'search';
  onSettled(value: string): void;
};

export function SettledEntry({ label, value, type = 'text', onSettled }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = window.setTimeout(() => onSettled(typed), pauseMs);
    return () => window.clearTimeout(timer);
  });
  return <TextEntry label={label} type={type} value={typed} onChange={setTyped} />;
}
