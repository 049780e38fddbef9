/**
 * Takes an installation away, whatever state it is in: its processes, the unit that starts it, and
 * what it made in its folder, piece by piece. What it did not make stays and is told. `launcher`
 * goes last: by it a removal that was killed is known and can be asked for again.
 */

import { chmod, lstat, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  FoundInstallation,
  FoundProcess,
  LeftPath,
  Removal,
  Removed,
  RemovedPath,
} from '#ports/removal.ts';
import { readServices } from '#launcher/installation.ts';
import { errorCode, removeDeadParts } from '../files/atomic-file.ts';
import { removeAgent } from './removal-agent.ts';
import { sayFarewell } from './removal-farewell.ts';
import { isInstallation, standsAt } from '../installation/installation-marks.ts';
import { isOwnName, ownIn } from '../installation/installation-names.ts';
import { endProcessesOf, processesOf } from '../installation/installation-processes.ts';
import { stopPrograms } from './removal-programs.ts';
import { removeUnit, stopUnit, unitsOf, type UnitPlace } from '../installation/service-units.ts';

const limits = {
  /** Daemons have 10 s to end, and their launcher a little more. */
  politeMilliseconds: 15_000,
  forcedMilliseconds: 3_000,
} as const;

export function openRemoval(places: readonly UnitPlace[]): Removal {
  return {
    find: (root) => find(root, places),
    async remove(found, { scope, isForced }) {
      if (scope === 'agent') return removeAgent(found, { isForced });
      return removeAll(found, { places, isForced });
    },
  };
}

async function find(
  typed: string,
  places: readonly UnitPlace[],
): Promise<Result<FoundInstallation>> {
  // A folder that is gone can still be named by a link to nowhere, or by its processes.
  const root = await realpath(typed).catch(() => resolve(typed));
  const processes = processesOf(root);
  const units = (await unitsOf(root, places)).map(({ file }) => file);
  const isProven = processes.length > 0 || (await isInstallation(root));
  if (root === '/' || (!isProven && units.length === 0)) {
    return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
  }
  const services = readServices(root);
  const damage = typeof services === 'string' ? services : await damageOf(root);
  return ok({
    root,
    services: typeof services === 'string' ? null : services.map(({ name }) => name),
    damage,
    processes,
    units,
  });
}

/** What an ordinary removal relies on. */
async function damageOf(root: string): Promise<string | null> {
  for (const name of [join('launcher', 'launcher.mjs'), 'settings.yaml', 'slots', 'tracks']) {
    if (!(await standsAt(join(root, name)))) return `${join(root, name)} is not there`;
  }
  return null;
}

async function removeAll(
  found: FoundInstallation,
  { places, isForced }: { readonly places: readonly UnitPlace[]; readonly isForced: boolean },
): Promise<Result<Removed>> {
  const { root } = found;
  const units = await unitsOf(root, places);
  for (const unit of units) stopUnit(unit);
  const processes = unique([...found.processes, ...processesOf(root)]);
  const politeMilliseconds = isForced ? limits.forcedMilliseconds : limits.politeMilliseconds;
  // The daemons first, so that nobody starts a program that was just stopped.
  const isDaemon = ({ what }: FoundProcess): boolean => what !== 'program';
  await endProcessesOf(root, { politeMilliseconds, isMeant: isDaemon });
  const notes = await stopPrograms(root);
  const [alive] = await endProcessesOf(root, { politeMilliseconds, isMeant: () => true });
  if (alive !== undefined) {
    return refuse(problem('PROCESS_STAYS', { folder: root, pid: alive.pid }));
  }
  const farewell = await sayFarewell(root, found.services);
  for (const unit of units) await removeUnit(unit);
  const { paths, left } = await removeFolder(root);
  return ok({
    root,
    processes,
    units: units.map(({ file }) => file),
    paths,
    left,
    farewell,
    notes,
    launcherEnded: false,
  });
}

function unique(processes: readonly FoundProcess[]): FoundProcess[] {
  return [...new Map(processes.map((one) => [one.pid, one])).values()];
}

type Taken = { readonly paths: RemovedPath[]; readonly left: LeftPath[] };

async function removeFolder(root: string): Promise<Taken> {
  const taken: Taken = { paths: [], left: [] };
  await removeDeadParts(root).catch(() => undefined);
  const names = await readdir(root).catch(() => []);
  // Without launcher.json nothing starts it again; `launcher` proves to the last whose this is.
  const order = (name: string): number =>
    name === 'launcher.json' ? 0 : name === 'launcher' ? 2 : 1;
  for (const name of names.toSorted((left, right) => order(left) - order(right))) {
    if (isOwnName(name)) await removeBelonging(root, name, taken);
    else taken.left.push({ path: join(root, name), because: 'not-ours' });
  }
  if (!taken.left.some(({ path }) => path.startsWith(join(root, '/'))))
    await removeEmpty(root, taken);
  return taken;
}

/** One that nobody may remove here (of another account, a mount) stays, empty. */
async function removeEmpty(root: string, { left }: Taken): Promise<void> {
  try {
    await rmdir(root);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') left.push({ path: root, because: 'refused' });
  }
}

async function removeBelonging(root: string, name: string, taken: Taken): Promise<void> {
  const path = join(root, name);
  const isOwn = ownIn(name);
  const facts = await lstat(path).catch(() => null);
  if (facts === null) return;
  if (isOwn === null) {
    taken.left.push({ path, because: 'not-ours' });
    return;
  }
  if (!facts.isDirectory()) {
    // Where a person let a folder stand elsewhere, the link was not made here, nor what it names.
    if (facts.isSymbolicLink()) {
      const target = await realpath(path).catch(() => null);
      if (target !== null) taken.left.push({ path: target, because: 'link' });
    }
    await removeWhole(path, taken);
    return;
  }
  await openUp(path);
  const inner = await readdir(path).catch(() => []);
  const foreign = inner.filter((one) => !isOwn(one));
  if (foreign.length === 0) {
    await removeWhole(path, taken);
    return;
  }
  for (const one of inner) if (isOwn(one)) await removeWhole(join(path, one), taken);
  for (const one of foreign) taken.left.push({ path: join(path, one), because: 'not-ours' });
}

async function removeWhole(path: string, { paths, left }: Taken): Promise<void> {
  const counted = await measure(path);
  try {
    await rm(path, { recursive: true, force: true });
    paths.push({ path, ...counted });
  } catch {
    left.push({ path, because: 'refused' });
  }
}

/** Counts what is to go, and makes folders that were closed to their owner removable. */
async function measure(path: string): Promise<{ files: number; bytes: number }> {
  const facts = await lstat(path).catch(() => null);
  if (facts === null) return { files: 0, bytes: 0 };
  if (!facts.isDirectory()) return { files: 1, bytes: facts.isFile() ? facts.size : 0 };
  await openUp(path);
  const sum = { files: 0, bytes: 0 };
  for (const name of await readdir(path).catch(() => [])) {
    const inner = await measure(join(path, name));
    sum.files += inner.files;
    sum.bytes += inner.bytes;
  }
  return sum;
}

const openUp = (folder: string): Promise<void> => chmod(folder, 0o700).catch(() => undefined);
