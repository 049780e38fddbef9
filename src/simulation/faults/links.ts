/**
 * Links that lose packets, slow down, get thin, or are cut, in one direction or both; for one
 * server, for the whole site, or between an agent and its control manager. Each mends itself after a while.
 */

import type { Chance } from '../world/chance.ts';
import type { Path } from '../world/network.ts';
import { dates, lastsFrom, spoken, type Fault, type FaultEvent, type Outline } from './fault.ts';
import { pickAbove, pickPaths, pickSite } from './targets.ts';

type Trouble = {
  readonly what: string;
  begin(path: Path): void;
  end(path: Path): void;
};

const troubles: readonly ((chance: Chance) => Trouble)[] = [
  () => ({
    what: 'cut',
    begin: (path) => path.cut({ up: true, down: true }),
    end: (path) => path.cut({ up: false, down: false }),
  }),
  () => ({
    what: 'cut upward',
    begin: (path) => path.cut({ up: true, down: false }),
    end: (path) => path.cut({ up: false, down: false }),
  }),
  () => ({
    what: 'cut downward',
    begin: (path) => path.cut({ up: false, down: true }),
    end: (path) => path.cut({ up: false, down: false }),
  }),
  (chance) => {
    const share = chance.between(0.01, 0.5);
    return {
      what: `loses ${Math.round(share * 100)}% of its packets`,
      begin: (path) => void (path.lossShare = share),
      end: (path) => void (path.lossShare = 0),
    };
  },
  (chance) => {
    const milliseconds = chance.integer(200, 6_000);
    return {
      what: `takes ${milliseconds} ms longer`,
      begin: (path) => void (path.latencyMilliseconds += milliseconds),
      end: (path) => void (path.latencyMilliseconds -= milliseconds),
    };
  },
];

function pathTrouble(chance: Chance, outline: Outline, after: number): FaultEvent {
  const trouble = chance.pick(troubles)(chance);
  const site = pickSite(chance, outline);
  const chosen = pickPaths(chance, site);
  const lasts = lastsFrom(chance, outline, { after, mean: chance.pick([5_000, 60_000, 600_000]) });
  return {
    after,
    fault: 'links',
    what: `the link to ${chosen.name} ${trouble.what} for ${spoken(lasts)}`,
    act({ world }) {
      for (const path of chosen.paths) trouble.begin(path);
      world.schedule.after(lasts, () => {
        for (const path of chosen.paths) trouble.end(path);
      });
    },
  };
}

function thinLink(chance: Chance, outline: Outline, after: number): FaultEvent {
  const site = pickSite(chance, outline);
  const above = pickAbove(chance, site);
  const { link, name } = above === null ? site : { ...above, name: `${site.name} upward` };
  const share = chance.pick([0, 0.01, 0.3]);
  const lasts = lastsFrom(chance, outline, { after, mean: 300_000 });
  const { bytesPerSecond } = link;
  return {
    after,
    fault: 'links',
    what: `the bandwidth of ${name} falls to ${share * 100}% for ${spoken(lasts)}`,
    act({ world }) {
      link.setBandwidth(bytesPerSecond * share);
      world.schedule.after(lasts, () => link.setBandwidth(bytesPerSecond));
    },
  };
}

export const links: Fault = {
  name: 'links',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 12)).map((after) =>
      chance.happens(0.25) ? thinLink(chance, outline, after) : pathTrouble(chance, outline, after),
    ),
};
