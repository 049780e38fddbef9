/**
 * What this site believes of programs and of content, by their signed metadata. Asked before a byte
 * of a package is kept, and again before anybody is told to switch. Absent: who hears of a no.
 */

import { approversIn, type Approver } from '#domain/campaign/approvers.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { Lane } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { ok } from '#domain/result.ts';
import {
  againstContentItem,
  targetOfItem,
  type OfferedContent,
} from '#domain/trust/content-rules.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import {
  againstProgram,
  againstReturn,
  againstSwitch,
  withdrawnBecause,
  type NamedRelease,
  type RunningRelease,
} from '#domain/trust/program-rules.ts';
import type { SignedTarget } from '#domain/trust/target.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import type { LaneTrust, MetadataSource, Trust } from '#ports/trust.ts';

/** `null`: an insecure loopback without an organisation (see adapters/metadata/trust-open.ts). */
export class Trusted {
  readonly #trust: Trust | null;
  /** Of the program lane, by name; null: to be read anew. Asked for each event of an upgrade. */
  #programs: Promise<ReadonlyMap<string, SignedTarget>> | null = null;

  constructor(trust: Trust | null) {
    this.#trust = trust;
  }

  /** Takes metadata that came along with something; why it is not believed, or null. */
  async take(lane: Lane, files: MetadataFiles): Promise<Problem | null> {
    if (this.#trust === null || files.size === 0) return null;
    const refreshed = await this.#trust[lane].refresh(sourceOf(files));
    if (lane === 'program') this.#programs = null;
    return refreshed.ok ? null : refreshed.because;
  }

  /** Something is signed here at all. */
  get isSigned(): boolean {
    return this.#trust !== null;
  }

  /** Newer metadata from there; why it is not believed, or null. */
  async refresh(lane: Lane, source: MetadataSource): Promise<Problem | null> {
    if (this.#trust === null) return null;
    const refreshed = await this.#trust[lane].refresh(source);
    if (lane === 'program') this.#programs = null;
    return refreshed.ok ? null : refreshed.because;
  }

  /** Of the manifest that is signed under that name; null: none is. */
  async programDigest(named: Pick<NamedRelease, 'component' | 'version'>) {
    if (this.#trust === null) return null;
    return (await this.#known(this.#trust)).get(programTargetName(named))?.digest ?? null;
  }

  /** Why this program may not be used here: not signed, not as it was signed, or withdrawn. */
  async againstProgram(release: Release): Promise<Problem | null> {
    if (this.#trust === null) return null;
    const target = (await this.#known(this.#trust)).get(programTargetName(release.manifest));
    return againstProgram(release, target ?? null);
  }

  /** The same just before somebody is told to switch: it may have been withdrawn since it entered. */
  async againstSwitch(named: NamedRelease): Promise<Problem | null> {
    if (this.#trust === null) return null;
    const target = (await this.#known(this.#trust)).get(programTargetName(named));
    return againstSwitch(named, target ?? null);
  }

  /** What its signers said when they took that program back; null: it stands. */
  async withdrawnBecause(named: Pick<NamedRelease, 'component' | 'version'>) {
    if (this.#trust === null) return null;
    const target = (await this.#known(this.#trust)).get(programTargetName(named));
    return target === undefined ? null : withdrawnBecause(target);
  }

  /** Whose signatures make a campaign. */
  async approvers(): Promise<readonly Approver[]> {
    return this.#trust === null ? [] : approversIn((await this.#known(this.#trust)).values());
  }

  #known({ program }: Trust): Promise<ReadonlyMap<string, SignedTarget>> {
    this.#programs ??= program
      .targets()
      .then((targets) => new Map(targets.map((target) => [target.name, target])));
    return this.#programs;
  }

  /**
   * A program with the metadata that came along. What was verified before stays good, so metadata
   * that is older or has expired stands only against what it alone would vouch for.
   */
  async againstImport(release: Release, files: MetadataFiles): Promise<Problem | null> {
    const stale = await this.take('program', files);
    const against = await this.againstProgram(release);
    return against?.code === 'RELEASE_UNSIGNED' ? (stale ?? against) : against;
  }

  /** Why what runs may not go back to that release, or null. */
  async returns(release: Release): Promise<(running: RunningRelease) => Problem | null> {
    if (this.#trust === null) return () => null;
    const known = await this.#known(this.#trust);
    return (running) => againstReturn(release, running, (name) => known.has(name));
  }

  /** Those that are no targets of the content lane, each with why. */
  async againstContents<Item extends OfferedContent>(
    items: readonly Item[],
  ): Promise<ReadonlyMap<Item, Problem>> {
    const against = new Map<Item, Problem>();
    if (this.#trust === null) return against;
    const targets = await this.#trust.content.targets();
    const signed = new Map(targets.map((target) => [target.name, target]));
    for (const item of items) {
      const because = againstContentItem(item, signed.get(targetOfItem(item)) ?? null);
      if (because !== null) against.set(item, because);
    }
    return against;
  }

  /** Metadata as it was verified here, for the tier below; null: there is none of that name. */
  file(lane: Lane, name: string): Promise<Uint8Array | null> {
    const of: LaneTrust | undefined = this.#trust?.[lane];
    return of === undefined ? Promise.resolve(null) : of.file(name);
  }
}

function sourceOf(files: MetadataFiles): MetadataSource {
  const encoder = new TextEncoder();
  return (name) => {
    const text = files.get(name);
    return Promise.resolve(ok(text === undefined ? null : encoder.encode(text)));
  };
}
