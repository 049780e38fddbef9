/**
 * A secret text at rest: sealed by a passphrase (argon2id, then AES-256-GCM). What it is for is
 * part of the seal, so that one cannot be put in the place of another.
 */

import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const derive = promisify(argon2);
const cipher = 'aes-256-gcm';
/** What one guess costs: about a third of a second and 64 MiB. */
const cost = { memoryKiB: 65_536, passes: 3, parallelism: 1 } as const;
const saltBytes = 16;
const ivBytes = 12;
const tagBytes = 16;

const base64 = z.base64();

export const sealedText = z.strictObject({
  /** What it is for. */
  about: z.string().min(1).max(200),
  kdf: z.literal('argon2id'),
  // A file from elsewhere must not take all memory, nor hours.
  memoryKiB: z.int().min(8).max(1_048_576),
  passes: z.int().min(1).max(16),
  parallelism: z.int().min(1).max(4),
  salt: base64,
  cipher: z.literal(cipher),
  iv: base64,
  tag: base64,
  text: base64,
});
export type SealedText = z.infer<typeof sealedText>;

type Cost = Pick<SealedText, 'memoryKiB' | 'passes' | 'parallelism'>;

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

export async function sealText(
  text: string,
  { about, passphrase }: { readonly about: string; readonly passphrase: string },
): Promise<SealedText> {
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(ivBytes);
  const seal = createCipheriv(cipher, await keyOf(passphrase, salt, cost), iv);
  seal.setAAD(Buffer.from(about));
  const sealed = Buffer.concat([seal.update(text, 'utf8'), seal.final()]);
  return {
    about,
    kdf: 'argon2id',
    ...cost,
    salt: salt.toString('base64'),
    cipher,
    iv: iv.toString('base64'),
    tag: seal.getAuthTag().toString('base64'),
    text: sealed.toString('base64'),
  };
}

/** null: another passphrase sealed it, or somebody changed it; the two look the same. */
export async function unsealText(
  sealed: SealedText,
  { about, passphrase }: { readonly about: string; readonly passphrase: string },
): Promise<string | null> {
  const key = await keyOf(passphrase, Buffer.from(sealed.salt, 'base64'), sealed);
  const tag = Buffer.from(sealed.tag, 'base64');
  if (sealed.about !== about || tag.length !== tagBytes) return null;
  try {
    const open = createDecipheriv(cipher, key, Buffer.from(sealed.iv, 'base64'));
    open.setAAD(Buffer.from(about));
    open.setAuthTag(tag);
    const text = Buffer.from(sealed.text, 'base64');
    return Buffer.concat([open.update(text), open.final()]).toString('utf8');
  } catch {
    return null;
  }
}
