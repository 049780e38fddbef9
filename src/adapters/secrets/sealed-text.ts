/**
 * A secret text at rest, as it stands in a file: sealed by a passphrase (`sealing.ts`), base64. What
 * it is for is part of the seal.
 */

import { z } from 'zod';
import { sealBytes, sealingFields, unsealBytes, type Cost } from './sealing.ts';

const base64 = z.base64();

export const sealedText = z.strictObject({
  /** What it is for. */
  about: z.string().min(1).max(200),
  ...sealingFields,
  salt: base64,
  iv: base64,
  tag: base64,
  text: base64,
});
export type SealedText = z.infer<typeof sealedText>;

type Seal = { readonly about: string; readonly passphrase: string };

export async function sealText(
  text: string,
  { about, passphrase, cost }: Seal & { readonly cost?: Cost | undefined },
): Promise<SealedText> {
  const seal = { about: Buffer.from(about), passphrase, cost };
  const { how, bytes } = await sealBytes(Buffer.from(text), seal);
  return {
    about,
    ...how,
    salt: bytes.salt.toString('base64'),
    iv: bytes.iv.toString('base64'),
    tag: bytes.tag.toString('base64'),
    text: bytes.text.toString('base64'),
  };
}

/** null: another passphrase sealed it, or somebody changed it; the two look the same. */
export async function unsealText(
  sealed: SealedText,
  { about, passphrase }: Seal,
): Promise<string | null> {
  if (sealed.about !== about) return null;
  const bytes = {
    salt: Buffer.from(sealed.salt, 'base64'),
    iv: Buffer.from(sealed.iv, 'base64'),
    tag: Buffer.from(sealed.tag, 'base64'),
    text: Buffer.from(sealed.text, 'base64'),
  };
  const opened = await unsealBytes(bytes, { about: Buffer.from(about), passphrase, cost: sealed });
  return opened?.toString('utf8') ?? null;
}
