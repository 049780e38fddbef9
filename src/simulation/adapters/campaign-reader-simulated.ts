/** Campaigns signed with keys that are names. For simulated fleets only. */

import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Approver } from '#domain/campaign/approvers.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { CampaignReader } from '#ports/campaigns.ts';
import { signedCampaign, type SignedCampaign } from '#protocol/shared/campaign.ts';
import { digestOfText } from './store-folder.ts';

export function simulatedApprover(name: string): Approver {
  const keyId = digestOfText(`key ${name}`);
  return { name, keyId, public: keyId };
}

const signatureOf = (keyId: string, signed: object): string =>
  Buffer.from(digestOfText(`${keyId}\n${canonicalJson(signed)}`)).toString('base64');

export function simulatedCampaignText(campaign: Campaign, signers: readonly string[]): string {
  const signed = { format: 1, ...campaign };
  const signatures = signers.map(simulatedApprover).map(({ name, keyId }) => {
    return { keyId, name, signature: signatureOf(keyId, signed) };
  });
  return JSON.stringify({ signed, signatures });
}

function parse(text: string): Result<SignedCampaign> {
  const unreadable = (detail: string) => refuse(problem('CAMPAIGN_UNREADABLE', { detail }));
  try {
    const parsed = signedCampaign.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : unreadable('no campaign');
  } catch {
    return unreadable('not JSON');
  }
}

export const campaignReaderSimulated: CampaignReader = {
  read(text, approvers) {
    const parsed = parse(text);
    if (!parsed.ok) return parsed;
    const { signed, signatures } = parsed.value;
    const signedBy = approvers.filter(({ keyId, public: key }) =>
      signatures.some(
        (one) =>
          keyId === key && one.keyId === keyId && one.signature === signatureOf(keyId, signed),
      ),
    );
    const { format: _, ...campaign } = signed;
    return ok({ campaign, signedBy });
  },
};
