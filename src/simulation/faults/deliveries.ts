/**
 * A control manager that delivers at the wrong moment, with programs in its offer that are older
 * than what is installed; and a feed that is torn, spoilt, or gone for a while.
 */

import type { Chance } from '../world/chance.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { dates, lastsFrom, spoken, type Fault, type Outline } from './fault.ts';

type Act = { readonly what: string; readonly act: (fleet: Fleet) => void };

const olderPrograms = [
  { section: 'Info_451_40000_1_4_1', version: '5.10' },
  { section: 'Info_2_50000_4_1', version: '5.10' },
];

function actOf(chance: Chance, outline: Outline, after: number): Act {
  const lasts = lastsFrom(chance, outline, { after, mean: 600_000 });
  const mendsLater = (act: (fleet: Fleet) => void) => (fleet: Fleet) => {
    act(fleet);
    fleet.world.schedule.after(lasts, () => fleet.feed.mend());
  };
  const minutes = chance.integer(1, 60);
  const how = chance.pick(['missing', 'short'] as const);
  return chance.pick<Act>([
    {
      what: 'new content is delivered to all at once',
      act(fleet) {
        fleet.publishContent();
        fleet.deliver();
      },
    },
    {
      what: 'content comes with programs that are older',
      act(fleet) {
        fleet.feed.offerPrograms(olderPrograms);
        fleet.publishContent();
        fleet.deliver();
      },
    },
    {
      what: `the control manager holds every site for ${minutes} min`,
      act: (fleet) => fleet.holdAbove(minutes),
    },
    { what: 'the control manager is killed', act: (fleet) => fleet.killAbove() },
    { what: `the feed is torn for ${spoken(lasts)}`, act: mendsLater(({ feed }) => feed.tear()) },
    {
      what: `a file of the feed is ${how} for ${spoken(lasts)}`,
      act: mendsLater(({ feed }) => feed.spoil('2', how)),
    },
    {
      what: `the feed is gone for ${spoken(lasts)}`,
      act: mendsLater(({ feed }) => {
        feed.isThere = false;
      }),
    },
  ]);
}

export const deliveries: Fault = {
  name: 'deliveries',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 8)).map((after) => ({
      after,
      fault: 'deliveries',
      ...actOf(chance, outline, after),
    })),
};
