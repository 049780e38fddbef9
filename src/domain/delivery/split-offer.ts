/**
 * Takes an offer of the control manager apart: content on one side, programs on the other.
 *
 * A control manager cannot distribute programs (S1). A legacy delivery is a complete update site,
 * so its catalogue names programs all the same; each such section is refused by name, and nothing
 * of the catalogue is ever applied. Absent here: holds, and what the site has already.
 */

import { parseServerIni, shown, valueOf } from '../catalogue/server-ini.ts';
import { brand, type ComponentName } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { ok, type Result } from '../result.ts';
import { againstItem, type OfferedFile } from './content-item.ts';

/** More are not listed one by one: the catalogue itself is kept as evidence. */
export const refusedMax = 1_000;

/** The component under which Dankai's own daemons are released. */
const ownProgram = brand<ComponentName>('program');

type Item = OfferedFile & { readonly component: ComponentName };

export type SplitOffer<Content extends Item> = {
  readonly contents: readonly Content[];
  /** Each a DELIVERY_OFFERS_PROGRAM, or why an item cannot be content at all. */
  readonly refused: readonly Problem[];
};

/**
 * `programSections`: sections that stand for programs here besides every `Info_*`, whatever they
 * are called. `programs`: the program components of this site, however an item spells them.
 */
export function splitOffer<Content extends Item>(
  offer: { readonly items: readonly Content[]; readonly catalogue: string },
  programSections: readonly string[],
  programs: readonly ComponentName[] = [],
): Result<SplitOffer<Content>> {
  const parsed = parseServerIni(offer.catalogue);
  if (!parsed.ok) return parsed;
  const ini = parsed.value;
  const watched = new Set(programSections.map((name) => name.toLowerCase()));
  const isProgram = (section: string): boolean => {
    const name = section.toLowerCase();
    return name.startsWith('info_') || watched.has(name);
  };
  const programNames = new Set([ownProgram, ...programs].map(comparableName));
  const contents: Content[] = [];
  const refused: Problem[] = [];
  for (const item of offer.items) {
    const against = programNames.has(comparableName(item.component))
      ? offersProgram(item.component, item.version)
      : againstItem(item);
    if (against === null) contents.push(item);
    else refused.push(against);
  }
  for (let number = 0; number < ini.names.count() && refused.length < refusedMax; number++) {
    const section = ini.names.name(number);
    if (isProgram(section)) {
      refused.push(offersProgram(section, valueOf(ini, section, 'Version') ?? ''));
    }
  }
  return ok({ contents, refused });
}

/** Two names are one component to people, and on a disk of Windows, when these are equal. */
function comparableName(component: string): string {
  return component.normalize('NFKC').toLowerCase();
}

function offersProgram(section: string, version: string): Problem {
  const values = { section: shown(section), version: shown(version) };
  return problem('DELIVERY_OFFERS_PROGRAM', values);
}
