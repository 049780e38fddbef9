/**
 * The control manager's repository of content on a simulated disk, with simulated keys: the same
 * choice of targets, numbers and times as the real one, kept in one effect.
 */

import type { Instant } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { OfferedContent } from '#domain/trust/content-rules.ts';
import { contentTargetsAfter, type ContentTarget } from '#domain/trust/content-targets.ts';
import type { ContentSigner, SignedMetadata } from '#ports/content-signer.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { smallFileBytes } from './disk-refusal.ts';
import { signedFiles, textsOf, TrustRepositorySimulated } from './trust-repository.ts';

const key = 'content';
const lifetimeMilliseconds = 7 * 86_400_000;

export type ContentRepositoryOnDisk = {
  readonly version: number;
  readonly expires: Instant;
  readonly targets: readonly ContentTarget[];
};

export const emptyContentRepository: ContentRepositoryOnDisk = {
  version: 0,
  expires: 0,
  targets: [],
};

/** The organisation's: its root signs nothing while a simulation runs. */
const organisation = new TrustRepositorySimulated({
  root: { keys: ['root'], threshold: 1 },
  lane: { keys: [key], threshold: 1 },
});

/** What every server of a simulated fleet is installed with. */
export const simulatedContentRoot: string = organisation.shippedRoot;

export function openContentSignerSimulated(options: {
  readonly process: Process;
  readonly stored: Stored<ContentRepositoryOnDisk>;
}): ContentSigner {
  const { process, stored } = options;
  return {
    sign: (items, now) => process.effect(() => sign(items, now, { process, stored })),
  };
}

function sign(
  items: readonly OfferedContent[],
  now: Instant,
  { process, stored }: Parameters<typeof openContentSignerSimulated>[0],
): Result<SignedMetadata> {
  const before = stored.read();
  const next = contentAfter(before, items, now);
  if (next === null) return ok(contentMetadata(before));
  const refusal = process.machine.disk.refusal(smallFileBytes);
  if (refusal !== null) return refuse(refusal);
  stored.write(next, { synced: true });
  return ok(contentMetadata(next));
}

/** null: all of it is signed already, and fresh. */
export function contentAfter(
  before: ContentRepositoryOnDisk,
  items: readonly OfferedContent[],
  now: Instant,
): ContentRepositoryOnDisk | null {
  const targets = contentTargetsAfter(before.targets, items, now);
  if (targets === null && now < renewAt(before) && before.version > 0) return null;
  return {
    // As the real one: no lower than the seconds, so that old data that was restored harms nobody.
    version: Math.max(before.version + 1, Math.floor(now / 1_000)),
    expires: now + lifetimeMilliseconds,
    targets: targets ?? before.targets,
  };
}

function renewAt({ expires }: ContentRepositoryOnDisk): Instant {
  return expires - lifetimeMilliseconds / 2;
}

export function contentMetadata(on: ContentRepositoryOnDisk): SignedMetadata {
  const targets = on.targets.map(({ name, digest, bytes, place }) => {
    return { name, digest, bytes, custom: place };
  });
  const { version, expires } = on;
  const signed = signedFiles({ version, expires, targets }, [key]);
  return { files: textsOf(new Map([...organisation.files, ...signed])), renewAt: renewAt(on) };
}
