import assert from 'node:assert/strict';
import { campaignReader, campaignTextOf, withSignature } from '#adapters/identity/campaign-text.ts';
import { makePrivateKey, signerOf, type Signer } from '#adapters/secrets/signing-key.ts';
import {
  campaignReaderSimulated,
  simulatedApprover,
  simulatedCampaignText,
} from '#simulation/adapters/campaign-reader-simulated.ts';
import { campaignsContract } from './campaigns.ts';

const keys = new Map<string, Signer>();
function signerCalled(name: string): Signer {
  const known = keys.get(name) ?? signerOf(makePrivateKey(), name);
  keys.set(name, known);
  return known;
}

campaignsContract('Ed25519', {
  reader: campaignReader,
  approver: (name) => signerCalled(name).key,
  sign(campaign, names) {
    let text = campaignTextOf(campaign);
    for (const name of names) {
      const signed = withSignature(text, signerCalled(name));
      assert.ok(signed.ok);
      text = signed.value;
    }
    return text;
  },
});

campaignsContract('simulated', {
  reader: campaignReaderSimulated,
  approver: simulatedApprover,
  sign: simulatedCampaignText,
});
