/**
 * What is asked of signed metadata: which targets of a lane are signed, and by which files that can
 * be shown to others. Each lane has a root of its own; nothing of one speaks for the other.
 */

import type { SignedTarget } from '#domain/trust/target.ts';
import type { Result } from '#domain/result.ts';

/** Where metadata may be read: a bundle, an offer, the tier above. null: there is no such file. */
export type MetadataSource = (
  name: string,
  bytesMax: number,
  signal?: AbortSignal,
) => Promise<Result<Uint8Array | null>>;

export type LaneTrust = {
  /** The whole client workflow; what fails changes nothing that was trusted before. */
  refresh(source: MetadataSource): Promise<Result<null>>;
  /** Of what was verified, expired since or not: expiry never un-trusts. */
  target(name: string): Promise<SignedTarget | null>;
  targets(): Promise<readonly SignedTarget[]>;
  /** The verified files themselves, for the tier below. */
  file(name: string): Promise<Uint8Array | null>;
};

export type Trust = { readonly program: LaneTrust; readonly content: LaneTrust };
