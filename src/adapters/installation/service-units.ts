/**
 * The files by which systemd starts an installation. Each carries the folder that it is of in a
 * section that systemd passes over, so it is found again whatever became of that folder.
 */

import { existsSync } from 'node:fs';
import { readFile, readdir, readlink, rm } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

export type UnitPlace = {
  readonly folder: string;
  /** Of one account; else of the whole computer. */
  readonly isUser: boolean;
};

export function unitPlaces(): readonly UnitPlace[] {
  const own = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return [
    { folder: '/etc/systemd/system', isUser: false },
    { folder: join(own, 'systemd', 'user'), isUser: true },
  ];
}

export const unitMark = (root: string): string => `[X-Dankai]\nRoot=${root}\n`;

export type FoundUnit = UnitPlace & { readonly file: string };

export async function unitsOf(
  root: string,
  places: readonly UnitPlace[],
): Promise<readonly FoundUnit[]> {
  const found: FoundUnit[] = [];
  for (const place of places) {
    for (const name of await namesIn(place.folder)) {
      if (!name.endsWith('.service')) continue;
      const file = join(place.folder, name);
      const text = await readFile(file, 'utf8').catch(() => '');
      if (`${text}\n`.includes(unitMark(root))) found.push({ ...place, file });
    }
  }
  return found;
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Stops it where systemd runs, so that it is not started again while it is taken away. */
export function stopUnit({ file, isUser }: FoundUnit, ask = askSystemd): void {
  ask(isUser, ['disable', '--now', basename(file)]);
}

export async function removeUnit(unit: FoundUnit, ask = askSystemd): Promise<void> {
  const { file, folder, isUser } = unit;
  await rm(file, { force: true });
  // The links by which it was enabled; where no systemd runs nobody else takes them away.
  for (const name of await namesIn(folder)) {
    if (!name.endsWith('.wants')) continue;
    const link = join(folder, name, basename(file));
    const target = await readlink(link).catch(() => null);
    if (target !== null && basename(target) === basename(file)) await rm(link, { force: true });
  }
  ask(isUser, ['daemon-reload']);
}

export function isSystemdHere(): boolean {
  return existsSync('/run/systemd/system');
}

/** null: systemd does not run here. */
export function askSystemd(isUser: boolean, words: readonly string[]): string | null {
  if (!isSystemdHere()) return null;
  const typed = [...(isUser ? ['--user'] : []), ...words];
  const { status, stderr } = spawnSync('systemctl', typed, { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return '';
  return stderr.trim() === '' ? `systemctl ended with status ${String(status)}` : stderr;
}
