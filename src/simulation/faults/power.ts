/** Machines that lose their power, and with it all that was not synced; it comes back later. */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickComputer } from './targets.ts';

export const power: Fault = {
  name: 'power',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 5)).map((after) => {
      const one = pickComputer(chance, outline);
      const lasts =
        1_000 + lastsFrom(chance, outline, { after, mean: chance.pick([10_000, 600_000]) });
      return {
        after,
        fault: 'power',
        what: `${one.machine.name} is without power for ${spoken(lasts)}`,
        act: () => one.powerCut(lasts),
      };
    }),
};
