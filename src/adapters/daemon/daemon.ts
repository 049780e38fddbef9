/**
 * What every daemon does around its work: reads its arguments, logs JSON lines to stdout, ends in
 * good order on SIGTERM or SIGINT, and with 70 on a bug of ours. What the work is, is not known.
 */

import { resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import { kindOf, problem, type Problem, type ProblemKind } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import { errorCode } from '../files/atomic-file.ts';
import { RowDamaged } from '../database/rows-json.ts';
import { problemOfDatabase } from '../database/database-problem.ts';

export type DaemonOptions = {
  /** The installation folder. */
  readonly root: string;
  /** What this daemon may write across restarts. */
  readonly data: string;
  readonly log: Logger;
};

export type Daemon = { close(): Promise<void> };

/** A close that hangs ends all the same. */
const closeMillisecondsMax = 5_000;

const statusOfBug = 70;
/** Tells a launcher that starting again soon is of no use (docs/protocol/launcher.md). */
const statusOfSettings = 78;
const statusOfKind: Readonly<Record<ProblemKind, number>> = {
  no: 1,
  absent: 1,
  usage: 2,
  limit: 2,
  forbidden: 3,
  unreachable: 3,
};

export type DaemonFolders = Pick<DaemonOptions, 'root' | 'data'>;

/** Runs until a signal; answers the exit status. */
export async function runDaemon(
  service: string,
  folders: DaemonFolders,
  start: (options: DaemonOptions) => Promise<Result<Daemon>>,
): Promise<number> {
  const log = pino({ base: { service, pid: process.pid } }, pino.destination({ sync: true }));
  process.once('uncaughtException', (error) => {
    log.fatal({ event: 'bug', err: error }, 'bug');
    process.exit(statusOfBug);
  });
  // Before the start, which may take long: a signal meanwhile must not be lost.
  const signal = nextSignal();
  const { root, data } = folders;
  const options = { root: resolve(root), data: resolve(data), log };
  const started = await start(options).catch(refuseStart);
  if (!started.ok) return sayRefusal(log, started.because);
  log.info({ event: 'ready' }, 'ready');
  log.info({ event: 'ending', signal: await signal }, 'ending');
  setTimeout(() => process.exit(0), closeMillisecondsMax).unref();
  await started.value.close();
  return 0;
}

/** A port that is taken and a disk that refuses are no bugs of ours. */
function refuseStart(error: unknown): ReturnType<typeof refuse> {
  if (error instanceof RowDamaged) return refuse(error.because);
  const ofDisk = problemOfDatabase(error, 'the journal');
  return ofDisk === null ? refuseAddress(error) : refuse(ofDisk);
}

const addressCodes = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

function refuseAddress(error: unknown): ReturnType<typeof refuse> {
  const code = errorCode(error);
  if (!(error instanceof Error) || code === null || !addressCodes.has(code)) throw error;
  return refuse(problem('ADDRESS_UNREACHABLE', { address: error.message, detail: code }));
}

function sayRefusal(log: Logger, because: Problem): number {
  log.fatal({ event: 'not-started', because }, 'not-started');
  const kind = kindOf(because);
  const needsPerson = kind === 'usage' || kind === 'forbidden' || because.code === 'DATA_NEWER';
  const hasLauncher = process.send !== undefined;
  return hasLauncher && needsPerson ? statusOfSettings : statusOfKind[kind];
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, done);
  });
}
