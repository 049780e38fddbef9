/** The share tampered with: lines of its catalogue changed, packages cut or gone, all deleted. */

import type { Chance } from '../world/chance.ts';
import type { ShareFolder } from '../adapters/share-folder.ts';
import { dates, type Fault } from './fault.ts';
import { pickSite } from './targets.ts';

type Damage = { readonly what: string; readonly act: (share: ShareFolder) => void };

function edited(edit: (text: string) => string): Damage['act'] {
  return (share) => {
    if (share.catalogue !== null) share.tamperCatalogue(edit(share.catalogue));
  };
}

function damageOf(chance: Chance): Damage {
  const which = chance.next();
  const how = chance.pick(['short', 'other bytes', 'deleted', 'folder'] as const);
  return chance.pick<Damage>([
    { what: 'is deleted', act: (share) => share.deleteAll() },
    { what: 'loses its catalogue', act: (share) => share.tamperCatalogue(null) },
    {
      what: 'has a catalogue that names an older program',
      act: edited((text) => text.replaceAll(/^Version=.*$/gm, 'Version=5.10')),
    },
    {
      what: 'has a catalogue with a line more',
      act: edited((text) => `${text}[Somebody_Else]\r\nVersion=1\r\n`),
    },
    { what: 'has half a catalogue', act: edited((text) => text.slice(0, text.length / 2)) },
    {
      what: `has a file that is ${how}`,
      act(share) {
        const paths = share.paths();
        const path = paths[Math.floor(which * paths.length)];
        if (path !== undefined) share.tamperFile(path, how);
      },
    },
  ]);
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
        act: () => damage.act(site.computer.share),
      };
    }),
};
