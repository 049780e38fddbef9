/**
 * What an installer knows besides its release: installer.json beside release.json. Whoever runs it
 * has no network, so everything that he would ask is here; the organisation's fingerprint, which a
 * person can compare, binds it.
 */

import { z } from 'zod';
import { enrolmentTokenSchema } from './organisation.ts';
import { instant } from './primitives.ts';

/** Beside the release in an installer, and the folder of the metadata that signs it. */
export const installerName = 'installer.json';
export const installerMetadata = 'metadata';

export const installerFacts = z.strictObject({
  v: z.literal(1),
  site: enrolmentTokenSchema.shape.site,
  madeAt: instant,
  /** The bytes of organisation.json. */
  organisation: z.string().min(1).max(64_000),
  /** As `fleet token add` prints it; null: it upgrades what stands, and enrols nobody. */
  token: z.string().max(2_000).nullable(),
  /** What the information server ran when this was made (L1). */
  informationServer: z.string().min(1).max(64),
  /** Why its release may be newer than that: in the record of the site. */
  aheadReason: z.string().min(1).max(500).nullable(),
});
export type InstallerFacts = z.infer<typeof installerFacts>;

/** Asked by a server that stands, before it is upgraded by an installer: may it have that version? */
export const localUpgradePath = '/v1/local-upgrade';
export const localUpgradeRequest = z.strictObject({
  version: z.string().min(1).max(64),
  /** Why it goes ahead of its information server. */
  reason: z.string().min(1).max(500).nullable(),
});
export type LocalUpgradeRequest = z.infer<typeof localUpgradeRequest>;
export const localUpgradeAnswer = z.object({ informationServer: z.string() });
