/**
 * A target is what a signer put his name to: a file by its name, digest and length, with whatever
 * else he said of it. How it came to be believed is not known here.
 */

import type { Digest } from '../names.ts';

export type SignedTarget = {
  readonly name: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** As it was signed; each rule reads of it what it knows. */
  readonly custom: unknown;
};
