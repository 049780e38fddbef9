/**
 * An installation that an installer brings to a standstill, and starts again as it was started: by the
 * system, or as a launcher of its own. What was stopped is written down before anything is stopped, so
 * that the next installer starts it, should this one be killed.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { startTicksOf } from '#launcher/left-overs.ts';
import { makeFolder, removeDeadParts, writeFileAtomically } from '../files/atomic-file.ts';
import { endProcessesOf, processesOf } from './installation-processes.ts';
import { askSystemd, unitsOf, type UnitPlace } from './service-units.ts';

const politeMilliseconds = 15_000;

const stoppedSchema = z.strictObject({
  format: z.literal(1),
  /** Of the installer. */
  pid: z.int(),
  startTicks: z.string().nullable(),
  units: z.array(z.strictObject({ name: z.string(), isUser: z.boolean() })),
});
type Stopped = z.infer<typeof stoppedSchema>;

export type Standstill = {
  readonly wasRunning: boolean;
  /** As it was; nothing where nothing ran. */
  startAgain(): Promise<void>;
};

const fileIn = (root: string): string => join(root, 'run', 'installer.json');
const isDaemon = ({ what }: { readonly what: string }): boolean => what !== 'program';

/** What was started by the system is stopped and started by it. */
export async function bringToStandstill(
  root: string,
  places: readonly UnitPlace[],
): Promise<Result<Standstill>> {
  const units = (await unitsOf(root, places))
    .map(({ file, isUser }) => ({ name: basename(file), isUser }))
    .filter(({ name, isUser }) => askSystemd(isUser, ['is-active', '--quiet', name]) === '');
  const wasRunning = units.length > 0 || processesOf(root).some(isDaemon);
  const { pid } = process;
  const stopped: Stopped = { format: 1, pid, startTicks: startTicksOf(pid), units };
  const startAgain = async (): Promise<void> => {
    if (!wasRunning) return;
    start(root, stopped);
    await forget(root);
  };
  if (wasRunning) {
    await makeFolder(join(root, 'run'));
    // What a killed installer left of its own.
    await removeDeadParts(fileIn(root)).catch(() => undefined);
    const written = await writeFileAtomically(fileIn(root), `${JSON.stringify(stopped)}\n`);
    if (!written.ok) return written;
  }
  for (const { name, isUser } of units) askSystemd(isUser, ['stop', name]);
  const [alive] = await endProcessesOf(root, { politeMilliseconds, isMeant: isDaemon });
  if (alive === undefined) return ok({ wasRunning, startAgain });
  await startAgain();
  return refuse(problem('PROCESS_STAYS', { folder: root, pid: alive.pid }));
}

/** Whether an earlier installer was killed while it stood still; it is started again then. */
export async function startLeftStanding(root: string): Promise<Result<boolean>> {
  const text = await readFile(fileIn(root), 'utf8').catch(() => null);
  if (text === null) return ok(false);
  const stopped = parseStopped(text);
  if (stopped === null) {
    await forget(root);
    return ok(false);
  }
  const ticks = startTicksOf(stopped.pid);
  if (ticks !== null && ticks === stopped.startTicks) {
    const detail = `another installer is at work (process ${stopped.pid})`;
    return refuse(problem('INSTALLATION_BUSY', { folder: root, detail }));
  }
  start(root, stopped);
  await forget(root);
  return ok(true);
}

function parseStopped(text: string): Stopped | null {
  try {
    return stoppedSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Of what runs already, a second one ends by itself. */
function start(root: string, { units }: Stopped): void {
  for (const { name, isUser } of units) askSystemd(isUser, ['start', name]);
  if (units.length === 0) startLauncher(root);
}

const forget = (root: string): Promise<void> =>
  rm(fileIn(root), { force: true }).catch(() => undefined);

/** It outlives whoever runs the installer. */
function startLauncher(root: string): void {
  const own = join(root, 'launcher', 'node');
  const runtime = existsSync(own) ? own : process.execPath;
  const program = join(root, 'launcher', 'launcher.mjs');
  spawn(runtime, [program, '--root', root], { detached: true, stdio: 'ignore', cwd: root }).unref();
}
