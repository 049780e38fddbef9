/** People who are late, say everything twice, pause, stop, hold, update, or change their minds. */

import { brand, type ComponentName } from '#domain/names.ts';
import type { Chance } from '../world/chance.ts';
import type { Person } from '../fleet/people.ts';
import { ownComponent, treeComponent } from '../fleet/releases.ts';
import { dates, type Fault, type Outline } from './fault.ts';
import { pickServer, pickSite } from './targets.ts';

const pattern = brand<ComponentName>('pattern');

type Whim = { readonly what: string; readonly act: (person: Person) => void };

function whimOf(chance: Chance, outline: Outline): Whim {
  const minutes = chance.integer(1, 90);
  const { server } = pickServer(chance, outline);
  const lanes = chance.pick([['program'], ['content'], ['program', 'content']] as const);
  const { version } = outline.fleet.newRelease.manifest;
  const whims: readonly Whim[] = [
    { what: 'comes late from now on', act: ({ habits }) => void (habits.minutesLate = 120) },
    {
      what: 'says everything twice from now on',
      act: ({ habits }) => void (habits.saysTwice = true),
    },
    { what: 'pauses', act: (person) => person.pause() },
    { what: 'resumes', act: (person) => person.resume() },
    {
      what: 'pauses and resumes at once',
      act(person) {
        person.pause();
        person.resume();
      },
    },
    { what: 'stops', act: (person) => person.stop() },
    {
      what: `holds the site's ${lanes.join(' and ')} lane for ${minutes} min`,
      act: (person) => person.hold(minutes, { servers: 'site', lanes }),
    },
    {
      what: `holds the ${lanes.join(' and ')} lane of ${server} for ${minutes} min`,
      act: (person) => person.hold(minutes, { servers: [server], lanes }),
    },
    { what: 'updates', act: (person) => person.update() },
    { what: 'stops the agent', act: (person) => person.agent('stop') },
    { what: 'starts the agent', act: (person) => person.agent('start') },
    { what: 'restores the catalogue', act: (person) => person.restore() },
    {
      what: 'upgrades the information server by itself',
      act: (person) => person.upgradeSelf(version),
    },
    {
      what: `deploys the program to ${server}`,
      act: (person) => person.deploy(ownComponent, [server]),
    },
    ...(outline.fleet.trees === null
      ? []
      : [
          {
            what: `deploys the second program to ${server}`,
            act: (person: Person) => person.deploy(treeComponent, [server]),
          },
        ]),
    { what: `deploys patterns to ${server}`, act: (person) => person.deploy(pattern, [server]) },
    { what: `asks ${server} what it runs`, act: (person) => person.identify(server) },
    { what: 'looks at everything', act: (person) => person.lookAround() },
  ];
  return chance.pick(whims);
}

export const people: Fault = {
  name: 'people',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 8)).map((after) => {
      const site = pickSite(chance, outline);
      const whim = whimOf(chance, outline);
      return {
        after,
        fault: 'people',
        what: `the person of ${site.name} ${whim.what}`,
        act: () => whim.act(site.person),
      };
    }),
};
