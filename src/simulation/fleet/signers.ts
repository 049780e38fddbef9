/**
 * Who signs for a simulated fleet: the people who release programs, and whoever keeps the feed of
 * sites that have no control manager. Their roots are what every computer is installed with.
 */

import { canonicalJson, utf8Bytes } from '#domain/catalogue/canonical-json.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type Digest, type Instant, type Lane } from '#domain/names.ts';
import type { OfferedContent } from '#domain/trust/content-rules.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { approverTargetName, programTargetName } from '#domain/trust/target-names.ts';
import type { SignedTarget } from '#domain/trust/target.ts';
import { simulatedApprover } from '../adapters/campaign-reader-simulated.ts';
import {
  contentAfter,
  contentMetadata,
  emptyContentRepository,
  simulatedContentRoot,
} from '../adapters/content-signer-simulated.ts';
import { signedFiles, textsOf, TrustRepositorySimulated } from '../adapters/trust-repository.ts';
import { newLane, type LaneOnDisk } from '../adapters/trust-simulated.ts';

const lifetimeMs = 90 * 86_400_000;
const keys = ['people 1', 'people 2'];
/** As content-signer-simulated.ts has it: the key that a thief may get hold of. */
const contentKey = 'content';

export class Signers {
  readonly #now: () => Instant;
  readonly #programs = new TrustRepositorySimulated({
    root: { keys: ['people root'], threshold: 1 },
    lane: { keys, threshold: 2 },
  });
  readonly #targets = new Map<string, SignedTarget>();
  readonly #ever = new Set<Digest>();
  #content = emptyContentRepository;
  /** Rises with everything that people sign. */
  version = 0;
  programs: MetadataFiles = new Map();
  /** As it was before the last that was signed. */
  earlier: MetadataFiles = new Map();

  constructor(now: () => Instant) {
    this.#now = now;
  }

  /** What a computer knows of both lanes when it is installed. */
  newLanes(): Readonly<Record<Lane, LaneOnDisk>> {
    return {
      program: newLane(this.#programs.shippedRoot),
      content: newLane(simulatedContentRoot),
    };
  }

  /** Did people ever sign that program? */
  signed(program: Digest): boolean {
    return this.#ever.has(program);
  }

  sign(releases: readonly Release[]): void {
    for (const release of releases) this.#put(release, null);
    this.#publish();
  }

  withdraw(release: Release, reason: string): void {
    this.#put(release, { withdrawn: reason });
    this.#publish();
  }

  /** Somebody whose signature makes a campaign. */
  permitApprover(name: string): void {
    const approver = simulatedApprover(name);
    const target = approverTargetName(approver);
    const custom = { public: approver.public };
    this.#targets.set(target, { name: target, digest: brand(approver.keyId), bytes: 1, custom });
    this.#publish();
  }

  removeApprover(name: string): void {
    this.#targets.delete(approverTargetName(simulatedApprover(name)));
    this.#publish();
  }

  #put(release: Release, custom: object | null): void {
    const name = programTargetName(release.manifest);
    this.#targets.set(name, targetOf(release, custom));
    this.#ever.add(release.digest);
  }

  #publish(): void {
    this.version += 1;
    this.earlier = this.programs;
    this.#programs.publish([...this.#targets.values()], this.#now() + lifetimeMs);
    this.programs = textsOf(this.#programs.files);
  }

  /** All that stands, genuine, and out of date. */
  expired(): MetadataFiles {
    const targets = [...this.#targets.values()];
    const signed = { version: this.version + 1, expires: this.#now() - 1, targets };
    return textsOf(signedFiles(signed, keys));
  }

  /** A program in either lane, by whoever has the key of content and no other. */
  forged(release: Release): MetadataFiles {
    const targets = [...this.#targets.values(), targetOf(release, null)];
    const expires = this.#now() + lifetimeMs;
    return textsOf(signedFiles({ version: 4_000_000_000, expires, targets }, [contentKey]));
  }

  /** What lies beside the files of the feed. */
  signContents(items: readonly OfferedContent[]): MetadataFiles {
    this.#content = contentAfter(this.#content, items, this.#now()) ?? this.#content;
    return contentMetadata(this.#content).files;
  }
}

function targetOf(release: Release, custom: object | null): SignedTarget {
  const { digest, manifest } = release;
  const bytes = utf8Bytes(canonicalJson(manifest));
  return { name: programTargetName(manifest), digest, bytes, custom };
}
