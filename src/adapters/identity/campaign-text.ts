/**
 * A campaign as it stands in a file: JSON, signed by approvers over its canonical text. The words
 * before that text keep a signature from ever being one of metadata.
 */

import { createPublicKey, verify } from 'node:crypto';
import type { Approver } from '#domain/campaign/approvers.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { CampaignReader } from '#ports/campaigns.ts';
import {
  campaignBytesMax,
  signedCampaign,
  type SignedCampaign,
} from '#protocol/shared/campaign.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { publicKeyOf, type Signer } from '../secrets/signing-key.ts';

const purpose = 'dankai campaign\n';

const bytesOf = (signed: SignedCampaign['signed']): Buffer =>
  Buffer.from(`${purpose}${canonicalJson(signed)}`);

/** Not signed by anybody yet. */
export function campaignTextOf(campaign: Campaign): string {
  const signed = { format: 1, ...campaign };
  return `${JSON.stringify({ signed, signatures: [] }, null, 1)}\n`;
}

export function parseCampaignText(text: string): Result<SignedCampaign> {
  const unreadable = (detail: string) => refuse(problem('CAMPAIGN_UNREADABLE', { detail }));
  if (Buffer.byteLength(text) > campaignBytesMax) return unreadable('too large');
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return unreadable('not JSON');
  }
  const parsed = signedCampaign.safeParse(input);
  return parsed.success ? ok(parsed.data) : unreadable(detailOf(parsed.error));
}

/** With this one's signature as well; an earlier one of the same key gives way. */
export function withSignature(text: string, signer: Signer): Result<string> {
  const parsed = parseCampaignText(text);
  if (!parsed.ok) return parsed;
  const { signed, signatures } = parsed.value;
  const { keyId, name } = signer.key;
  const signature = Buffer.from(signer.sign(bytesOf(signed))).toString('base64');
  const others = signatures.filter((one) => one.keyId !== keyId);
  const own = { keyId: brand<Digest>(keyId), name, signature };
  return ok(`${JSON.stringify({ signed, signatures: [...others, own] }, null, 1)}\n`);
}

export const campaignReader: CampaignReader = {
  read(text, approvers) {
    const parsed = parseCampaignText(text);
    if (!parsed.ok) return parsed;
    const { signed, signatures } = parsed.value;
    const bytes = bytesOf(signed);
    const signedBy = approvers.filter((approver) =>
      signatures.some(
        ({ keyId, signature }) =>
          keyId === approver.keyId && isOf(approver, bytes, Buffer.from(signature, 'base64')),
      ),
    );
    const { format: _, ...campaign } = signed;
    return ok({ campaign, signedBy });
  },
};

/** The name under which a key was signed holds its id, so it must be the key of that id. */
function isOf(approver: Approver, bytes: Buffer, signature: Buffer): boolean {
  if (publicKeyOf(approver.public, approver.name).keyId !== approver.keyId) return false;
  const x = Buffer.from(approver.public, 'hex').toString('base64url');
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}
