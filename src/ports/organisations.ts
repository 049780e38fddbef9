/** What the CLI asks of an organisation folder about who is who; nothing of it needs a network. */

import type { Instant, ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';

export type MadeOrganisation = {
  readonly organisation: string;
  readonly fingerprint: string;
  readonly folder: string;
  /** Of the control manager; it holds private keys. */
  readonly kitFile: string;
  readonly passphraseFile: PassphraseFile;
};

/** Holds the passphrase that was made for the kit; null: a person gave one, or it is open. */
type PassphraseFile = string | null;

export type AddedSite = SiteOfOrganisation & { readonly passphraseFile: PassphraseFile };

export type SiteOfOrganisation = {
  readonly site: string;
  /** One for each kit that was made, the newest last. */
  readonly kits: readonly {
    readonly serial: string;
    readonly madeAt: Instant;
    readonly until: Instant;
    /** Absent: it counts. */
    readonly revoked?: { readonly at: Instant; readonly reason: string } | undefined;
  }[];
};

export type RevokedSite = {
  readonly site: string;
  /** The list of refused authorities, to be imported. */
  readonly file: string;
  readonly number: number;
  /** Serial numbers of those that were taken back now. */
  readonly authorities: readonly string[];
};

export type Organisations = {
  /** Keys, authority, both signed lanes, and the kit of the control manager. */
  make(options: {
    readonly organisation: string;
    readonly folder: string;
    /** The private keys in the kit are not sealed. */
    readonly isKitOpen: boolean;
  }): Promise<Result<MadeOrganisation>>;
  addSite(options: {
    readonly folder: string;
    readonly site: string;
    readonly kitFile: string;
    /** A kit more for a site that has one. */
    readonly isAgain: boolean;
    readonly isKitOpen: boolean;
  }): Promise<Result<AddedSite>>;
  /** All kits of the site that were made so far count no more, once the list is imported. */
  revokeSite(options: {
    readonly folder: string;
    readonly site: string;
    readonly reason: string;
  }): Promise<Result<RevokedSite>>;
  /** Servers of one site become servers of another: each by a copy of that file. */
  rehome(options: {
    readonly folder: string;
    readonly file: string;
    readonly from: string;
    readonly to: string;
    readonly address: string;
    readonly servers: readonly ServerId[];
    readonly minutes: number;
  }): Promise<Result<RehomeOrder>>;
  sites(folder: string): Promise<Result<readonly SiteOfOrganisation[]>>;
};
