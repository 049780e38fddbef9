/**
 * A second machine under the identity of the first: the copy of a virtual machine, for a while. Every
 * other one has the id of its machine on its disk.
 */

import { dates, lastsFrom, spoken, type Fault } from './fault.ts';
import { pickSite } from './targets.ts';

export const clones: Fault = {
  name: 'clones',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 2)).map((after, index) => {
      const site = pickSite(chance, outline);
      const { server } = chance.pick(site.servers);
      const lasts = lastsFrom(chance, outline, { after, mean: 900_000 });
      const same = index % 2 === 1 ? 'disk' : 'identity';
      return {
        after,
        fault: 'clones',
        what: `a copy of ${same === 'disk' ? 'the whole disk of ' : ''}${server} runs beside it for ${spoken(lasts)}`,
        act: (fleet) => fleet.clone(server, lasts, same),
      };
    }),
};
