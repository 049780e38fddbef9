/**
 * What the CLI asks of an organisation folder on this computer's disk: keys, signatures, and the two
 * signed repositories. Nothing of it needs a network.
 */

import type { Instant, Lane } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

export const signingRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type SigningRole = (typeof signingRoles)[number];

export type PublicKey = { readonly keyId: string; readonly name: string; readonly public: string };

/** One line of what a signer puts his name to. */
export type StagedChange =
  | { readonly type: 'signed'; readonly target: string; readonly digest: string }
  | { readonly type: 'withdrawn'; readonly target: string; readonly reason: string }
  | { readonly type: 'removed'; readonly target: string }
  | { readonly type: 'key-added'; readonly role: SigningRole; readonly key: PublicKey }
  | { readonly type: 'key-removed'; readonly role: SigningRole; readonly key: PublicKey }
  | {
      readonly type: 'threshold';
      readonly role: SigningRole;
      readonly from: number;
      readonly to: number;
    }
  | { readonly type: 'renewed'; readonly role: SigningRole; readonly expires: Instant };

/** Of one staged file. A new root is signed by the old root's signers and by its own. */
export type StagedRole = {
  readonly role: SigningRole;
  readonly version: number;
  readonly signedBy: readonly PublicKey[];
  readonly signaturesMissing: number;
  /** Who may sign still; nobody where enough have signed. */
  readonly waitsFor: readonly PublicKey[];
};

export type StagedState = {
  readonly lane: Lane;
  readonly changes: readonly StagedChange[];
  readonly roles: readonly StagedRole[];
  /** Whether it was shown to start from this organisation; a copy without it may show too little. */
  readonly isCompared: boolean;
};

export type PublishedRole = {
  readonly role: SigningRole;
  readonly threshold: number;
  readonly keys: readonly PublicKey[];
  /** null: it is signed elsewhere, by an online key. */
  readonly version: number | null;
  readonly expires: Instant | null;
};

export type RepositoryState = {
  readonly lane: Lane;
  readonly folder: string;
  readonly roles: readonly PublishedRole[];
  readonly targets: readonly {
    readonly target: string;
    readonly digest: string;
    readonly withdrawn: string | null;
  }[];
  readonly staged: StagedState | null;
};

export type SigningRequest =
  | { readonly type: 'release'; readonly file: string; readonly out: string | null }
  | {
      readonly type: 'withdraw';
      readonly component: string;
      readonly version: string;
      readonly reason: string;
    }
  | {
      readonly type: 'permit-return';
      readonly component: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  /** Somebody whose signature makes a campaign; `file`: his key, whole or its public half. */
  | { readonly type: 'permit-approver'; readonly file: string }
  | { readonly type: 'remove-approver'; readonly name: string }
  /** Of a release that was withdrawn: it is named no more. */
  | { readonly type: 'remove'; readonly component: string; readonly version: string }
  | { readonly type: 'refresh' }
  | {
      readonly type: 'keys';
      readonly roles: readonly SigningRole[];
      /** Files of keys, whole or their public halves. */
      readonly add: readonly string[];
      /** Names or ids. */
      readonly remove: readonly string[];
      readonly threshold: number | null;
    }
  /** Only what is staged already. */
  | { readonly type: 'sign' };

export type SigningPlace = {
  /** The organisation folder. */
  readonly folder: string;
  readonly lane: Lane;
  /** Key files that sign; none: those of the organisation folder, as many as it takes. */
  readonly keys: readonly string[];
};

/** What became of a change after the keys signed that are here. */
export type SigningOutcome = {
  readonly lane: Lane;
  readonly signedBy: readonly PublicKey[];
  /** null: enough have signed, and it is published. */
  readonly staged: StagedState | null;
  /** What others need to sign. */
  readonly stagedFolder: string;
  /** Written because of it: signed release files, and the lane's bundle of metadata. */
  readonly files: readonly string[];
};

/** A copy of a `staged` folder, on whatever computer. */
export type StagedCopy = {
  readonly staged: string;
  readonly lane: Lane;
  /** organisation.json, by which the copy is compared. */
  readonly organisation: string | null;
};

export type Signing = {
  /** `online`: not sealed, for a program that signs without a person. */
  makeKey(options: {
    readonly file: string;
    readonly name: string;
    readonly online: boolean;
  }): Promise<Result<PublicKey>>;
  showKey(file: string): Promise<Result<PublicKey>>;
  state(folder: string, lane: Lane): Promise<Result<RepositoryState>>;
  /** Stages, signs with what is here, and publishes when that is enough. */
  act(request: SigningRequest, place: SigningPlace): Promise<Result<SigningOutcome>>;
  /** Takes the signatures of copies, publishes, and gives release files the metadata. */
  publish(
    place: Omit<SigningPlace, 'keys'>,
    from: { readonly copies: readonly string[]; readonly releases: readonly string[] },
  ): Promise<Result<SigningOutcome>>;
  discard(place: Omit<SigningPlace, 'keys'>): Promise<Result<null>>;
  /** What a copy holds, for who is to sign it. */
  copy(copy: StagedCopy): Promise<Result<StagedState>>;
  signCopy(copy: StagedCopy, keys: readonly string[]): Promise<Result<StagedState>>;
};
