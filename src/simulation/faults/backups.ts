/** The information server's journal put back to what it was a while ago. */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickSite } from './targets.ts';

export const backups: Fault = {
  name: 'backups',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 2)).map((after) => {
      const site = pickSite(chance, outline);
      const age = lastsFrom(chance, outline, { after, mean: chance.pick([60_000, 1_800_000]) });
      return {
        after,
        fault: 'backups',
        what: `${site.name} is backed up, and put back to that after ${spoken(age)}`,
        act({ world }) {
          const backup = site.backUp();
          world.schedule.after(age, () => site.restore(backup));
        },
      };
    }),
};
