/** No server runs ahead of its information server (L1), unless a person says why. */

import { compareVersions } from '#domain/catalogue/version.ts';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import type { Site } from '../site.ts';

const ownOrdering = 'decimal';

export function againstAhead(
  { self: { version: running } }: Pick<Site, 'self'>,
  target: string,
  reason: string | null,
) {
  const isAhead = compareVersions(ownOrdering, target, running) > 0;
  return isAhead && reason === null
    ? refuse(problem('INFORMATION_SERVER_BEHIND', { running, target }))
    : null;
}
