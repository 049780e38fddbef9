/**
 * Restore (R5), as text: only what drifted is brought back from the baseline. Newer content, the
 * user's own lines and every byte that did not drift stay. Absent: packages, files, evidence.
 */

import { problem, type Problem } from '../problem.ts';
import { ok, type Result } from '../result.ts';
import type { FieldDrift } from './drift.ts';
import { editServerIni, type Edit } from './server-ini-edit.ts';
import { findSection, keyName, keysOf, keyValue, parseServerIni, valueOf } from './server-ini.ts';
import type { ServerIni } from './server-ini.ts';

export type Restored = {
  readonly text: string;
  /** The current text was of no use, so the whole baseline was laid down in its place. */
  readonly whole: boolean;
  /** Why; null when `whole` is false. */
  readonly because: Problem | null;
};

/** `currentText` null: the file is absent. Refused only when the baseline itself is unreadable. */
export function restoreCatalogue(
  currentText: string | null,
  baselineText: string,
  drifted: readonly FieldDrift[],
): Result<Restored> {
  const baseline = parseServerIni(baselineText);
  if (!baseline.ok) return baseline;
  if (currentText === null) {
    const because = problem('FILE_UNREADABLE', { file: 'server.ini', detail: 'ENOENT' });
    return ok({ text: baselineText, whole: true, because });
  }
  const current = parseServerIni(currentText);
  if (!current.ok) return ok({ text: baselineText, whole: true, because: current.because });
  const edits = drifted.flatMap((drift) => editsOf(baseline.value, drift));
  const edited = editServerIni(current.value, edits);
  if (!edited.ok) return ok({ text: baselineText, whole: true, because: edited.because });
  return ok({ text: edited.value, whole: false, because: null });
}

/** Nothing where the baseline has no such section: it cannot say how that should read. */
function editsOf(baseline: ServerIni, drift: FieldDrift): readonly Edit[] {
  const { section, field } = drift;
  const number = findSection(baseline, section);
  if (number === null) return [];
  if (field === 'section') {
    const lines = keysOf(baseline, number).map((key) => ({
      key: keyName(baseline, key),
      value: keyValue(baseline, key),
    }));
    return [{ kind: 'put-section', section: baseline.names.name(number), lines }];
  }
  const value = valueOf(baseline, section, field);
  const edit = { section, key: field };
  return [value === null ? { kind: 'remove', ...edit } : { kind: 'set', ...edit, value }];
}
