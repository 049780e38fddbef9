/**
 * Has systemd start an installation, or no more: the unit's file, and that it is enabled and runs.
 * What systemd refuses is undone, so that the computer is as it was before. Absent: systemd itself.
 */

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { isThere, writeFileAtomically } from '../files/atomic-file.ts';
import { unitTextOf } from './service-unit.ts';
import {
  askSystemd,
  isSystemdHere,
  removeUnit,
  stopUnit,
  unitPlaces,
  unitsOf,
  type UnitPlace,
} from './service-units.ts';

/** A test has a systemd of its own. */
export type Systemd = {
  readonly places: readonly UnitPlace[];
  isHere(): boolean;
  /** What it says against it; empty: nothing. */
  ask(isUser: boolean, words: readonly string[]): string | null;
};

export const systemdHere: Systemd = {
  places: unitPlaces(),
  isHere: isSystemdHere,
  ask: askSystemd,
};

const unitName = 'dankai.service';

/** Of the whole computer. One that stands there for this folder is written anew. */
export async function installUnit(root: string, systemd: Systemd): Promise<Result<string>> {
  const text = await unitTextOf(root);
  if (!text.ok) return text;
  if (!systemd.isHere()) return refuse(problem('SYSTEMD_ABSENT', {}));
  const places = systemd.places.filter(({ isUser }) => !isUser);
  const [known] = await unitsOf(root, places);
  const file = known?.file ?? join(places[0]?.folder ?? '', unitName);
  if (known === undefined && (await isThere(file))) return refuse(problem('FILE_EXISTS', { file }));
  const before = known === undefined ? null : await readFile(file, 'utf8');
  const written = await writeFileAtomically(file, text.value);
  if (!written.ok) return written;
  for (const words of [['daemon-reload'], ['enable', '--now', basename(file)]]) {
    const against = systemd.ask(false, words);
    if (against === null || against === '') continue;
    await takeBack(root, { before, file, systemd });
    return refuse(problem('SERVICE_REFUSED', { unit: file, detail: against.trim() }));
  }
  return ok(file);
}

async function takeBack(
  root: string,
  { before, file, systemd }: { before: string | null; file: string; systemd: Systemd },
): Promise<void> {
  if (before === null) return void (await removeService(root, systemd));
  await writeFileAtomically(file, before);
  systemd.ask(false, ['daemon-reload']);
}

/** Also where systemd does not run now. The files that were there. */
export async function removeService(
  root: string,
  systemd: Systemd,
): Promise<Result<readonly string[]>> {
  const units = await unitsOf(root, systemd.places);
  if (units.length === 0) return refuse(problem('SERVICE_NOT_INSTALLED', { folder: root }));
  for (const unit of units) {
    stopUnit(unit, systemd.ask);
    await removeUnit(unit, systemd.ask);
  }
  return ok(units.map(({ file }) => file));
}
