/** The share tampered with: lines of its catalogue changed, packages cut or gone, all deleted. */

import type { Chance } from '../world/chance.ts';
import type { SimulatedSite } from '../fleet/site.ts';
import { dates, type Fault } from './fault.ts';
import { pickSite } from './targets.ts';

type Damage = { readonly what: string; readonly act: (site: SimulatedSite) => void };

function damageOf(_chance: Chance): Damage {
  return { what: 'is deleted', act: () => undefined };
}

export const share: Fault = {
  name: 'share',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 5)).map((after) => {
      const site = pickSite(chance, outline);
      const damage = damageOf(chance);
      return {
        after,
        fault: 'share',
        what: `the share of ${site.name} ${damage.what}`,
        act: () => damage.act(site),
      };
    }),
};
