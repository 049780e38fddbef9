/** Disks that are full or refuse every write, and are mended after a while. */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickComputer } from './targets.ts';

export const disks: Fault = {
  name: 'disks',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 5)).map((after) => {
      const { machine } = pickComputer(chance, outline);
      const isFull = chance.happens(0.6);
      const lasts = lastsFrom(chance, outline, { after, mean: chance.pick([5_000, 300_000]) });
      return {
        after,
        fault: 'disks',
        what: `the disk of ${machine.name} ${isFull ? 'is full' : 'refuses every write'} for ${spoken(lasts)}`,
        act({ world }) {
          const { disk } = machine;
          const taken = isFull ? disk.bytesFree : 0;
          disk.bytesFree -= taken;
          if (!isFull) disk.isBroken = true;
          world.schedule.after(lasts, () => {
            disk.bytesFree += taken;
            if (!isFull) disk.isBroken = false;
          });
        },
      };
    }),
};
