/** A launcher's track on a simulated disk: generations, and which of them is current. */

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
  copyData(from: Data): Data;
  /** What a copy of it takes on the disk. */
  dataBytes(data: Data): number;
  /** The rename happened. */
  switched(from: Place, to: Place): void;
};

export function trackDiskSimulated<Data>(
  process: Process,
  options: TrackDiskOptions<Data>,
): TrackDisk {
  const { stored, copyData, dataBytes } = options;
  const { disk } = process.machine;
  const place = (generation: number): Generation<Data> | null =>
    stored.generations.read().find((one) => one.generation === generation) ?? null;
  return {
    current: () => place(stored.current.read()),
    previousOf: (generation) =>
      stored.generations.read().findLast((one) => one.generation < generation) ?? null,
    generationMax: () => stored.generations.read().at(-1)?.generation ?? 0,
    dataOf: String,
    makeGeneration: ({ fromGeneration, generation, to }) =>
      process.effect(() => {
        const from = place(fromGeneration);
        if (from === null) throw new Error(`ENOENT: generation ${fromGeneration}`);
        const bytes = dataBytes(from.data);
        writeOrThrow(disk, bytes + smallFileBytes);
        disk.bytesFree -= bytes;
        const others = stored.generations.read().filter((one) => one.generation !== generation);
        const made = { generation, slot: to, data: copyData(from.data) };
        stored.generations.write([...others, made], { synced: true });
      }),
    pointCurrent: (generation) =>
      process.act(() => {
        writeOrThrow(disk, smallFileBytes);
        const from = place(stored.current.read());
        const to = place(generation);
        stored.current.write(generation, { synced: true });
        if (from !== null && to !== null && from !== to) options.switched(from, to);
      }),
    keepGenerations: (kept) =>
      process.effect(() => {
        const all = stored.generations.read();
        const left = all.filter((one) => kept.includes(one.generation));
        for (const { data } of all.filter((one) => !left.includes(one))) {
          disk.bytesFree += dataBytes(data);
        }
        stored.generations.write(left, { synced: true });
      }),
  };
}
