/**
 * Whether an offered file can be content at all, whatever the site has and whoever offers it.
 * Asked before a byte of it is packed or written. Absent: what is a program (`split-offer.ts`).
 */

import { mayHoldContent } from '../catalogue/revision.ts';
import { shown } from '../catalogue/server-ini.ts';
import { parseVersion, type Ordering } from '../catalogue/version.ts';
import { problem, type Problem } from '../problem.ts';

export type OfferedFile = {
  readonly version: string;
  readonly ordering: Ordering;
  readonly path: string;
};

/** null: it can. A version that parses has no sign in it that a catalogue's line means. */
export function againstItem({ version, ordering, path }: OfferedFile): Problem | null {
  const readable = parseVersion(ordering, version);
  if (!readable.ok) return readable.because;
  return mayHoldContent(path) ? null : problem('PACKAGE_PATH_UNSAFE', { path: shown(path) });
}
