/** How a campaign's text is read, and by whose signatures it is believed. */

import type { Approver } from '#domain/campaign/approvers.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import type { Result } from '#domain/result.ts';

export type ReadCampaign = {
  readonly campaign: Campaign;
  /** Of those asked for, whose signature it bears. */
  readonly signedBy: readonly Approver[];
};

export type CampaignReader = {
  /** Whether these signatures are enough is the asker's to say. */
  read(text: string, approvers: readonly Approver[]): Result<ReadCampaign>;
};
