/** What the CLI asks of campaigns as files on this computer's disk. Nothing of it needs a network. */

import type { Campaign } from '#domain/campaign/campaign.ts';
import type { ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** A campaign with the names of the keys that signed it; whether they count is each site's to say. */
export type CampaignOnDisk = {
  readonly campaign: Campaign;
  readonly signedBy: readonly string[];
};

export type CampaignFiles = {
  /** Folders are looked up once, here: what is signed are the sites themselves. */
  make(options: {
    readonly file: string;
    readonly organisationFolder: string;
    readonly out: string;
    sitesIn(folder: string): Promise<Result<readonly ServerId[]>>;
  }): Promise<Result<CampaignOnDisk>>;
  /** The same campaign under a higher number, as taken back; to be signed like any other. */
  withdraw(options: {
    readonly file: string;
    readonly reason: string;
    readonly out: string;
  }): Promise<Result<CampaignOnDisk>>;
  show(file: string): Promise<Result<CampaignOnDisk>>;
  sign(file: string, keys: readonly string[]): Promise<Result<CampaignOnDisk>>;
};
