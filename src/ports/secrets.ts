/** Secrets made, and checked without being kept. */

import type { Digest } from '#domain/names.ts';

export type Secrets = {
  /** 256 bits that nobody can guess, as plain characters. */
  make(): string;
  /** Enough for a secret that nobody can guess; never for a password. */
  digest(secret: string): Digest;
  /** Takes as long whatever the two have in common. */
  isEqual(one: Digest, other: Digest): boolean;
  /** Slow on purpose; in PHC form. Null: so many are under way that this one must come again. */
  hashPassword(password: string): Promise<string | null>;
  /**
   * `hash` null: there is no such account; it takes as long all the same. Null: too many are under
   * way.
   */
  checkPassword(password: string, hash: string | null): Promise<boolean | null>;
};
