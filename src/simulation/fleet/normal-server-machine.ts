/** A whole simulated normal server: its computer, its launcher, and the daemon that this starts. */

import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand } from '#domain/names.ts';
import type { Track } from '#protocol/launcher/messages.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import {
  LauncherSimulated,
  type LauncherOptions,
  type Switched,
} from '../adapters/launcher-simulated.ts';
import type { Chance } from '../world/chance.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { beginNormalServer } from './normal-server.ts';
import {
  copyData,
  emptyData,
  NormalServerComputer,
  type NormalServerData,
} from './normal-server-computer.ts';

const services = { program: ['normal-server'] } as const;

export class NormalServerMachine implements LauncherOptions<NormalServerData> {
  readonly computer: NormalServerComputer;
  readonly launcher: LauncherSimulated<NormalServerData>;
  readonly installed: LauncherOptions<NormalServerData>['installed'];
  readonly services = services;

  constructor(options: ConstructorParameters<typeof NormalServerComputer>[0]) {
    this.computer = new NormalServerComputer(options);
    const data = emptyData(this.machine.disk);
    this.installed = { program: { slot: slotNameOf(options.installed), data } };
    this.launcher = new LauncherSimulated<NormalServerData>(this);
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

  // -- what its launcher asks -------------------------------------------------------------------

  get world(): World {
    return this.computer.site.world;
  }

  get machine(): Machine {
    return this.computer.machine;
  }

  get chance(): Chance {
    return this.computer.chance;
  }

  isSlotThere(slot: string): boolean {
    return this.computer.slot(slot) !== null;
  }

  copyData(from: NormalServerData): NormalServerData {
    return copyData(this.machine.disk, from);
  }

  begin(run: ServiceRun<NormalServerData>): { close(): Promise<void> } {
    const { process, service } = run;
    const of = { machine: this.computer.seenAs, process: service };
    this.world.see({ type: 'process-started', ...of });
    process.onDeath(() => this.world.see({ type: 'process-ended', ...of }));
    return beginNormalServer(run, this.computer);
  }

  begun(_track: Track, { to, tag }: { readonly to: string; readonly tag: string }): void {
    const release = this.computer.slot(to)?.release;
    if (release !== undefined) this.computer.seeSwitchBegun(release, brand(tag));
  }

  switched(_track: Track, { from, to, isReturn }: Switched): void {
    const [before, after] = [from, to].map((slot) => this.computer.slot(slot)?.release ?? null);
    this.computer.seeSwitched({ from: before ?? null, to: after ?? null, isReturn });
  }
}
