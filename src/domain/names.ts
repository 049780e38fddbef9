/**
 * Branded identifiers and units shared by the whole domain. Only parsers (in `protocol/`)
 * and the few makers here turn text into them.
 */

type Brand<Name extends string> = string & { readonly kind: Name };

/** Milliseconds since 1970-01-01T00:00:00Z. The domain is handed instants; it reads no clock. */
export type Instant = number;

export type ServerId = Brand<'ServerId'>;
export type DomainName = Brand<'DomainName'>;
export type GroupName = Brand<'GroupName'>;
export type RingName = Brand<'RingName'>;
export type CampaignName = Brand<'CampaignName'>;
export type ComponentName = Brand<'ComponentName'>;
export type UpgradeId = Brand<'UpgradeId'>;
export type HoldId = Brand<'HoldId'>;
export type LeaseId = Brand<'LeaseId'>;
export type PersonName = Brand<'PersonName'>;
/** Of an API token or a console session; no secret. */
export type CredentialId = Brand<'CredentialId'>;
/** Of what waits for approval. */
export type RequestId = Brand<'RequestId'>;
/** 64 lower-case hexadecimal digits of a SHA-256. */
export type Digest = Brand<'Digest'>;
/** For example `linux-x64`; `any` for what runs everywhere. */
export type Platform = Brand<'Platform'>;

/** Names that people type: letters, digits, `.`, `_`, `-`; at most 64 characters. */
export const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;
export const digestPattern = /^[0-9a-f]{64}$/;

export function brand<Branded extends Brand<string>>(text: string): Branded {
  return text as Branded;
}

/**
 * A number that a restored or new information server cannot reuse: its epoch comes first.
 * Lower ones are recorded, never obeyed.
 */
export type Fence = { readonly epoch: number; readonly number: number };

export function compareFences(left: Fence, right: Fence): number {
  return left.epoch - right.epoch || left.number - right.number;
}

/** The two lanes have different owners, rules and (later) signing keys. */
export type Lane = 'program' | 'content';

/** Why something failed, as told by the one who saw it. `network` never condemns a release. */
export const causes = [
  'network',
  'disk',
  'precondition',
  'signature',
  'hook',
  'health',
  'timeout',
  'unknown',
] as const;
export type Cause = (typeof causes)[number];
