/**
 * Which content may enter, by what was signed of it: the very file, by name, digest and length.
 * Nothing of the content lane can ever be a program, whatever its keys sign.
 */

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
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
};

export function targetOfItem(item: OfferedContent): string {
  return contentTargetName(item, fileNameOf(item.path));
}

/** An offered file against what metadata says under its name; null: nothing. */
export function againstContentItem(
  item: OfferedContent,
  target: SignedTarget | null,
): Problem | null {
  const { component, version } = item;
  if (target === null) return problem('CONTENT_UNSIGNED', { component, version });
  if (target.digest === item.digest && target.bytes === item.bytes) return null;
  const digests = { expected: target.digest, found: item.digest };
  return problem('CONTENT_NOT_AS_SIGNED', { component, version, ...digests });
}

/**
 * A release that an information server made, against all that is signed in the content lane: it must
 * be the tree of one signed file of its component and version, and nothing that is ever run.
 */
export function againstContentRelease(
  { manifest }: Release,
  targets: readonly SignedTarget[],
  digestOf: (text: string) => Digest,
): Problem | null {
  const { component, version, lane, kind, tree, packages } = manifest;
  const unsigned = problem('CONTENT_UNSIGNED', { component, version });
  if (lane !== 'content' || kind !== 'content' || tree !== undefined) return unsigned;
  const signed = targets.flatMap(({ name, digest, bytes }) => {
    const fileName = fileNameIn(name, manifest);
    return fileName === null || !mayBeListed(fileName) ? [] : [{ fileName, digest, bytes }];
  });
  const expected = new Set(signed.map((file) => digestOf(contentTreeListing(file))));
  const other = packages.find((one) => !expected.has(one.treeDigest));
  if (packages.length > 0 && other === undefined) return null;
  if (expected.size === 0) return unsigned;
  const digests = { expected: [...expected].join(', '), found: other?.treeDigest ?? 'nothing' };
  return problem('CONTENT_NOT_AS_SIGNED', { component, version, ...digests });
}
