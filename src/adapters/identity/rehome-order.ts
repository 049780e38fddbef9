/**
 * An order to rehome as it stands in a file: JSON, signed by the organisation's root key over its
 * canonical text. The words before that text keep the signature from ever being one of a certificate.
 */

import { createHash, createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import { signedRehomeOrder } from '#protocol/shared/organisation.ts';
import type { Authority } from './authority-x509.ts';

const purpose = 'dankai order to rehome servers\n';
const encoding = { dsaEncoding: 'ieee-p1363' } as const;

const bytesOf = (signed: object): Buffer => Buffer.from(`${purpose}${canonicalJson(signed)}`);

export function makeRehomeOrder(root: Authority, organisation: string, order: RehomeOrder): string {
  const signed = { format: 1, organisation, ...order };
  const key = { key: createPrivateKey(root.key), ...encoding };
  const signature = sign('sha256', bytesOf(signed), key).toString('base64');
  return `${JSON.stringify({ signed, signature })}\n`;
}

/** Only one that the root of this organisation has signed. `id`: of this very order. */
export function readRehomeOrder(
  text: string,
  organisation: { readonly organisation: string; readonly authority: string },
): Result<{ readonly id: string; readonly order: RehomeOrder }> {
  const unreadable = (detail: string) => refuse(problem('REHOME_UNREADABLE', { detail }));
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return unreadable('no JSON');
  }
  const parsed = signedRehomeOrder.safeParse(input);
  if (!parsed.success) return unreadable('no order');
  const { signed, signature } = parsed.data;
  if (signed.organisation !== organisation.organisation) {
    return unreadable('of another organisation');
  }
  const key = { key: new X509Certificate(organisation.authority).publicKey, ...encoding };
  const bytes = bytesOf(signed);
  if (!verify('sha256', bytes, key, Buffer.from(signature, 'base64'))) {
    return unreadable('not signed by the root of this organisation');
  }
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const { format: _, organisation: _of, ...order } = signed;
  return ok({ id, order });
}
