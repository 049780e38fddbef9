/** Versions of one component in their order, whatever stands in an old journal. */

import { compareVersions, parseVersion, type Ordering } from './version.ts';

/**
 * By the ordering that was named last. What it cannot read is older than anything it can, so
 * that nothing unreadable is ever the newest.
 */
export function oldestFirst<Item extends { readonly version: string; readonly ordering: Ordering }>(
  items: readonly Item[],
): Item[] {
  const ordering = items.at(-1)?.ordering;
  return ordering === undefined ? [] : inOrder(items, ordering);
}

function inOrder<Item extends { readonly version: string }>(
  items: readonly Item[],
  ordering: Ordering,
): Item[] {
  const isReadable = ({ version }: Item): boolean => parseVersion(ordering, version).ok;
  const readable = items
    .filter(isReadable)
    .toSorted((left, right) => compareVersions(ordering, left.version, right.version));
  return [...items.filter((item) => !isReadable(item)), ...readable];
}
