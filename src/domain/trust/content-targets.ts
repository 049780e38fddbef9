/**
 * Which content files are named as signed. Whatever is delivered now, and of what was delivered
 * before as much as there is room for: a site on hold, or a server that comes late, still needs it.
 */

import type { Instant } from '../names.ts';
import {
  placeOfItem,
  targetOfItem,
  type OfferedContent,
  type SignedPlace,
} from './content-rules.ts';
import type { SignedTarget } from './target.ts';

export type ContentTarget = Omit<SignedTarget, 'custom'> & {
  /** When it was last among what is delivered. */
  readonly named: Instant;
  /** null: signed by a version that said nothing of it. */
  readonly place: SignedPlace | null;
};

/** Readers and signers of metadata take quadratic time above some hundreds. */
export const contentTargetsMax = 500;

/**
 * `items`: what is to be delivered, the most important first. Of two files under one name the first
 * counts: there is one content for each version. Null when all of them are named already.
 */
export function contentTargetsAfter(
  before: readonly ContentTarget[],
  items: readonly OfferedContent[],
  now: Instant,
): readonly ContentTarget[] | null {
  const wanted = new Map<string, ContentTarget>();
  for (const item of items) {
    const name = targetOfItem(item);
    if (wanted.has(name) || wanted.size === contentTargetsMax) continue;
    wanted.set(name, {
      name,
      digest: item.digest,
      bytes: item.bytes,
      named: now,
      place: placeOfItem(item),
    });
  }
  const known = new Map(before.map((target) => [target.name, target]));
  const isNew = ({ name, digest, bytes, place }: ContentTarget): boolean => {
    const found = known.get(name);
    const isThere =
      found?.place?.path === place?.path && found?.place?.ordering === place?.ordering;
    return found?.digest !== digest || found.bytes !== bytes || !isThere;
  };
  if (![...wanted.values()].some(isNew)) return null;
  const others = before
    .filter(({ name }) => !wanted.has(name))
    .toSorted((one, other) => other.named - one.named);
  return [...wanted.values(), ...others].slice(0, contentTargetsMax);
}
