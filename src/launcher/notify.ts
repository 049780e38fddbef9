/**
 * Tells systemd, if it started us, that we are ready, alive, or ending (sd_notify). Node cannot send
 * to a socket of datagrams, so systemd's own `systemd-notify` does. Where it cannot be started that is
 * said once in the log, and nothing else changes.
 */

import { execFile } from 'node:child_process';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';

export type Notify = {
  ready(): void;
  /** To be called often; says it as often as systemd wants to hear it. */
  alive(): void;
  stopping(): Promise<void>;
};

const program = 'systemd-notify';

/** Takes what systemd said out of the environment: it was not meant for our daemons. */
export function openNotify(options: {
  readonly environment: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly now: () => number;
  readonly log: Log;
}): Notify {
  const { environment, pid, now, log } = options;
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  // Half of what it waits at most, as its manual has it.
  const period = Number(microseconds) / 1_000 / 2;
  const isWatched = period > 0 && (watched === undefined || Number(watched) === pid);
  let isSaid = false;
  let isSaying = false;
  let saidAt = -Infinity;

  function say(...words: readonly string[]): Promise<void> {
    if (socket === undefined) return Promise.resolve();
    const env = { ...environment, NOTIFY_SOCKET: socket };
    return new Promise((resolve) => {
      execFile(program, words, { env, timeout: limits.notifyMilliseconds }, (error) => {
        if (error !== null && !isSaid) {
          isSaid = true;
          log('notify-failed', { detail: error.message });
        }
        resolve();
      });
    });
  }

  return {
    ready: () => void say('--ready', '--status=watches its daemons'),
    alive() {
      if (!isWatched || isSaying || now() - saidAt < period) return;
      saidAt = now();
      isSaying = true;
      void say('WATCHDOG=1').finally(() => {
        isSaying = false;
      });
    },
    stopping: () => say('STOPPING=1'),
  };
}
