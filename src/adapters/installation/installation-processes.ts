/**
 * Processes that are provably of one installation folder, found among all of this computer. Proof is
 * how it was started (a program file of that folder, and the folder as its `--root`), which file it
 * executes, or the mark that hooks are started with; never a name alone. Linux only: elsewhere none.
 */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundProcess } from '#ports/removal.ts';
import { endProcesses } from '../files/end-processes.ts';

export function processesOf(root: string): FoundProcess[] {
  const spared = ancestors();
  const found: FoundProcess[] = [];
  for (const name of pidsHere()) {
    const pid = Number(name);
    if (spared.has(pid)) continue;
    const what = whatIs(pid, root);
    if (what !== null) found.push({ pid, what });
  }
  return found;
}

function pidsHere(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Who asks for the removal may run from the very folder, and so may the shell that started it. */
function ancestors(): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 1 && !found.has(pid);) {
    found.add(pid);
    pid = Number(statOf(pid)?.[1] ?? 0);
  }
  return found;
}

/** State, parent and what follows in /proc/PID/stat; the name before them may hold anything. */
function statOf(pid: number): string[] | null {
  const stat = readQuietly(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readQuietly(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null; // gone, or somebody else's
  }
}

function whatIs(pid: number, root: string): string | null {
  const [state] = statOf(pid) ?? ['X'];
  if (state === 'Z' || state === 'X') return null;
  const typed = wordsIn(`/proc/${pid}/cmdline`);
  const started = startedAs(typed, root);
  if (started !== null) return started;
  if (isWithin(executableOf(pid), root)) return 'program';
  const surroundings = wordsIn(`/proc/${pid}/environ`);
  const isHook =
    surroundings.includes(`DANKAI_ROOT=${root}`) &&
    surroundings.some((one) => one.startsWith('DANKAI_COMMAND='));
  return isHook ? 'program' : null;
}

function wordsIn(file: string): string[] {
  const text = readQuietly(file) ?? '';
  return Buffer.from(text, 'latin1').toString('utf8').split('\0');
}

function startedAs(typed: readonly string[], root: string): string | null {
  const isOfRoot = typed.some((word, at) => word === '--root' && typed[at + 1] === root);
  if (!isOfRoot) return null;
  // One that is tried stands in a folder of its own.
  const launchers = join(root, 'launcher', '/');
  const isLauncher = (word: string): boolean =>
    word.startsWith(launchers) && word.endsWith('/launcher.mjs');
  if (typed.some(isLauncher)) return 'launcher';
  const main = typed.findIndex(
    (word) => word.startsWith(join(root, 'slots', '/')) && word.endsWith('/tree/app/main.mjs'),
  );
  return main !== -1 && typed.includes('--data') ? (typed[main + 1] ?? 'program') : null;
}

function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

const isWithin = (path: string, root: string): boolean => path.startsWith(join(root, '/'));

/** The launcher first, who ends his daemons in order. Answers what still runs in the end. */
export function endProcessesOf(
  root: string,
  {
    politeMilliseconds,
    isMeant,
  }: {
    readonly politeMilliseconds: number;
    readonly isMeant: (process: FoundProcess) => boolean;
  },
): Promise<readonly FoundProcess[]> {
  const isFirst = ({ what }: FoundProcess): boolean => what === 'launcher';
  return endProcesses(() => processesOf(root).filter(isMeant), { politeMilliseconds, isFirst });
}
