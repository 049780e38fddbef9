/**
 * Processes killed at one of their effects: just before it happens, or right after it did and
 * before they hear of it. Their launcher starts them again; or the launcher itself is killed.
 */

import type { Chance } from '../world/chance.ts';
import type { Machine } from '../world/machine.ts';
import { dates, type Fault, type FaultEvent, type Outline } from './fault.ts';
import { pickComputer } from './targets.ts';

/** A process of this machine is killed some effects after that date. */
export function killOf(
  chance: Chance,
  machine: Machine,
  how: { readonly after: number; readonly fault: string },
): FaultEvent {
  const which = chance.next();
  const effects = Math.ceil(chance.exponential(chance.pick([2, 10, 60])));
  const when = chance.happens(0.5) ? 'before' : 'after';
  return {
    ...how,
    what: `a process of ${machine.name} is killed ${when} the ${effects}. of its effects from then on`,
    act() {
      const processes = machine.processes();
      const process = processes[Math.floor(which * processes.length)];
      process?.killAt({ effect: process.effects + effects, when });
    },
  };
}

export const kills: Fault = {
  name: 'kills',
  plan: (chance: Chance, outline: Outline) =>
    dates(chance, outline, chance.integer(1, 12)).map((after) => {
      const { machine } = pickComputer(chance, outline);
      return killOf(chance, machine, { after, fault: 'kills' });
    }),
};
