/** A whole simulated normal server: its computer, its launcher, and the daemon that this starts. */

import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand } from '#domain/names.ts';
import { LauncherSimulated } from '../adapters/launcher-simulated.ts';
import type { Chance } from '../world/chance.ts';
import { beginNormalServer } from './normal-server.ts';
import {
  copyData,
  emptyData,
  NormalServerComputer,
  type NormalServerData,
} from './normal-server-computer.ts';

export class NormalServerMachine {
  readonly computer: NormalServerComputer;
  readonly launcher: LauncherSimulated<NormalServerData>;

  constructor(options: ConstructorParameters<typeof NormalServerComputer>[0]) {
    const computer = new NormalServerComputer(options);
    const { machine, chance, site } = computer;
    const { disk } = machine;
    this.computer = computer;
    this.launcher = new LauncherSimulated<NormalServerData>({
      world: site.world,
      machine,
      chance,
      services: { program: ['normal-server'] },
      installed: {
        program: { slot: slotNameOf(options.installed), data: emptyData(disk) },
      },
      isSlotThere: (slot) => computer.slot(slot) !== null,
      copyData: (from) => copyData(disk, from),
      begin: (run) => beginNormalServer(run, computer),
      begun(_track, { to, tag }) {
        const release = computer.slot(to)?.release;
        if (release !== undefined) computer.seeSwitchBegun(release, brand(tag));
      },
      switched(_track, { from, to, isReturn }) {
        const releaseOf = (slot: string): Release | null => computer.slot(slot)?.release ?? null;
        computer.seeSwitched({ from: releaseOf(from), to: releaseOf(to), isReturn });
      },
    });
  }

  boot(): void {
    this.launcher.boot();
  }

  /** What was not synced is lost; peers hear nothing. */
  powerCut(chance: Chance): void {
    this.computer.powerCut(chance);
  }

  powerOn(): void {
    this.computer.powerOn();
    this.launcher.boot();
  }
}
