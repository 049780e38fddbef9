/** What a mutant is: one small change of one file, made by one rule. */

/**
 * `guard`: a condition, or an operand of one, negated. `operand`: one of those that `&&` or `||`
 * joins, left out. `comparison`: `<` for `<=`, `===` for `!==`, a bound shifted by one.
 * `early-return`: the one-branched `if` that leaves, never taken. `edge`: an entry of a table of
 * successors removed, or one added that is not there.
 */
export const rules = ['guard', 'operand', 'comparison', 'early-return', 'edge'] as const;
export type Rule = (typeof rules)[number];

export type Mutant = {
  /** From the root of the checkout, such as `src/domain/upgrade/lease.ts`. */
  readonly file: string;
  readonly line: number;
  readonly rule: Rule;
  /** The function, or table, in which it stands. */
  readonly inside: string;
  /** The lines that it touches, in one, before and after. */
  readonly before: string;
  readonly after: string;
  /** The whole file, changed. */
  readonly text: string;
};

/** What tells a mutant from every other, although lines move. */
export type MutantName = Pick<Mutant, 'file' | 'inside' | 'before' | 'after'>;

export const nameOf = ({ file, inside, before, after }: MutantName): string =>
  [file, inside, before, after].join('\n');
