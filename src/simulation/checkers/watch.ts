/**
 * Runs all checkers over what is seen. A violation is kept, and thrown between two events of the
 * schedule: thrown where it is seen, it would end in the error handling of the program at work.
 */

import type { Observation } from '../observation.ts';
import type { Checker, Facts, FleetView, Sight } from './checker.ts';
import { checkersOf } from './checkers.ts';
import { Memory } from './memory.ts';

/**
 * Or as many events as there are servers, if these are more: a recount costs as much as the fleet is
 * large, and what of it one event bears may not grow with the fleet.
 */
const eventsBetweenRecountsMin = 10_000;

export class Watch {
  readonly #checkers: readonly Checker[];
  readonly #memory: Memory;
  readonly #sees = new Map<Observation['type'], Sight['see'][]>();
  #recountAt = eventsBetweenRecountsMin;
  #violation: unknown = null;

  constructor(options: {
    readonly facts: Facts;
    view(): FleetView;
    /** The checker of that number alone; else all. */
    readonly only?: number;
  }) {
    const { facts, only } = options;
    this.#memory = new Memory(facts, () => options.view());
    this.#checkers = checkersOf(this.#memory).filter(
      ({ invariant }) => only === undefined || invariant === only,
    );
    for (const checker of this.#checkers) {
      for (const { type, see } of checker.sees) {
        const known = this.#sees.get(type);
        if (known === undefined) this.#sees.set(type, [see]);
        else known.push(see);
      }
    }
  }

  /** For `World.watch`. */
  readonly see = (observation: Observation, now: number): void => {
    if (this.#violation !== null) return;
    try {
      this.#memory.before(observation, now);
      const sees = this.#sees.get(observation.type);
      if (sees !== undefined) for (const see of sees) see(observation, now);
      this.#memory.after(observation, now);
    } catch (error) {
      this.#violation = error;
    }
  };

  /** Before each event of the schedule, when nothing is half done. `events`: how many there were. */
  between(events: number, now: number): void {
    if (this.#violation !== null) throw asError(this.#violation);
    if (events < this.#recountAt) return;
    const { servers } = this.recount(now);
    this.#recountAt = events + Math.max(eventsBetweenRecountsMin, servers.length);
  }

  recount(now: number): FleetView {
    if (this.#violation !== null) throw asError(this.#violation);
    const view = this.#memory.view();
    for (const checker of this.#checkers) checker.recount?.(view, now);
    return view;
  }

  end(now: number): void {
    const view = this.recount(now);
    for (const checker of this.#checkers) checker.end?.(view, now);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
