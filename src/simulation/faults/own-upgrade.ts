/**
 * The information server's computer in trouble while it upgrades itself: its processes are killed,
 * its power goes, its disk refuses, or its new version does not work, again and again during the
 * first minutes of the upgrade.
 */

import type { Conduct } from '../fleet/behaviour.ts';
import { lastsFrom, spoken, type Fault, type FaultEvent } from './fault.ts';
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
      if (chance.happens(0.5)) return killOf(chance, site.machine, { after, fault });
      const lasts = lastsFrom(chance, outline, { after, mean: 300_000 });
      const conduct = chance.pick<Conduct>([
        { is: 'ends', afterMilliseconds: chance.pick([0, 500, 5_000, 20_000]) },
        { is: 'hangs' },
        { is: 'mute' },
      ]);
      const troubles: readonly Pick<FaultEvent, 'what' | 'act'>[] = [
        { what: `${site.name} is without power for 5 s`, act: () => site.powerCut(5_000) },
        {
          what: `another version at ${site.name} ${conduct.is} for ${spoken(lasts)}`,
          act({ world }) {
            site.computer.conduct = conduct;
            world.schedule.after(lasts, () => site.repair());
          },
        },
      ];
      return { after, fault, ...chance.pick(troubles) };
    }).toSorted((left, right) => left.after - right.after),
};
