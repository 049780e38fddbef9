/**
 * What a hold keeps back: of each component only the newest, and nothing that the site has
 * already or has newer. Superseded items are dropped, so the catch-up fetches each one once.
 */

import { compareVersions, parseVersion, type Ordering } from '../catalogue/version.ts';
import type { ComponentName, Digest } from '../names.ts';

export type OfferedItem = {
  readonly component: ComponentName;
  readonly version: string;
  readonly ordering: Ordering;
  readonly digest: Digest;
};

export type CurrentContent = {
  readonly component: ComponentName;
  readonly version: string;
  readonly digest: Digest;
};

/** null: one of the two is no version in this ordering, so neither is newer. */
function compare(ordering: Ordering, left: string, right: string): number | null {
  const readable = parseVersion(ordering, left).ok && parseVersion(ordering, right).ok;
  return readable ? compareVersions(ordering, left, right) : null;
}

/** The newest item of each component; of equal or incomparable ones the last named. */
export function newestOfEach<Item extends OfferedItem>(items: readonly Item[]): Item[] {
  const newest = new Map<ComponentName, Item>();
  for (const item of items) {
    const known = newest.get(item.component);
    const older = known && (compare(item.ordering, item.version, known.version) ?? 0) < 0;
    if (!older) newest.set(item.component, item);
  }
  return [...newest.values()];
}

export function keptBack<Item extends OfferedItem>(
  items: readonly Item[],
  current: readonly CurrentContent[],
): Item[] {
  const standing = new Map(current.map((content) => [content.component, content]));
  return newestOfEach(items).filter((item) => {
    const content = standing.get(item.component);
    if (content === undefined) return true;
    if (content.digest === item.digest) return false;
    return (compare(item.ordering, item.version, content.version) ?? 1) >= 0;
  });
}
