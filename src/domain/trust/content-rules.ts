/**
 * Which content may enter, by what was signed of it: the very file, by name, digest and length.
 * Nothing of the content lane can ever be a program, whatever its keys sign.
 */

import type { Ordering } from '../catalogue/version.ts';
import type { Release } from '../catalogue/release.ts';
import { fileNameOf } from '../delivery/content-release.ts';
import type { ComponentName, Digest } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { contentTreeListing, mayBeListed } from './content-tree.ts';
import { contentTargetName, fileNameIn } from './target-names.ts';
import type { SignedTarget } from './target.ts';

export type OfferedContent = {
  readonly component: ComponentName;
  readonly version: string;
  /** In the share, with its folder. */
  readonly path: string;
  readonly ordering: Ordering;
  readonly digest: Digest;
  readonly bytes: number;
};

export function targetOfItem(item: OfferedContent): string {
  return contentTargetName(item, fileNameOf(item.path));
}

/**
 * What of a file is signed besides its bytes: else whoever passes it on could lay it into another
 * folder of the share, or have its versions compared in another way.
 */
export type SignedPlace = { readonly path: string; readonly ordering: string };

export function placeOfItem({ path, ordering }: Pick<OfferedContent, 'path' | 'ordering'>) {
  return { path: path.replaceAll('\\', '/'), ordering } satisfies SignedPlace;
}

/** null: signed by a version that said nothing of it. */
export function placeIn({ custom }: Pick<SignedTarget, 'custom'>): SignedPlace | null {
  if (typeof custom !== 'object' || custom === null) return null;
  const { path, ordering }: { path?: unknown; ordering?: unknown } = custom;
  return typeof path === 'string' && typeof ordering === 'string' ? { path, ordering } : null;
}

/** An offered file against what metadata says under its name; null: nothing. */
export function againstContentItem(
  item: OfferedContent,
  target: SignedTarget | null,
): Problem | null {
  const { component, version } = item;
  if (target === null) return problem('CONTENT_UNSIGNED', { component, version });
  const [signed, offered] = [placeIn(target), placeOfItem(item)];
  const isThere = signed === null || isSamePlace(signed, offered);
  if (target.digest === item.digest && target.bytes === item.bytes && isThere) return null;
  const differs = isThere
    ? { expected: target.digest, found: item.digest }
    : { expected: placeText(signed), found: placeText(offered) };
  return problem('CONTENT_NOT_AS_SIGNED', { component, version, ...differs });
}

const isSamePlace = (one: SignedPlace, other: SignedPlace): boolean =>
  one.path === other.path && one.ordering === other.ordering;
const placeText = ({ path, ordering }: SignedPlace): string => `${path} (${ordering})`;

/**
 * A release that an information server made, against all that is signed in the content lane: it must
 * be the tree of one signed file of its component and version, and nothing that is ever run.
 */
export function againstContentRelease(
  { manifest }: Release,
  targets: readonly SignedTarget[],
  digestOf: (text: string) => Digest,
): Problem | null {
  const { component, version, lane, kind, tree, packages, ordering } = manifest;
  const unsigned = problem('CONTENT_UNSIGNED', { component, version });
  if (lane !== 'content' || kind !== 'content' || tree !== undefined) return unsigned;
  const signed = targets.flatMap((target) => {
    const { name, digest, bytes } = target;
    const fileName = fileNameIn(name, manifest);
    if (fileName === null || !mayBeListed(fileName)) return [];
    const place = placeIn(target);
    return place !== null && place.ordering !== ordering ? [] : [{ fileName, digest, bytes }];
  });
  const expected = new Set(signed.map((file) => digestOf(contentTreeListing(file))));
  const other = packages.find((one) => !expected.has(one.treeDigest));
  if (packages.length > 0 && other === undefined) return null;
  if (expected.size === 0) return unsigned;
  const digests = { expected: [...expected].join(', '), found: other?.treeDigest ?? 'nothing' };
  return problem('CONTENT_NOT_AS_SIGNED', { component, version, ...digests });
}
