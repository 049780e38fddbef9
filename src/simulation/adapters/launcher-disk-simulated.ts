/** A launcher's track on a simulated disk: generations, and which of them is current. */

import type { Change } from '#launcher/entries.ts';
import type { TrackDisk } from '#launcher/tracks.ts';
import type { Place } from '#launcher/track.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { smallFileBytes, writeOrThrow } from './disk-refusal.ts';
import type { IntentFileContent } from './intents-simulated.ts';

export type Generation<Data> = Place & { readonly data: Data };

/** What a track keeps on the disk of its machine. */
export type TrackStored<Data> = {
  readonly current: Stored<number>;
  /** In the order of their numbers. */
  readonly generations: Stored<readonly Generation<Data>[]>;
  readonly intents: Stored<IntentFileContent>;
};

export type TrackDiskOptions<Data> = {
  readonly stored: TrackStored<Data>;
  /** A folder of data beside the old one, synced; the services stand still meanwhile. */
  readonly copyData: (from: Data) => Data;
  /** What a copy of it takes on the disk. */
  readonly dataBytes: (data: Data) => number;
  /** The rename happened. */
  readonly switched: (from: Place, to: Place) => void;
};

export class TrackDiskSimulated<Data> implements TrackDisk {
  readonly #process: Process;
  readonly #options: TrackDiskOptions<Data>;

  constructor(process: Process, options: TrackDiskOptions<Data>) {
    this.#process = process;
    this.#options = options;
  }

  current(): Place | null {
    return this.#place(this.#options.stored.current.read());
  }

  previousOf(generation: number): Place | null {
    return this.#all().findLast((one) => one.generation < generation) ?? null;
  }

  generationMax(): number {
    return this.#all().at(-1)?.generation ?? 0;
  }

  dataOf(generation: number): string {
    return String(generation);
  }

  makeGeneration({ fromGeneration, generation, to }: Change): Promise<void> {
    return this.#process.effect(() => {
      const { stored, copyData, dataBytes } = this.#options;
      const { disk } = this.#process.machine;
      const from = this.#place(fromGeneration);
      if (from === null) throw new Error(`ENOENT: generation ${fromGeneration}`);
      const bytes = dataBytes(from.data);
      writeOrThrow(disk, bytes + smallFileBytes);
      disk.bytesFree -= bytes;
      const others = this.#all().filter((one) => one.generation !== generation);
      const made = { generation, slot: to, data: copyData(from.data) };
      stored.generations.write([...others, made], { synced: true });
    });
  }

  pointCurrent(generation: number): void {
    this.#process.act(() => {
      const { stored, switched } = this.#options;
      writeOrThrow(this.#process.machine.disk, smallFileBytes);
      const from = this.#place(stored.current.read());
      const to = this.#place(generation);
      stored.current.write(generation, { synced: true });
      if (from !== null && to !== null && from !== to) switched(from, to);
    });
  }

  keepGenerations(kept: readonly number[]): Promise<void> {
    return this.#process.effect(() => {
      const { stored, dataBytes } = this.#options;
      const { disk } = this.#process.machine;
      const left = this.#all().filter((one) => kept.includes(one.generation));
      for (const one of this.#all()) {
        if (!left.includes(one)) disk.bytesFree += dataBytes(one.data);
      }
      stored.generations.write(left, { synced: true });
    });
  }

  #all(): readonly Generation<Data>[] {
    return this.#options.stored.generations.read();
  }

  #place(generation: number): Generation<Data> | null {
    return this.#all().find((one) => one.generation === generation) ?? null;
  }
}
