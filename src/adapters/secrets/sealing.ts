/**
 * Bytes at rest under a passphrase: argon2id, then AES-256-GCM. The one place where it is done; how
 * what comes out stands in a file is for whoever keeps it (`key-file.ts`, `sealed-text.ts`).
 */

import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const derive = promisify(argon2);
const cipher = 'aes-256-gcm';
/** What one guess costs: about a third of a second and 64 MiB. */
export const sealingCost: Cost = { memoryKiB: 65_536, passes: 3, parallelism: 1 };
export const saltBytes = 16;
export const ivBytes = 12;
export const tagBytes = 16;

/** How it was sealed, as every file says it. */
export const sealingFields = {
  kdf: z.literal('argon2id'),
  // A file from elsewhere must not take all memory, nor hours.
  memoryKiB: z.int().min(8).max(1_048_576),
  passes: z.int().min(1).max(16),
  parallelism: z.int().min(1).max(4),
  cipher: z.literal(cipher),
};

export type Cost = {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
};

export type SealedBytes = {
  readonly salt: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly text: Buffer;
};

/** `about` is part of the seal, so that one cannot be put in the place of another. */
type Seal = { readonly passphrase: string; readonly about: Buffer };

export type Sealing = Seal & {
  /** Tests seal often; whoever opens is told it by the file. */
  readonly cost?: Cost | undefined;
};

export async function sealBytes(
  secret: Buffer,
  { passphrase, about, cost = sealingCost }: Sealing,
) {
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(ivBytes);
  const seal = createCipheriv(cipher, await keyOf(passphrase, salt, cost), iv);
  seal.setAAD(about);
  const text = Buffer.concat([seal.update(secret), seal.final()]);
  const { memoryKiB, passes, parallelism } = cost;
  const how = { kdf: 'argon2id', memoryKiB, passes, parallelism, cipher } as const;
  return { how, bytes: { salt, iv, tag: seal.getAuthTag(), text } satisfies SealedBytes };
}

/** null: another passphrase sealed it, or somebody changed it; the two look the same. */
export async function unsealBytes(
  { salt, iv, tag, text }: SealedBytes,
  { passphrase, about, cost }: Seal & { readonly cost: Cost },
): Promise<Buffer | null> {
  if (tag.length !== tagBytes) return null;
  const key = await keyOf(passphrase, salt, cost);
  try {
    const open = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes });
    open.setAAD(about);
    open.setAuthTag(tag);
    return Buffer.concat([open.update(text), open.final()]);
  } catch {
    return null;
  }
}

function keyOf(passphrase: string, salt: Buffer, its: Cost): Promise<Buffer> {
  return derive('argon2id', {
    // One text for one passphrase, whatever keyboard it was typed on.
    message: passphrase.normalize('NFC'),
    nonce: salt,
    parallelism: its.parallelism,
    tagLength: 32,
    memory: its.memoryKiB,
    passes: its.passes,
  });
}
