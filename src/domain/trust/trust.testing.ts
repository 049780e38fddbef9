/** Releases and targets for the tests of these rules; the digest of a text is its own SHA-256. */

import { createHash } from 'node:crypto';
import { canonicalJson, utf8Bytes } from '../catalogue/canonical-json.ts';
import type { Release, ReleaseManifest } from '../catalogue/release.ts';
import { contentManifest } from '../delivery/content-release.ts';
import { brand, type ComponentName, type Digest } from '../names.ts';
import { contentTreeListing, type ContentFileFacts } from './content-tree.ts';
import type { SignedTarget } from './target.ts';

export function digestOf(text: string): Digest {
  return brand<Digest>(createHash('sha256').update(text).digest('hex'));
}

export function releaseWith(changes: Partial<ReleaseManifest>): Release {
  const content = contentRelease({ fileName: 'a.ptn', digest: digestOf('a'), bytes: 1 });
  const manifest: ReleaseManifest = {
    ...content.manifest,
    component: brand<ComponentName>('program'),
    lane: 'program',
    kind: 'self',
    version: '5.80',
    ordering: 'decimal',
    ...changes,
  };
  return { digest: digestOf(canonicalJson(manifest)), manifest };
}

/** As an information server makes it of a file. */
export function contentRelease(
  file: ContentFileFacts,
  changes: Partial<ReleaseManifest> = {},
): Release {
  const delivered = {
    component: brand<ComponentName>('pattern'),
    version: '1.2',
    ordering: 'dotted',
    bytes: file.bytes,
  } as const;
  const treeDigest = digestOf(contentTreeListing(file));
  const archive = { digest: digestOf('archive'), bytes: 1 };
  const packed = { treeDigest, treeBytes: file.bytes, fileCount: 1, archive };
  const manifest = { ...contentManifest(delivered, packed), ...changes };
  return { digest: digestOf(canonicalJson(manifest)), manifest };
}

/** What signing that release as a program makes. */
export function signed({ digest, manifest }: Release, custom: unknown = null): SignedTarget {
  const name = `${manifest.component}/${manifest.version}.json`;
  return { name, digest, bytes: utf8Bytes(canonicalJson(manifest)), custom };
}
