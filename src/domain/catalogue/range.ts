/** A range of versions: Min inclusive, Max exclusive. An open end does not exist. */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { compareVersions, parseVersion, type Ordering } from './version.ts';

export type VersionRange = { readonly min: string; readonly max: string };

/** A range that no version can be in is a mistake of whoever wrote it. */
export function parseRange(ordering: Ordering, range: VersionRange): Result<VersionRange> {
  for (const end of [range.min, range.max]) {
    const parsed = parseVersion(ordering, end);
    if (!parsed.ok) return parsed;
  }
  if (compareVersions(ordering, range.min, range.max) >= 0) {
    return refuse(problem('RANGE_EMPTY', { min: range.min, max: range.max }));
  }
  return ok({ min: range.min, max: range.max });
}

/** Range and version must have been parsed in this ordering. */
export function isInRange(ordering: Ordering, range: VersionRange, version: string): boolean {
  return (
    compareVersions(ordering, version, range.min) >= 0 &&
    compareVersions(ordering, version, range.max) < 0
  );
}
