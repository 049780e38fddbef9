/**
 * The digests that an update site publishes beside its files, in the form that `sha256sum` writes,
 * and the signature over them (`<file>.sig`, Ed25519, 64 bytes, also in base64). With them it no
 * longer matters who carries the bytes.
 */

import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { brand, digestPattern, type Digest } from '#domain/names.ts';

export type FeedDigests = ReadonlyMap<string, Digest>;

const lineShape = /^(?<digest>[0-9a-f]{64}) [ *](?<path>.{1,1000})$/i;
const signatureBytes = 64;

/** By path without case, as `server.ini` compares paths; null: it is no such list. */
export function readDigests(text: string): FeedDigests | null {
  const found = new Map<string, Digest>();
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const { digest = '', path = '' } = lineShape.exec(line)?.groups ?? {};
    const lower = digest.toLowerCase();
    if (!digestPattern.test(lower)) return null;
    found.set(listedPath(path), brand<Digest>(lower));
  }
  return found;
}

export const listedPath = (path: string): string =>
  path.replaceAll('\\', '/').replace(/^\.\//, '').toLowerCase();

/** null: it is no public key of that kind. */
export function readFeedKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

export function isSignedBy(key: KeyObject, content: Uint8Array, signature: Buffer): boolean {
  const raw =
    signature.length === signatureBytes
      ? signature
      : Buffer.from(signature.toString('latin1').trim(), 'base64');
  return raw.length === signatureBytes && verify(null, content, key, raw);
}
