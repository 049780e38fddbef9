/**
 * Tries another launcher: it runs as a child of this one, over the real tracks, with daemons of its
 * own, while those of this one stand still. It proves itself by saying that all of them are healthy,
 * and is ended in any case. The lock stays with this launcher all the while.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endChild } from './end-child.ts';
import { endLeftOvers, recordRunning, startTicksOf } from './left-overs.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';
import { parseToLauncher } from './messages.ts';
import { programName, runtimeName } from './pair.ts';
import type { TrialEnd } from './renewing.ts';

const talkCharactersMax = 300;

export async function tryLauncher(options: {
  readonly root: string;
  readonly folder: string;
  readonly secondsMax: number;
  readonly log: Log;
  /** Settles when this launcher is to end. */
  readonly interrupted: Promise<void>;
}): Promise<TrialEnd> {
  const { root, folder, log } = options;
  const child = spawnTrial(root, folder);
  const { pid } = child;
  log('trial-started', { pid, folder });
  if (pid !== undefined) {
    // By which the next launcher ends it, should this one be killed, and it not notice.
    const services = [{ service: 'launcher', pid, startTicks: startTicksOf(pid) }];
    recordRunning({ root, services, log });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const end = await firstWord(child, options);
  log('trial-ended', { pid, ...end });
  await endChild(child, { ended, milliseconds: limits.trialStopMillisecondsMax });
  await endLeftOvers(root, log);
  return end;
}

function spawnTrial(root: string, folder: string): ChildProcess {
  const own = join(folder, runtimeName);
  const program = join(folder, programName);
  return spawn(existsSync(own) ? own : process.execPath, [program, '--root', root, '--trial'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: true,
  });
}

function firstWord(
  child: ChildProcess,
  {
    secondsMax,
    interrupted,
  }: Pick<Parameters<typeof tryLauncher>[0], 'secondsMax' | 'interrupted'>,
): Promise<TrialEnd> {
  const { promise, resolve } = Promise.withResolvers<TrialEnd>();
  const failed = (cause: string, detail: string): void => resolve({ end: 'failed', cause, detail });
  let talk = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    // What broke stands at the beginning; traces follow it.
    talk = `${talk}${String(chunk)}`.slice(0, talkCharactersMax);
  });
  child.on('message', (input) => {
    if (parseToLauncher(input)?.type === 'healthy') resolve({ end: 'proved' });
  });
  child.once('error', (error) => failed('start', String(error)));
  // After its last words, which say more than its status.
  child.once('close', (status, signal) => {
    if (signal === 'SIGKILL') return resolve({ end: 'killed' });
    failed('crash', `ended with ${signal ?? `status ${status}`} ${talk}`.trim());
  });
  const timer = setTimeout(
    () => failed('health', `its daemons were not healthy within ${secondsMax} s`),
    secondsMax * 1_000,
  );
  void interrupted.then(() => resolve({ end: 'interrupted' }));
  return promise.finally(() => clearTimeout(timer));
}
