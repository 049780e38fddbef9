/** Go, or why not, in a line of its own: shown before anything is pressed. */

import type { Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { Remedy } from '../state/remedy.tsx';
import { StateMark } from '../state/state-mark.tsx';

export function VerdictText({ verdict }: { readonly verdict: Verdict }) {
  const words = useWords();
  if (verdict.go) return <StateMark tone="good">{words.text('verdict.go')}</StateMark>;
  const { sentence, remedy } = words.problem(verdict.because);
  return (
    <div className="verdict-no" role="alert">
      <p>{sentence}</p>
      <Remedy text={remedy} />
    </div>
  );
}
