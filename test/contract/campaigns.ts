/** What every reader of campaigns does, whatever its keys are. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Approver } from '#domain/campaign/approvers.ts';
import { campaignOf } from '#domain/campaign/campaign.testing.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { CampaignReader } from '#ports/campaigns.ts';

export type Signing = {
  readonly reader: CampaignReader;
  approver(name: string): Approver;
  sign(campaign: Campaign, names: readonly string[]): string;
};

export function campaignsContract(name: string, { reader, approver, sign }: Signing): void {
  const approvers = ['alice', 'bob'].map(approver);
  const signedBy = (text: string, by = approvers): readonly string[] => {
    const read = reader.read(text, by);
    assert.ok(read.ok);
    return read.value.signedBy.map((one) => one.name);
  };

  describe(`a reader of campaigns: ${name}`, () => {
    test('a campaign comes back as it was signed, with who of those asked for signed it', () => {
      const read = reader.read(sign(campaignOf(), ['alice']), approvers);
      assert.ok(read.ok);
      assert.deepEqual(read.value, { campaign: campaignOf(), signedBy: [approvers[0]] });
      assert.deepEqual(signedBy(sign(campaignOf(), ['bob', 'alice'])), ['alice', 'bob']);
      assert.deepEqual(signedBy(sign(campaignOf(), [])), []);
    });

    test('nobody is believed who was not asked for, and no key under the id of another', () => {
      assert.deepEqual(signedBy(sign(campaignOf(), ['mallory'])), []);
      const [alice] = approvers;
      assert.ok(alice !== undefined);
      const exchanged = { ...alice, public: approver('mallory').public };
      assert.deepEqual(signedBy(sign(campaignOf(), ['mallory', 'alice']), [exchanged]), []);
    });

    test('a changed text has no signatures', () => {
      const text = sign(campaignOf(), ['alice']);
      assert.deepEqual(signedBy(text.replace('quarterly', 'monthly')), []);
    });

    test('what is none is refused', () => {
      for (const text of ['', '{}', '[]', 'campaign']) {
        const read = reader.read(text, approvers);
        assert.equal(read.ok ? null : read.because.code, 'CAMPAIGN_UNREADABLE');
      }
    });
  });
}
