/**
 * A server's own key, and the request (PKCS #10) by which its certificate is asked for. Written
 * without a library, so that a normal server never loads one: its subject is empty, because
 * who the server is, is decided by the tier above.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { bitString, der, pemOf, sequence } from './der.ts';

/** PKCS #8, PEM; P-256. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const version = der(0x02, Buffer.from([0]));
const noSubject = sequence();
const noAttributes = der(0xa0);
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));

export function certificateRequest(privateKey: string): string {
  const key = createPrivateKey(privateKey);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const information = sequence(version, noSubject, publicKey, noAttributes);
  const signature = sign('sha256', information, key);
  return pemOf('CERTIFICATE REQUEST', sequence(information, ecdsaWithSha256, bitString(signature)));
}
