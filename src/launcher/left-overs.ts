/**
 * Daemons that a killed launcher left running. They end by themselves when their channel to it
 * closes; one that does not would stand beside its successor, so it is killed before that.
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isObject } from './entries.ts';
import { paths } from './installation.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';

export type RunningService = {
  readonly service: string;
  readonly pid: number;
  /** Start of the process in ticks since the machine's: a number used again is another one. */
  readonly startTicks: string | null;
};

/** Field 22 of /proc/PID/stat; null when the process is gone, dead or not to be seen. */
export function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/**
 * Whether the disk took it. One that does not keeps no daemon from running: those that live end by
 * themselves.
 */
export function recordRunning(of: {
  readonly root: string;
  readonly services: readonly RunningService[];
  readonly log: Log;
}): boolean {
  const file = paths.running(of.root);
  try {
    writeFileSync(`${file}.part`, JSON.stringify({ format: 1, services: of.services }));
    renameSync(`${file}.part`, file);
    return true;
  } catch (error) {
    of.log('running-not-recorded', { file, detail: String(error) });
    removeQuietly(`${file}.part`);
    return false;
  }
}

/** It is written anew soon; until then one that stays harms nobody. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    return;
  }
}

function readRunning(root: string): RunningService[] {
  try {
    const input: unknown = JSON.parse(readFileSync(paths.running(root), 'utf8'));
    const services = isObject(input) ? input['services'] : null;
    return Array.isArray(services) ? services.filter(isRunningService) : [];
  } catch {
    return [];
  }
}

function isRunningService(input: unknown): input is RunningService {
  return (
    isObject(input) &&
    typeof input['service'] === 'string' &&
    Number.isSafeInteger(input['pid']) &&
    (input['startTicks'] === null || typeof input['startTicks'] === 'string')
  );
}

function stillThere(root: string, one: RunningService): boolean {
  const ticks = startTicksOf(one.pid);
  if (ticks === null || (one.startTicks !== null && ticks !== one.startTicks)) return false;
  try {
    return readFileSync(`/proc/${one.pid}/cmdline`, 'utf8').split('\0').includes(root);
  } catch {
    return false;
  }
}

export async function endLeftOvers(root: string, log: Log): Promise<void> {
  const waitUntil = performance.now() + limits.leftOverMillisecondsMax;
  let left = readRunning(root).filter((one) => stillThere(root, one));
  for (const one of left) {
    log('left-over-killed', { service: one.service, pid: one.pid });
    kill(one.pid);
  }
  while (left.length > 0 && performance.now() < waitUntil) {
    await new Promise((resume) => setTimeout(resume, 20));
    left = left.filter((one) => stillThere(root, one));
  }
  for (const one of left) log('left-over-stays', { service: one.service, pid: one.pid });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // gone meanwhile
  }
}
