/** Every kind of fault, and how those of a run are drawn. */

import type { Chance } from '../world/chance.ts';
import { backups } from './backups.ts';
import { clocks } from './clocks.ts';
import { controlManager } from './control-manager.ts';
import { clones } from './clones.ts';
import { deliveries } from './deliveries.ts';
import { disks } from './disks.ts';
import { disorder } from './disorder.ts';
import type { Fault, FaultEvent, Outline } from './fault.ts';
import { freezes } from './freezes.ts';
import { kills } from './kills.ts';
import { liars } from './liars.ts';
import { liarsAbove } from './liars-above.ts';
import { links } from './links.ts';
import { ownUpgrade } from './own-upgrade.ts';
import { people } from './people.ts';
import { power } from './power.ts';
import { servers } from './servers.ts';
import { share } from './share.ts';

export const faults: readonly Fault[] = [
  links,
  disorder,
  clocks,
  freezes,
  disks,
  power,
  kills,
  ownUpgrade,
  people,
  servers,
  liars,
  share,
  deliveries,
  backups,
  controlManager,
  clones,
  liarsAbove,
];

export const faultNames: readonly string[] = faults.map(({ name }) => name);

/** In the order in which they happen; each kind draws from a stream of its own. */
export function drawFaults(
  chance: Chance,
  names: readonly string[] | null,
  outline: Outline,
): readonly FaultEvent[] {
  // Few kinds together find what all at once would drown.
  const share = chance.pick([0, 0.1, 0.1, 0.3, 0.3, 1]);
  return faults
    .filter(({ name }) => (names === null ? chance.happens(share) : names.includes(name)))
    .flatMap((fault) => fault.plan(chance.fork(fault.name), outline))
    .toSorted((left, right) => left.after - right.after);
}
