/** The plan as its file says it, beside every step; a mistake leads to its line. */

import { useRef } from 'react';
import { problem, type Problem } from '#domain/problem.ts';
import { useWords } from '../../app/language.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Draft } from './draft.ts';
import { lineOf, planFile } from './plan-checks.ts';

type Props = {
  readonly draft: Draft;
  /** What the site says against the text itself. */
  readonly because: Problem | null;
};

export function PlanText({ draft, because }: Props) {
  const words = useWords();
  const area = useRef<HTMLTextAreaElement>(null);
  const { text, mistake } = draft;
  const wrong =
    mistake === null ? because : problem('PLAN_UNREADABLE', { file: planFile, ...mistake });
  const line = mistake?.line ?? lineOf(because);
  return (
    <section className="plan-text" aria-label={words.text('plan.text')}>
      <div className="section-title">
        <h2>{words.text('plan.text')}</h2>
        {wrong === null ? (
          <StateMark tone="good">{words.text('plan.readable')}</StateMark>
        ) : (
          <StateMark tone="bad">{words.text('plan.unreadable')}</StateMark>
        )}
      </div>
      <textarea
        ref={area}
        className="input plan-text-area"
        aria-label={words.text('plan.text')}
        aria-invalid={wrong !== null}
        spellCheck={false}
        wrap="off"
        value={text}
        onChange={(event) => draft.write(event.target.value)}
      />
      {wrong === null ? null : <VerdictText verdict={{ go: false, because: wrong }} />}
      {line === null ? null : (
        <button
          type="button"
          className="button"
          data-look="small"
          onClick={() => pointAt(area.current, line)}
        >
          {words.text('plan.toLine', { line })}
        </button>
      )}
    </section>
  );
}

function pointAt(area: HTMLTextAreaElement | null, line: number): void {
  if (area === null) return;
  const lines = area.value.split('\n');
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (area.scrollHeight / Math.max(lines.length, 1)) * Math.max(0, line - 4);
}
