/**
 * Which deltas servers get. One is made when the first server asks for it, for trees of releases
 * that stand in the store; servers ask again until it is there. One at a time: they take much of a
 * processor, and whoever does not want to wait gets the whole package.
 */

import type { Logger } from 'pino';
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

export class ServedDeltas {
  readonly #world: ServedDeltasWorld;
  readonly #waiting = new Set<string>();
  /** Could not be made in this life. */
  readonly #failed = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(world: ServedDeltasWorld) {
    this.#world = world;
  }

  /** `name` is `<from>-<to>`, as it came. */
  async answer(name: string): Promise<DeltaAnswer> {
    const [from = '', to = '', ...more] = name.split('-');
    const isPair = digestPattern.test(from) && digestPattern.test(to) && more.length === 0;
    if (!isPair || from === to || this.#failed.has(name)) return { state: 'none' };
    if (this.#waiting.has(name)) return { state: 'coming' };
    const kept = await this.#world.deltas.find(brand<Digest>(from), brand<Digest>(to));
    if (kept === null) return { state: 'none' };
    if (kept !== 'absent') return { state: 'made', ...kept };
    const packages = (await this.#world.releases()).flatMap(({ manifest }) => manifest.packages);
    const packageOf = (tree: string): ReleasePackage | undefined =>
      packages.find(({ treeDigest }) => treeDigest === tree);
    const pair = { from: packageOf(from), to: packageOf(to) };
    if (pair.from === undefined || pair.to === undefined) return { state: 'none' };
    if (this.#waiting.size >= waitingMax) return { state: 'none' };
    // Somebody else may have asked meanwhile.
    if (!this.#waiting.has(name)) this.#enqueue(name, { from: pair.from, to: pair.to });
    return { state: 'coming' };
  }

  #enqueue(name: string, pair: DeltaPair): void {
    const { deltas, log } = this.#world;
    this.#waiting.add(name);
    this.#last = this.#last.then(async () => {
      try {
        const made = await deltas.make(pair);
        if (made.ok) log.info({ event: 'delta-made', pair: name, ...made.value }, 'delta-made');
        else {
          this.#failed.add(name);
          const { because } = made;
          log.warn({ event: 'delta-failed', pair: name, because }, because.code);
        }
      } catch (error) {
        this.#failed.add(name);
        log.error({ err: error, pair: name }, 'a delta could not be made');
      } finally {
        this.#waiting.delete(name);
      }
    });
  }
}
