/**
 * The mutants that no test can kill, each with its reason: what they change makes no difference
 * to anyone. Kept as short as it can be: code that admits of such a mutant is better rewritten.
 */

import type { MutantName } from './mutant.ts';

export type Survivor = MutantName & { readonly reason: string };

export const survivors: readonly Survivor[] = [];
