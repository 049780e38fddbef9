/**
 * The launcher: `node launcher.mjs --root ROOT`. Starts the current version of every service of
 * an installation, and the previous one when the current does not prove itself. It imports Node
 * alone, opens no port and is rarely changed; docs/protocol/launcher.md is the text of what it
 * promises. With `--trial` it is the child of another launcher, to which it proves itself.
 */

import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readInstallation, paths, type Installation } from './installation.ts';
import { becomeLean } from './lean.ts';
import { endLeftOvers, startTicksOf } from './left-overs.ts';
import { limits } from './limits.ts';
import { takeLock, type Lock } from './lock.ts';
import { openLog, type Log } from './log-file.ts';
import { openMembers, type Members, type MembersOptions } from './members.ts';
import { openNotify } from './notify.ts';
import { programName, runtimeName } from './pair.ts';
import { openRenewing } from './renewing.ts';
import { tryLauncher } from './trial.ts';

const exitStatus = { done: 0, no: 1, usage: 2, notAllowed: 3, bug: 70 } as const;

function end(status: number, sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

function readArguments(): { readonly root: string; readonly isTrial: boolean } {
  const usage = 'usage: launcher --root FOLDER';
  try {
    const { values } = parseArgs({
      options: { root: { type: 'string' }, trial: { type: 'boolean', default: false } },
    });
    const { root, trial: isTrial } = values;
    // Whoever tries it listens at its channel.
    const isWrong = root === undefined || (isTrial && process.send === undefined);
    return isWrong ? end(exitStatus.usage, usage) : { root: realpathSync(root), isTrial };
  } catch (error) {
    return end(exitStatus.usage, `${usage}\n${String(error)}`);
  }
}

type Serving = { readonly root: string; readonly installation: Installation; readonly log: Log };

function membersOrEnd(options: MembersOptions): Members {
  const members = openMembers(options);
  return typeof members === 'string' ? end(exitStatus.no, members) : members;
}

function onSignals(also: readonly 'disconnect'[], stop: (signal: string) => void): void {
  let isEnding = false;
  for (const signal of ['SIGTERM', 'SIGINT', ...also] as const) {
    process.on(signal, () => {
      if (isEnding) return;
      isEnding = true;
      stop(signal);
    });
  }
}

/** Under a launcher that tries this one: it has the lock, and says when this is to end. */
function serveOnTrial({ root, installation, log }: Serving): void {
  const { pid } = process;
  let isTold = false;
  const members = membersOrEnd({
    root,
    installation,
    log,
    self: () => null,
    renew: () => undefined,
    heard: () => {
      if (isTold || !members.isCalm()) return;
      isTold = true;
      process.send?.({ v: 1, type: 'healthy' });
    },
    alsoRunning: [{ service: 'launcher', pid, startTicks: startTicksOf(pid) }],
  });
  onSignals(['disconnect'], (signal) => {
    log('launcher-ending', { signal, pid });
    void members.end().then(() => process.exit(exitStatus.done));
  });
  members.begin();
  setInterval(() => members.look(), limits.lookMilliseconds);
}

async function serve({ root, installation, log }: Serving, lock: Lock): Promise<void> {
  // Also for the one that takes the place of this one.
  const given = { ...process.env };
  const { env: environment, pid } = process;
  const notify = openNotify({ environment, pid, now: () => performance.now(), log });
  await endLeftOvers(root, log);
  const monotonic = (): number => performance.now();
  const renewing = openRenewing({ root, now: () => Date.now(), monotonic, log });
  const become = (): never => becomeNext(root, { lock, environment: given, log });
  if (canRenew && renewing.due() === 'place' && renewing.place()) become();
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
  let isEnding = false;
  let renewal: Promise<void> | null = null;
  const open = (): Members =>
    membersOrEnd({
      root,
      installation,
      log,
      self: canRenew ? renewing.self : () => null,
      renew: () => renewing.look(),
      heard: renewWhenCalm,
      alsoRunning: [],
    });
  let members = open();

  function renewWhenCalm(): void {
    if (!canRenew || isEnding || renewal !== null) return;
    if (renewing.due() === 'nothing' || !members.isCalm()) return;
    renewal = renew().finally(() => {
      renewal = null;
    });
  }

  /** The daemons stand still while another launcher is tried; whatever comes of it, they go on. */
  async function renew(): Promise<void> {
    if (renewing.due() === 'try') {
      const folder = renewing.begin();
      if (folder === null) return members.tell();
      await members.end();
      const secondsMax = installation.renewalSecondsMax;
      renewing.ended(await tryLauncher({ root, folder, secondsMax, log, interrupted }));
      if (renewing.due() === 'place' && renewing.place() && !isEnding) become();
    } else {
      if (!renewing.place()) return;
      await members.end();
      if (!isEnding) become();
    }
    if (isEnding) return;
    members = open();
    members.begin();
  }

  onSignals([], (signal) => {
    isEnding = true;
    interrupt();
    log('launcher-ending', { signal });
    const ended = Promise.resolve(renewal).then(() => members.end());
    void Promise.all([notify.stopping(), ended]).then(() => {
      lock.release();
      process.exit(exitStatus.done);
    });
  });
  members.begin();
  notify.ready();
  setInterval(() => {
    notify.alive();
    members.look();
    renewWhenCalm();
  }, limits.lookMilliseconds);
}

const canRenew = process.execve !== undefined;

/** The one in place, under the number of this process: who started this one sees no change. */
function becomeNext(
  root: string,
  of: { readonly lock: Lock; readonly environment: NodeJS.ProcessEnv; readonly log: Log },
): never {
  const folder = paths.launcher(root);
  const own = join(folder, runtimeName);
  const runtime = existsSync(own) ? own : process.execPath;
  of.log('launcher-renewed', { pid: process.pid });
  of.lock.release();
  process.execve?.(runtime, [runtime, join(folder, programName), '--root', root], of.environment);
  throw new Error('broken invariant: this system can replace a process');
}

async function main(): Promise<void> {
  const { root, isTrial } = readArguments();
  if (!isTrial) becomeLean();
  const installation = readInstallation(root);
  if (typeof installation === 'string') end(exitStatus.no, installation);
  for (const folder of ['run', 'logs']) mkdirSync(join(root, folder), { recursive: true });
  const lock = isTrial ? null : takeLock(root);
  if (lock !== null && 'heldBy' in lock) {
    end(exitStatus.notAllowed, `A launcher already runs for ${root} (process ${lock.heldBy}).`);
  }
  const now = (): number => Date.now();
  const log = openLog({ file: paths.log(root, 'launcher'), bytesMax: limits.logBytesMax, now });
  process.on('uncaughtException', (error) => {
    log('bug', { detail: error.stack });
    end(exitStatus.bug, String(error.stack));
  });
  log('launcher-started', { pid: process.pid, version: process.version, isTrial });
  const serving = { root, installation, log };
  if (lock === null) return serveOnTrial(serving);
  await serve(serving, lock);
}

await main();
