/** Clocks that drift by up to a tenth, and wall clocks that jump by seconds or days. */

import { dates, spoken, type Fault } from './fault.ts';
import { pickComputer } from './targets.ts';

const jumps = [1_000, 60_000, 3_600_000, 86_400_000];

export const clocks: Fault = {
  name: 'clocks',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 6)).map((after) => {
      const { machine } = pickComputer(chance, outline);
      if (chance.happens(0.5)) {
        const rate = chance.between(0.9, 1.1);
        return {
          after,
          fault: 'clocks',
          what: `the clock of ${machine.name} runs at ${rate.toFixed(3)} of its pace from now on`,
          act: () => machine.setClockRate(rate),
        };
      }
      const jump = chance.pick(jumps) * (chance.happens(0.5) ? 1 : -1);
      return {
        after,
        fault: 'clocks',
        what: `the wall clock of ${machine.name} jumps ${jump > 0 ? 'forward' : 'back'} by ${spoken(Math.abs(jump))}`,
        act: () => void (machine.clockOffset += jump),
      };
    }),
};
