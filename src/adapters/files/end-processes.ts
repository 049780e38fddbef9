/** Ends processes of this computer: asks them, and makes them. Absent: which ones are meant. */

import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMilliseconds = 20;
/** What is started or forks while it is being killed is killed again, so many times. */
const killsMax = 100;

/** `pid`: as `kill` has it; the negative one of a leader is his whole group. */
type Running = { readonly pid: number };

/**
 * Those `first`, who end others in order, are asked alone as long as there are any. Answers what
 * still runs in the end: processes of another account.
 */
export async function endProcesses<One extends Running>(
  look: () => readonly One[],
  {
    politeMilliseconds,
    isFirst = () => false,
  }: { readonly politeMilliseconds: number; readonly isFirst?: (one: One) => boolean },
): Promise<readonly One[]> {
  const until = performance.now() + politeMilliseconds;
  let left = look();
  const first = left.filter(isFirst);
  signalAll(first, 'SIGTERM');
  let areAllAsked = false;
  for (; left.length > 0 && performance.now() < until; left = look()) {
    if (!areAllAsked && !left.some(isFirst)) {
      signalAll(left, 'SIGTERM');
      areAllAsked = true;
    }
    await sleep(lookAgainMilliseconds);
  }
  for (let kills = 0; left.length > 0 && kills < killsMax; kills++) {
    signalAll(left, 'SIGKILL');
    await sleep(lookAgainMilliseconds);
    left = look();
  }
  return left;
}

function signalAll(processes: readonly Running[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      continue; // gone meanwhile, or not ours to end: whoever looks again sees it
    }
  }
}
