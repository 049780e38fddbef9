/** Rings in memory: rollouts, outcomes and withdrawn content, in SQLite's orders. */

import type { RingOutcome, Tally } from '#domain/ring/outcome.ts';
import type { RingRows } from '#ports/journal.ts';
import type { Access } from './journal-simulated-access.ts';
import type { JournalState } from './journal-simulated-state.ts';
import { compare } from './journal-simulated-upgrades.ts';

const keyOf = ({ component, server }: Pick<RingOutcome, 'component' | 'server'>): string =>
  `${component} ${server}`;

export function ringRows(
  { rollouts, outcomes, withdrawn }: JournalState,
  { read, write }: Access,
): RingRows {
  return {
    rollout: (component) => read(() => rollouts.get(component)),
    rollouts: () => read(() => rollouts.all()),
    putRollout: (rollout) => write(() => rollouts.put(rollout.component, rollout)),
    outcome: (component, server) => read(() => outcomes.get(keyOf({ component, server }))),
    outcomes: (component) =>
      read(() =>
        outcomes
          .all()
          .filter((one) => one.component === component)
          .toSorted((left, right) => compare(left.server, right.server)),
      ),
    outcomesOf: (server) =>
      read(() =>
        outcomes
          .all()
          .filter((one) => one.server === server)
          .toSorted((left, right) => compare(left.component, right.component)),
      ),
    putOutcome: (outcome) => write(() => outcomes.put(keyOf(outcome), outcome)),
    forgetOutcomes: (component) =>
      write(() => outcomes.forget((one) => one.component === component)),
    forgetOutcomesOf: (server) => write(() => outcomes.forget((one) => one.server === server)),
    tally: (component, since) =>
      read(() =>
        tallyOf(
          outcomes.all().filter((one) => one.component === component),
          since,
        ),
      ),
    withdrawn: () =>
      read(() =>
        withdrawn
          .all()
          .toSorted(
            (left, right) =>
              right.at - left.at ||
              compare(left.component, right.component) ||
              compare(left.file, right.file),
          ),
      ),
    putWithdrawn: (content) =>
      write(() => withdrawn.put(`${content.component} ${content.file}`, content)),
  };
}

function tallyOf(outcomes: readonly RingOutcome[], longSilentSince: number): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { ring, state, cause, silentSince } of outcomes) {
    const isLong = silentSince !== null && silentSince <= longSilentSince;
    const silence = silentSince === null ? 'none' : isLong ? 'long' : 'short';
    // A cause that is not there sorts before any.
    const key = [ring, state, cause ?? '', silence].join('\0');
    const count = (tallies.get(key)?.count ?? 0) + 1;
    tallies.set(key, { ring, state, cause, silence, count });
  }
  return [...tallies].toSorted(([left], [right]) => compare(left, right)).map(([, one]) => one);
}
