/** One decision on the queue whose answer somebody waits for. */

import { invariant } from '#domain/result.ts';
import type { Rows } from '#ports/journal.ts';
import type { Effect, Loop } from './loop.ts';

export type Decision<Answer> = {
  readonly answer: Answer;
  /** Done once the rows are on the disk. */
  readonly effects?: readonly Effect[];
};

/** Resolves with the answer when what was decided is committed. */
export async function decided<Answer>(
  loop: Pick<Loop, 'submit'>,
  decide: (rows: Rows) => Promise<Decision<Answer>>,
): Promise<Answer> {
  let last: { readonly answer: Answer } | null = null;
  const keep = (decision: Decision<Answer>): void => {
    last = decision;
  };
  await loop.submit(async (rows) => {
    const decision = await decide(rows);
    keep(decision);
    return decision.effects ?? [];
  });
  return answerOf(last);
}

function answerOf<Answer>(decision: { readonly answer: Answer } | null): Answer {
  invariant(decision !== null, 'what was committed was decided');
  return decision.answer;
}
