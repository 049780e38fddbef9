/** Machines that stand still and go on later, with all that was due meanwhile: as a VM does. */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickComputer } from './targets.ts';

export const freezes: Fault = {
  name: 'freezes',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 8)).map((after) => {
      const { machine } = pickComputer(chance, outline);
      const lasts = lastsFrom(chance, outline, {
        after,
        mean: chance.pick([2_000, 40_000, 900_000]),
      });
      return {
        after,
        fault: 'freezes',
        what: `${machine.name} stands still for ${spoken(lasts)}`,
        act: () => machine.freeze(lasts),
      };
    }),
};
