/** Whether what survived is what is listed: nothing more, and nothing that is not so any more. */

import { nameOf, type Mutant } from './mutant.ts';
import type { Outcome } from './run.ts';
import type { Survivor } from './survivors.ts';

export type Verdict = {
  readonly unlisted: readonly Mutant[];
  readonly expected: readonly { readonly mutant: Mutant; readonly reason: string }[];
  /** Listed, but a test notices it now. */
  readonly killed: readonly Survivor[];
};

/** Of what was not run nothing is said. */
export function verdictOf(outcomes: readonly Outcome[], listed: readonly Survivor[]): Verdict {
  const reasons = new Map(listed.map((one) => [nameOf(one), one.reason]));
  const alive = outcomes
    .filter(({ fate }) => fate === 'survived' || fate === 'unseen')
    .map(({ mutant }) => ({ mutant, reason: reasons.get(nameOf(mutant)) }));
  const names = new Set(alive.map(({ mutant }) => nameOf(mutant)));
  const run = new Set(outcomes.map(({ mutant }) => nameOf(mutant)));
  return {
    unlisted: alive.filter(({ reason }) => reason === undefined).map(({ mutant }) => mutant),
    expected: alive.flatMap(({ mutant, reason }) =>
      reason === undefined ? [] : [{ mutant, reason }],
    ),
    killed: listed.filter((one) => run.has(nameOf(one)) && !names.has(nameOf(one))),
  };
}

/** Listed, but no rule makes it: the code has changed, or gone. */
export function unknownOf(
  mutants: readonly Mutant[],
  listed: readonly Survivor[],
): readonly Survivor[] {
  const made = new Set(mutants.map(nameOf));
  return listed.filter((one) => !made.has(nameOf(one)));
}
