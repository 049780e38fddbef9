/** All checkers of a run, in the order of their numbers. */

import type { Checker, Facts } from './checker.ts';

const makers: readonly ((facts: Facts) => Checker)[] = [];

export function checkersFor(facts: Facts): readonly Checker[] {
  return makers.map((make) => make(facts));
}
