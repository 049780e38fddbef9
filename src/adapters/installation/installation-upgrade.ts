/**
 * Upgrades an installation in place, as an installer does it: the release is staged as a slot, the
 * launcher ends, and what it would have written and made itself is written and made while it stands
 * still. Its next start finds a switch that is open and does the rest: it proves the new version, or
 * goes back. So every launcher there ever was can be upgraded, and a kill anywhere is one of the
 * kills that docs/protocol/launcher.md answers for.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { LocalUpgradeEnd } from '#ports/packages.ts';
import { follow, noIntent, parseEntry, type Intent } from '#launcher/entries.ts';
import { intentLinesIn, readIntentFile } from '#launcher/intent-file.ts';
import { openJournal } from '#launcher/journal.ts';
import { takeLock } from '#launcher/lock.ts';
import { openTrackDisk } from '#launcher/tracks.ts';
import { makeFolder } from '../files/atomic-file.ts';
import { addSlot, currentSlot } from './installation-disk-slots.ts';
import {
  bringToStandstill,
  startLeftStanding,
  type Standstill,
} from './installation-standstill.ts';
import type { UnitPlace } from './service-units.ts';

const limits = {
  lookMilliseconds: 100,
  /** Beyond the time for its proof: a start, a probe of the version before. */
  moreSeconds: 60,
} as const;

export async function upgradeInPlace(options: {
  /** Without links on the way to it. */
  readonly root: string;
  readonly release: Release;
  readonly archiveFile: string;
  readonly platform: Platform;
  readonly proveSeconds: number;
  readonly places: readonly UnitPlace[];
}): Promise<Result<LocalUpgradeEnd>> {
  const { root, release, archiveFile, platform, places } = options;
  const slot = slotNameOf(release);
  if ((await currentSlot(root, 'program')) === slot) return ok({ end: 'already' });
  const added = await addSlot({ root, release, archiveFile, platform });
  if (!added.ok) return added;
  const standstill = await bringToStandstill(root, places);
  if (!standstill.ok) return standstill;
  const prepared = await switchThenStart(options, slot, standstill.value);
  if (!prepared.ok) return prepared;
  if (!standstill.value.wasRunning) return ok({ end: 'prepared' });
  return ok(await endOf(root, prepared.value, options.proveSeconds));
}

/** What an installer before this one began is finished or undone first, if it was killed meanwhile. */
export async function finishEarlier(root: string, proveSeconds: number): Promise<Result<null>> {
  const left = await startLeftStanding(root);
  if (!left.ok) return left;
  const isOver = (): boolean => intentIn(intentFile(root)).open === null;
  const until = performance.now() + secondsFor(proveSeconds) * 1_000;
  while (left.value && !isOver() && performance.now() < until) await sleep(limits.lookMilliseconds);
  return ok(null);
}

async function switchThenStart(
  options: { readonly root: string; readonly proveSeconds: number },
  to: string,
  { startAgain }: Standstill,
): Promise<Result<string>> {
  try {
    return await switchStandingStill(options, to);
  } finally {
    await startAgain();
  }
}

const intentFile = (root: string): string => join(root, 'tracks', 'program', 'intent.log');
const secondsFor = (proveSeconds: number): number => proveSeconds + limits.moreSeconds;

async function switchStandingStill(
  { root, proveSeconds }: { readonly root: string; readonly proveSeconds: number },
  to: string,
): Promise<Result<string>> {
  await makeFolder(join(root, 'run'));
  const lock = takeLock(root);
  if ('heldBy' in lock) {
    return refuse(problem('INSTALLATION_RUNS', { folder: root, pid: lock.heldBy }));
  }
  try {
    return await switchTo(root, { to, proveSeconds });
  } finally {
    lock.release();
  }
}

async function switchTo(
  root: string,
  { to, proveSeconds }: { readonly to: string; readonly proveSeconds: number },
): Promise<Result<string>> {
  const folder = join(root, 'tracks', 'program');
  const file = intentFile(root);
  const now = (): number => Date.now();
  const journal = openJournal({ file, lines: intentLinesIn(file), now, log: () => undefined });
  const disk = openTrackDisk(folder);
  const current = disk.current();
  const { open, generationMax } = journal.intent();
  if (open !== null || current === null) {
    const detail = current === null ? 'current names no version' : 'a switch is under way';
    return refuse(problem('INSTALLATION_BUSY', { folder: root, detail }));
  }
  const generation = Math.max(disk.generationMax(), generationMax) + 1;
  const tag = `local-installation ${now()}`;
  const change = {
    from: current.slot,
    to,
    fromGeneration: current.generation,
    generation,
    tag,
    proveSeconds,
  };
  journal.append({ at: now(), type: 'switch', ...change });
  try {
    await disk.makeGeneration(change);
    disk.pointCurrent(generation);
    journal.append({ at: now(), type: 'switched', generation });
    return ok(tag);
  } catch (error) {
    const detail = `${String(error).slice(0, 400)}; the next start undoes it`;
    return refuse(problem('INSTALLATION_BUSY', { folder: root, detail }));
  }
}

/** The launcher writes how it ended before it says so to anybody. */
async function endOf(root: string, tag: string, proveSeconds: number): Promise<LocalUpgradeEnd> {
  const file = intentFile(root);
  const until = performance.now() + secondsFor(proveSeconds) * 1_000;
  while (performance.now() < until) {
    const { open, outcome } = intentIn(file);
    if (open === null && outcome?.tag === tag) {
      const { ended, cause, detail } = outcome;
      return ended === 'committed'
        ? { end: 'committed' }
        : { end: 'returned', cause: cause ?? 'unknown', detail };
    }
    await sleep(limits.lookMilliseconds);
  }
  return { end: 'proving' };
}

function intentIn(file: string): Intent {
  const { lines } = readIntentFile(file);
  return lines.flatMap((line) => parseEntry(line) ?? []).reduce(follow, noIntent);
}
