/**
 * Upgrades an installation in place, as an installer does it: the release is staged as a slot, the
 * launcher ends, and what it would have written and made itself is written and made while it stands
 * still. Its next start finds a switch that is open and does the rest: it proves the new version, or
 * goes back. So every launcher there ever was can be upgraded, and a kill anywhere is one of the
 * kills that docs/protocol/launcher.md answers for.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
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
import { endProcessesOf, processesOf } from './installation-processes.ts';
import { askSystemd, unitsOf, type FoundUnit, type UnitPlace } from './service-units.ts';

const limits = {
  politeMilliseconds: 15_000,
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
  const starter = await stopAll(root, places);
  if (!starter.ok) return starter;
  const prepared = await switchStandingStill(options, slot);
  starter.value.start();
  if (!prepared.ok) return prepared;
  if (!starter.value.wasRunning) return ok({ end: 'prepared' });
  return ok(await endOf(root, prepared.value, options.proveSeconds));
}

type Starter = { readonly wasRunning: boolean; start(): void };

/** What was started by the system is stopped and started by it. */
async function stopAll(root: string, places: readonly UnitPlace[]): Promise<Result<Starter>> {
  const isDaemon = ({ what }: { readonly what: string }): boolean => what !== 'program';
  const wasRunning = processesOf(root).some(isDaemon);
  const units = (await unitsOf(root, places)).filter(isActive);
  for (const unit of units) askSystemd(unit.isUser, ['stop', basename(unit.file)]);
  const { politeMilliseconds } = limits;
  const [alive] = await endProcessesOf(root, { politeMilliseconds, isMeant: isDaemon });
  if (alive !== undefined) {
    return refuse(problem('PROCESS_STAYS', { folder: root, pid: alive.pid }));
  }
  return ok({
    wasRunning,
    start() {
      for (const unit of units) askSystemd(unit.isUser, ['start', basename(unit.file)]);
      if (wasRunning && units.length === 0) startLauncher(root);
    },
  });
}

function isActive({ file, isUser }: FoundUnit): boolean {
  return askSystemd(isUser, ['is-active', '--quiet', basename(file)]) === '';
}

/** It outlives whoever runs the installer. */
function startLauncher(root: string): void {
  const own = join(root, 'launcher', 'node');
  const runtime = existsSync(own) ? own : process.execPath;
  const program = join(root, 'launcher', 'launcher.mjs');
  spawn(runtime, [program, '--root', root], { detached: true, stdio: 'ignore', cwd: root }).unref();
}

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
  const file = join(folder, 'intent.log');
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
  const file = join(root, 'tracks', 'program', 'intent.log');
  const until = performance.now() + (proveSeconds + limits.moreSeconds) * 1_000;
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
