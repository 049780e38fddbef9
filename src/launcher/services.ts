/**
 * The daemons of one track as child processes: started, restarted when told, stopped. Decides
 * nothing; what happens to them is reported as it happens.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FromLauncher } from '#protocol/launcher/messages.ts';
import { endChild } from './end-child.ts';
import { paths } from './installation.ts';
import { environmentFor, flagsFor } from './lean.ts';
import { startTicksOf, type RunningService } from './left-overs.ts';
import { limits } from './limits.ts';
import { openLogFile, type Log, type LogFile } from './log-file.ts';

export type ServiceEvents = {
  message(service: string, run: number, message: unknown): void;
  exited(
    service: string,
    run: number,
    end: {
      readonly status: number | null;
      readonly detail: string;
      readonly ranMilliseconds: number;
    },
  ): void;
  /** What a daemon is told as soon as it runs. */
  greeting(): FromLauncher;
  /** The set of running processes is another one now. */
  changed(): void;
};

export type Services = {
  start(place: { readonly slot: string; readonly data: string }, run: number): void;
  restart(service: string, run: number, milliseconds: number): void;
  /** One that is of no use any more; how it ended is told as ever. */
  end(service: string, run: number): void;
  stop(): Promise<void>;
  send(message: FromLauncher): void;
  running(): readonly RunningService[];
  /** The same with the runs that they belong to. */
  runs(): readonly ServiceRun[];
};

export type ServiceRun = { readonly service: string; readonly run: number; readonly pid: number };

type Running = RunningService & {
  readonly run: number;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
};
type Start = { readonly slot: string; readonly data: string; readonly run: number };

export function openServices(options: {
  readonly root: string;
  readonly names: readonly string[];
  readonly events: ServiceEvents;
  readonly log: Log;
}): Services {
  const { root, names, events, log } = options;
  const running = new Map<string, Running>();
  const restarts = new Map<string, NodeJS.Timeout>();
  const logFiles = new Map<string, LogFile>(
    names.map((name) => [name, openLogFile(paths.log(root, name), limits.logBytesMax)]),
  );
  let start: Start | null = null;

  function launch(service: string, from: Start): void {
    if (running.has(service)) throw new Error(`broken invariant: ${service} runs already`);
    const startedAt = performance.now();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const over = (status: number | null, detail: string): void => {
      running.delete(service);
      resolve();
      events.changed();
      log('service-ended', { service, detail });
      const ranMilliseconds = performance.now() - startedAt;
      events.exited(service, from.run, { status, detail, ranMilliseconds });
    };
    const child = spawnService(root, service, from);
    // Without a number it never ran: no 'exit' will follow.
    child.on('error', (error) => {
      if (child.pid === undefined) over(null, String(error));
    });
    if (child.pid === undefined) return;
    const logFile = logFiles.get(service);
    child.stdout?.on('data', (chunk: Buffer) => logFile?.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => logFile?.write(chunk));
    child.on('message', (message) => {
      // Its last words can come after its end; the dead prove nothing.
      if (running.get(service)?.child === child) events.message(service, from.run, message);
    });
    child.on('exit', (status, signal) => {
      over(status, signal === null ? `status ${status}` : `signal ${signal}`);
    });
    const startTicks = startTicksOf(child.pid);
    running.set(service, { service, run: from.run, pid: child.pid, startTicks, child, ended });
    log('service-started', { service, pid: child.pid, slot: from.slot });
    events.changed();
    sendTo(child, events.greeting());
  }

  return {
    start(place, run) {
      start = { ...place, run };
      for (const name of names) launch(name, start);
    },
    restart(service, run, milliseconds) {
      const from = start;
      if (from === null || from.run !== run) return;
      const timer = setTimeout(() => {
        restarts.delete(service);
        launch(service, from);
      }, milliseconds);
      restarts.set(service, timer);
    },
    end(service, run) {
      const one = running.get(service);
      if (one?.run === run) void stopOne(one);
    },
    async stop() {
      start = null;
      for (const timer of restarts.values()) clearTimeout(timer);
      restarts.clear();
      await Promise.all([...running.values()].map(stopOne));
    },
    send(message) {
      for (const { child } of running.values()) sendTo(child, message);
    },
    running: () =>
      [...running.values()].map(({ service, pid, startTicks }) => ({ service, pid, startTicks })),
    runs: () => [...running.values()].map(({ service, run, pid }) => ({ service, run, pid })),
  };
}

/** Its own session, so that a Ctrl-C meant for the launcher does not reach it twice. */
function spawnService(root: string, service: string, from: Start): ChildProcess {
  const tree = join(paths.slot(root, from.slot), 'tree');
  const ownRuntime = join(tree, 'runtime', 'node');
  return spawn(
    existsSync(ownRuntime) ? ownRuntime : process.execPath,
    [
      ...flagsFor(service),
      join(tree, 'app', 'main.mjs'),
      service,
      '--root',
      root,
      '--data',
      from.data,
    ],
    {
      cwd: root,
      env: environmentFor(service, process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    },
  );
}

function sendTo(child: ChildProcess, message: FromLauncher): void {
  // A daemon that ends just now is told at its next start.
  if (child.connected) child.send(message, () => undefined);
}

function stopOne({ child, ended }: Running): Promise<void> {
  return endChild(child, { ended, milliseconds: limits.stopMillisecondsMax });
}
