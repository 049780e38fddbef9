/** May the share be brought back to its baseline? Only where something drifted (D8, D11, R5). */

import { problem } from '../problem.ts';
import { go, noGo, type Verdict } from '../result.ts';
import type { Drift } from './drift.ts';

export function mayRestore(drift: { readonly [Part in keyof Drift]: readonly unknown[] }): Verdict {
  return drift.fields.length + drift.packages.length === 0
    ? noGo(problem('CATALOGUE_CLEAN', {}))
    : go;
}
