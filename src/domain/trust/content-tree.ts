/**
 * The tree that a signed content file makes: that file alone, as the listing of
 * docs/protocol/package.md has it. An information server makes the release around the file and
 * signs nothing, so this is what binds a release to what was signed.
 */

import { utf8Bytes } from '../catalogue/canonical-json.ts';
import type { Digest } from '../names.ts';

export type ContentFileFacts = {
  readonly fileName: string;
  readonly digest: Digest;
  readonly bytes: number;
};

export function contentTreeListing({ fileName, digest, bytes }: ContentFileFacts): string {
  return `dankai-tree 1\nf 644 ${bytes} ${digest} ${fileName}\n`;
}

/** A name that is one line and one part of a path; no other can stand in a listing. */
export function mayBeListed(fileName: string): boolean {
  const isPlain = !/[\p{Cc}\p{Cs}/\\]/u.test(fileName) && fileName !== '.' && fileName !== '..';
  return isPlain && fileName !== '' && utf8Bytes(fileName) <= 255;
}
