/**
 * Servers that vanish for hours or for ever, go back to the version before by themselves, or run
 * a new version that does not start, hangs, gets no session, or crashes long after its switch.
 */

import type { Chance } from '../world/chance.ts';
import type { Conduct } from '../fleet/behaviour.ts';
import type { SimulatedServer } from '../fleet/server.ts';
import { dates, lastsFrom, spoken, type Fault, type FaultEvent, type Outline } from './fault.ts';
import { pickServer } from './targets.ts';

type Trouble = { readonly what: string; readonly act: (server: SimulatedServer) => void };

/** Broken for good: it is repaired only when a person resumes, after so long. */
const hourMs = 3_600_000;
const brokenMsMax = 2 * hourMs;

function troubleOf(chance: Chance, outline: Outline, after: number): Trouble {
  const lasts = lastsFrom(chance, outline, { after, mean: hourMs });
  const broken = Math.min(brokenMsMax, lasts);
  const behave =
    (conduct: Conduct) =>
    (server: SimulatedServer): void => {
      // What is bad already stays bad in its own way, and is mended in its own time.
      if (server.conduct.is !== 'works') return;
      server.conduct = conduct;
      server.machine.schedule.after(broken, () => server.repair());
    };
  const troubles: readonly Trouble[] = [
    { what: 'vanishes for ever', act: (server) => server.vanish() },
    { what: `vanishes for ${spoken(lasts)}`, act: (server) => server.powerCut(lasts) },
    { what: 'is set back to the version before', act: (server) => server.setBack() },
    {
      what: `cannot start another version for ${spoken(broken)}`,
      act: behave({ is: 'ends', afterMilliseconds: chance.pick([0, 500, 5_000]) }),
    },
    { what: `hangs with another version for ${spoken(broken)}`, act: behave({ is: 'hangs' }) },
    {
      what: `gets no session with another version for ${spoken(broken)}`,
      act: behave({ is: 'mute' }),
    },
  ];
  return chance.pick(troubles);
}

/** A release that is bad wherever it runs. */
function badRelease(chance: Chance, outline: Outline, after: number): FaultEvent {
  const lasts = lastsFrom(chance, outline, { after, mean: hourMs });
  const conduct = chance.pick<Conduct>([
    { is: 'ends', afterMilliseconds: 1_000 },
    { is: 'hangs' },
    { is: 'mute' },
    { is: 'fades', afterMilliseconds: 300_000 },
  ]);
  return {
    after,
    fault: 'servers',
    what: `another version ${conduct.is} on every server for ${spoken(lasts)}`,
    act({ world, sites }) {
      const all = sites
        .flatMap((site) => site.servers)
        .filter((server) => server.conduct.is === 'works');
      for (const server of all) server.conduct = conduct;
      world.schedule.after(lasts, () => {
        for (const server of all) server.repair();
      });
    },
  };
}

/** From the beginning, and until it must have struck: whenever its group's turn was. */
function lateTrouble(chance: Chance, outline: Outline): FaultEvent {
  const server = pickServer(chance, outline);
  const [what, conduct] = chance.pick<readonly [string, Conduct]>([
    ['stands still', { is: 'fades', afterMilliseconds: hourMs }],
    ['crashes', { is: 'ends', afterMilliseconds: hourMs }],
  ]);
  return {
    after: 0,
    fault: 'servers',
    what: `${server.server} ${what} an hour after its switch`,
    lastsUntil: outline.fleet.plannedMilliseconds + 2 * hourMs,
    act() {
      server.conduct = conduct;
    },
  };
}

export const servers: Fault = {
  name: 'servers',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 6)).map((after): FaultEvent => {
      if (chance.happens(0.1)) return badRelease(chance, outline, after);
      if (chance.happens(0.2)) return lateTrouble(chance, outline);
      const server = pickServer(chance, outline);
      const trouble = troubleOf(chance, outline, after);
      return {
        after,
        fault: 'servers',
        what: `${server.server} ${trouble.what}`,
        act: () => trouble.act(server),
      };
    }),
};
