/**
 * Which deltas servers get. One is made when a release comes in that servers have an earlier version
 * of, or when the first server asks for it; servers ask again until it is there. One at a time: they
 * take much of a processor, and whoever does not want to wait gets the whole package. Content goes
 * before programs.
 */

import type { Logger } from 'pino';
import { deltasOfUse } from '#domain/catalogue/deltas-of-use.ts';
import type { Release, ReleasePackage } from '#domain/catalogue/release.ts';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import type { DeltaPair, Deltas } from '#ports/deltas.ts';
import type { DeltaAnswer } from '#protocol/normal-server/deltas.ts';

export type ServedDeltasWorld = {
  readonly deltas: Deltas;
  /** Those whose archives are here. */
  releases(): Promise<readonly Release[]>;
  readonly log: Logger;
};

/** More pairs than that at a time are not made: their servers get whole packages. */
const waitingMax = 64;

type Waiting = { readonly name: string; readonly pair: DeltaPair; readonly isContent: boolean };

export class ServedDeltas {
  readonly #world: ServedDeltasWorld;
  /** The one that is being made too. */
  readonly #waiting = new Map<string, Waiting>();
  /** Could not be made in this life. */
  readonly #failed = new Set<string>();
  #isMaking = false;

  constructor(world: ServedDeltasWorld) {
    this.#world = world;
  }

  /** `name` is `<from>-<to>`, as it came. */
  async answer(name: string): Promise<DeltaAnswer> {
    const [from = '', to = '', ...more] = name.split('-');
    const isPair = digestPattern.test(from) && digestPattern.test(to) && more.length === 0;
    if (!isPair || from === to || this.#failed.has(name)) return { state: 'none' };
    if (this.#waiting.has(name)) return { state: 'coming' };
    const trees = { from: brand<Digest>(from), to: brand<Digest>(to) };
    const kept = await this.#world.deltas.find(trees);
    if (kept === null) return { state: 'none' };
    if (kept !== 'absent') return { state: 'made', ...kept };
    const releases = await this.#world.releases();
    const pair = { from: packageOf(releases, trees.from), to: packageOf(releases, trees.to) };
    if (pair.from === null || pair.to === null) return { state: 'none' };
    const isContent = pair.to.release.manifest.lane === 'content';
    const isTaken = this.#enqueue({ from: pair.from.one, to: pair.to.one }, isContent);
    return { state: isTaken ? 'coming' : 'none' };
  }

  /** Before the first server asks: to this release, from what servers have. */
  async prepare(release: Release, installed: ReadonlySet<Digest>): Promise<void> {
    const { component, lane, packages } = release.manifest;
    for (const { digest, manifest } of await this.#world.releases()) {
      if (manifest.component !== component || !installed.has(digest)) continue;
      for (const to of packages) {
        const from = manifest.packages.find(({ platform }) => platform === to.platform);
        if (from === undefined || from.treeDigest === to.treeDigest) continue;
        const trees = { from: from.treeDigest, to: to.treeDigest };
        if ((await this.#world.deltas.find(trees)) !== 'absent') continue;
        this.#enqueue({ from, to }, lane === 'content');
      }
    }
  }

  /** Removes those of which nobody has any use; see domain/catalogue/deltas-of-use.ts. */
  async prune(used: {
    readonly wanted: ReadonlySet<Digest>;
    readonly installed: ReadonlySet<Digest>;
  }): Promise<void> {
    const releases = await this.#world.releases();
    const gone = await this.#world.deltas.keepOnly(deltasOfUse({ ...used, releases }));
    if (gone.length > 0)
      this.#world.log.info({ event: 'deltas-removed', count: gone.length }, 'deltas-removed');
  }

  /** False: too many wait already. */
  #enqueue(pair: DeltaPair, isContent: boolean): boolean {
    const name = `${pair.from.treeDigest}-${pair.to.treeDigest}`;
    // Somebody else may have asked meanwhile.
    if (this.#waiting.has(name)) return true;
    if (this.#waiting.size >= waitingMax || this.#failed.has(name)) return false;
    this.#waiting.set(name, { name, pair, isContent });
    if (!this.#isMaking) void this.#makeAll();
    return true;
  }

  async #makeAll(): Promise<void> {
    this.#isMaking = true;
    for (;;) {
      const waiting = [...this.#waiting.values()];
      const next = waiting.find(({ isContent }) => isContent) ?? waiting[0];
      if (next === undefined) break;
      await this.#make(next);
      this.#waiting.delete(next.name);
    }
    this.#isMaking = false;
  }

  async #make({ name, pair }: Waiting): Promise<void> {
    const { deltas, log } = this.#world;
    try {
      const made = await deltas.make(pair);
      if (made.ok) {
        log.info({ event: 'delta-made', pair: name, ...made.value }, 'delta-made');
        return;
      }
      const { because } = made;
      log.warn({ event: 'delta-failed', pair: name, because }, because.code);
    } catch (error) {
      log.error({ err: error, pair: name }, 'a delta could not be made');
    }
    this.#failed.add(name);
  }
}

type Found = { readonly release: Release; readonly one: ReleasePackage };

function packageOf(releases: readonly Release[], tree: Digest): Found | null {
  for (const release of releases) {
    const one = release.manifest.packages.find(({ treeDigest }) => treeDigest === tree);
    if (one !== undefined) return { release, one };
  }
  return null;
}
