/**
 * All processes that a command set off: its process group, and whoever left the group but still
 * carries the command's mark in its environment (a daemon that forks away does). Only one that also
 * throws away its environment is not found; such a program must be started as a service.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { endProcesses } from '../files/end-processes.ts';

export type CommandProcesses = {
  /** The leader of the group; null: another process began it, and only the mark is known. */
  readonly pid: number | null;
  /** `NAME=value`, as nothing else on this computer has it. */
  readonly mark: string;
};

/** The dead that nobody has buried yet do not count. */
export const isAnyLeft = (of: CommandProcesses): boolean => running(of).length > 0;

/** Asks all of them to end, then makes them. False: something still runs. */
export async function endCommand(
  of: CommandProcesses,
  { stopMilliseconds: politeMilliseconds }: { readonly stopMilliseconds: number },
): Promise<boolean> {
  const left = await endProcesses(() => running(of), { politeMilliseconds });
  return left.length === 0;
}

/** The group first: who forks within it cannot get away. */
function running(of: CommandProcesses): readonly { readonly pid: number }[] {
  const group = of.pid === null ? [] : [{ pid: -of.pid }];
  const found = members(of);
  if (found === null) return group.filter(({ pid }) => isThere(pid));
  return found.length === 0 ? [] : [...group, ...found.map((pid) => ({ pid }))];
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
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
