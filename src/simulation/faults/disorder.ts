/** Messages that come twice or overtake each other: harder than any stream does it. */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickPaths, pickSite } from './targets.ts';

export const disorder: Fault = {
  name: 'disorder',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 6)).map((after) => {
      const { name, paths } = pickPaths(chance, pickSite(chance, outline));
      const duplicates = chance.pick([0, 0.1, 0.5]);
      const overtakes = duplicates === 0 ? chance.pick([0.3, 0.6]) : chance.pick([0, 0.1]);
      const lasts = lastsFrom(chance, outline, { after, mean: 600_000 });
      return {
        after,
        fault: 'disorder',
        what: `messages on the link to ${name} come twice or overtake each other for ${spoken(lasts)}`,
        act({ world }) {
          for (const path of paths) {
            path.duplicateShare = duplicates;
            path.overtakeShare = overtakes;
          }
          world.schedule.after(lasts, () => {
            for (const path of paths) {
              path.duplicateShare = 0;
              path.overtakeShare = 0;
            }
          });
        },
      };
    }),
};
