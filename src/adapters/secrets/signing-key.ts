/**
 * Keys that sign metadata: Ed25519, named by the digest of their public half. A person's name
 * goes along so that people can be told who signed; trust never rests on it.
 * Absent here: how a private half rests on a disk (`key-file.ts`, `content-repository.ts`).
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { digestOfBytes } from '../files/digest.ts';

export const scheme = 'ed25519';

export type PublicSigningKey = {
  /** SHA-256 of the key as metadata writes it. */
  readonly keyId: string;
  /** For people: whose it is. */
  readonly name: string;
  /** The 32 bytes, hexadecimal. */
  readonly public: string;
};

export type Signer = {
  readonly key: PublicSigningKey;
  sign(bytes: Uint8Array): Uint8Array;
};

/** As metadata writes a key, apart from its name: what its id is the digest of. */
export function keyFacts(publicHex: string): {
  keytype: string;
  scheme: string;
  keyval: { public: string };
} {
  return { keytype: scheme, scheme, keyval: { public: publicHex } };
}

export function publicKeyOf(publicHex: string, name: string): PublicSigningKey {
  return { keyId: digestOfBytes(canonicalize(keyFacts(publicHex))), name, public: publicHex };
}

export function makePrivateKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export function signerOf(privateKey: KeyObject, name: string): Signer {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  // The last 32 bytes of the structure are the key itself.
  const key = publicKeyOf(spki.subarray(-32).toString('hex'), name);
  return { key, sign: (bytes) => sign(null, bytes, privateKey) };
}

export function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** null: it is no private key of this kind. */
export function privateKeyOfPem(pem: string | Buffer): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === scheme ? key : null;
  } catch {
    return null;
  }
}
