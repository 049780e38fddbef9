/** What every part of a simulated fleet shares: time, chance, the network, and who is watching. */

import { hashOf, Chance } from './chance.ts';
import { Network } from './network.ts';
import { Schedule } from './schedule.ts';
import type { Observation } from '../observation.ts';

export type Watcher = (observation: Observation, now: number) => void;

export class World {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly network: Network;
  readonly #watchers: Watcher[] = [];
  #hash = 0;

  /** Virtual time begins at `startsAt` (ms since 1970), so that wall clocks read sensibly. */
  constructor(options: { readonly seed: number; readonly startsAt: number }) {
    this.schedule = new Schedule(options.startsAt);
    this.chance = new Chance(options.seed);
    this.network = new Network(this.schedule, this.chance.fork('network'));
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  see(observation: Observation): void {
    const { now } = this.schedule;
    this.#hash = hashOf(observation.type, this.#hash ^ Math.floor(now));
    for (const watcher of this.#watchers) watcher(observation, now);
  }

  /** Of everything that was seen, in order: the same for the same seed. */
  get fingerprint(): number {
    return this.#hash >>> 0;
  }
}
