/**
 * A track on the disk: `current` and the generations, each a slot and the data that belongs to
 * it. Everything that a power cut must not undo is synced before it is named.
 */

import {
  constants,
  existsSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Change } from './entries.ts';
import { syncPath } from './intent-file.ts';
import type { Place } from './track.ts';

export type TrackDisk = {
  /** The generation that `current` names; null when there is none that can run. */
  current(): Place | null;
  /** The newest generation below this number. */
  previousOf(generation: number): Place | null;
  generationMax(): number;
  dataOf(generation: number): string;
  makeGeneration(change: Change): Promise<void>;
  pointCurrent(generation: number): void;
  keepGenerations(generations: readonly number[]): Promise<void>;
};

const generationName = /^[1-9][0-9]{0,8}$/;

export function openTrackDisk(folder: string): TrackDisk {
  const generations = join(folder, 'generations');
  const place = (generation: number): Place | null => {
    try {
      const slot = basename(readlinkSync(join(generations, String(generation), 'slot')));
      return { generation, slot };
    } catch {
      return null;
    }
  };
  const numbers = (): number[] =>
    existsSync(generations)
      ? readdirSync(generations)
          .filter((name) => generationName.test(name))
          .map(Number)
      : [];

  return {
    current() {
      try {
        return place(Number(basename(readlinkSync(join(folder, 'current')))));
      } catch {
        return null;
      }
    },
    previousOf(generation) {
      const older = numbers().filter((number) => number < generation);
      return older.length === 0 ? null : place(Math.max(...older));
    },
    generationMax: () => Math.max(0, ...numbers()),
    dataOf: (generation) => join(generations, String(generation), 'data'),
    async makeGeneration(change) {
      const made = join(generations, String(change.generation));
      const part = `${made}.part`;
      await rm(part, { recursive: true, force: true });
      await rm(made, { recursive: true, force: true });
      await mkdir(part, { recursive: true });
      await symlink(join('..', '..', '..', '..', 'slots', change.to), join(part, 'slot'));
      const data = join(generations, String(change.fromGeneration), 'data');
      await copyFolder(data, join(part, 'data'));
      syncPath(part);
      await rename(part, made);
      syncPath(generations);
    },
    pointCurrent(generation) {
      const fresh = join(folder, 'current.part');
      rmSync(fresh, { force: true });
      symlinkSync(join('generations', String(generation)), fresh);
      renameSync(fresh, join(folder, 'current'));
      syncPath(folder);
    },
    async keepGenerations(kept) {
      const names = new Set(kept.map(String));
      for (const name of await readdir(generations)) {
        if (names.has(name)) continue;
        await rm(join(generations, name), { recursive: true, force: true });
      }
      syncPath(generations);
    },
  };
}

/** Copies files, folders and links, synced; sockets and pipes are no data and stay behind. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of existsSync(from) ? await readdir(from) : []) {
    const source = join(from, name);
    const target = join(to, name);
    const status = await lstat(source);
    if (status.isDirectory()) await copyFolder(source, target);
    else if (status.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (status.isFile()) await copyOneFile(source, target);
  }
  if (existsSync(from)) await chmod(to, (await lstat(from)).mode & 0o7777);
  syncPath(to);
}

async function copyOneFile(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE);
  const file = await open(target, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
