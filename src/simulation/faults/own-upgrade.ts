/**
 * The information server's computer in trouble while it upgrades itself: its processes are killed,
 * or its power goes, again and again during the first minutes of the upgrade.
 */

import { type Fault } from './fault.ts';
import { killOf } from './kills.ts';
import { pickSite } from './targets.ts';

const fault = 'own-upgrade';
/** The upgrade begins after a minute or so, with the information server. */
const from = 60_000;
const until = 600_000;

export const ownUpgrade: Fault = {
  name: fault,
  plan: (chance, outline) =>
    Array.from({ length: chance.integer(1, 6) }, () => {
      const after = Math.floor(chance.between(from, until));
      const site = pickSite(chance, outline);
      if (chance.happens(0.7)) return killOf(chance, site.machine, { after, fault });
      return {
        after,
        fault,
        what: `${site.name} is without power for 5 s`,
        act: () => site.powerCut(5_000),
      };
    }).toSorted((left, right) => left.after - right.after),
};
