/**
 * All processes that a command set off: its process group, and whoever left the group but still
 * carries the command's mark in its environment (a daemon that forks away does). Only one that also
 * throws away its environment is not found; such a program must be started as a service.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export type CommandProcesses = {
  /** The leader of the group; null: another process began it, and only the mark is known. */
  readonly pid: number | null;
  /** `NAME=value`, as nothing else on this computer has it. */
  readonly mark: string;
};

const lookAgainMilliseconds = 20;
/** What forks while it is being killed is killed again, so many times. */
const killsMax = 100;

/** Asks all of them to end, then makes them. False: something still runs. */
export async function endProcesses(
  of: CommandProcesses,
  { stopMilliseconds }: { readonly stopMilliseconds: number },
): Promise<boolean> {
  const killAt = performance.now() + stopMilliseconds;
  signal(of, 'SIGTERM');
  while (performance.now() < killAt) {
    if (!isAnyLeft(of)) return true;
    await sleep(lookAgainMilliseconds);
  }
  for (let kills = 0; kills < killsMax; kills++) {
    signal(of, 'SIGKILL');
    await sleep(lookAgainMilliseconds);
    if (!isAnyLeft(of)) return true;
  }
  return false;
}

/** The dead that nobody has buried yet do not count. */
export function isAnyLeft(of: CommandProcesses): boolean {
  const found = members(of);
  if (found !== null) return found.length > 0;
  return of.pid !== null && send(-of.pid, 0);
}

function signal(of: CommandProcesses, name: NodeJS.Signals): void {
  if (of.pid !== null) send(-of.pid, name);
  for (const pid of members(of) ?? []) send(pid, name);
}

/** False: nobody is there any more. */
function send(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** null: this system does not show its processes. */
function members(of: CommandProcesses): number[] | null {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.filter((pid) => isMember(pid, of));
  } catch {
    return null;
  }
}

function isMember(member: number, { pid, mark }: CommandProcesses): boolean {
  try {
    const status = readFileSync(`/proc/${member}/stat`, 'latin1');
    // The name stands in brackets and may hold anything.
    const [state, , group] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return false;
    if (pid !== null && group === String(pid)) return true;
    return readFileSync(`/proc/${member}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    // It has ended, or belongs to somebody else: then it is none of ours.
    return false;
  }
}
