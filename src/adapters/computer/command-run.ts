/**
 * Runs a command of an unpacked tree: no shell, the tree as its folder, a few variables as its
 * environment, bounded time and output. At the end of its time all that it set off ends with it.
 * What it leaves running after a good end (a service) is left alone.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { isAbsolute, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwaitCommand, CommandEnd, RunCommand } from '#ports/installer.ts';
import { endCommand, isAnyLeft } from './command-processes.ts';

export const commandLimits = {
  /** The end of what it wrote, for people; the rest is not kept. */
  outputCharactersMax: 1_000,
  /** Between SIGTERM and SIGKILL. */
  stopMilliseconds: 2_000,
  /** Its last words may still be on their way through the pipe. */
  lastWordsMilliseconds: 20,
  /** Between two looks at what an earlier process left running. */
  lookMilliseconds: 200,
} as const;

const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** By which all that a command sets off is known, also where it left its process group. */
const markName = 'DANKAI_COMMAND';

type Command = {
  readonly program: string;
  readonly rest: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mark: string;
  readonly milliseconds: number;
};

export function runCommandIn(root: string): RunCommand {
  return async ({ argv, folder, secondsMax, component, mark = randomUUID() }) => {
    const [name = '', ...rest] = argv;
    const program = programIn(folder, name);
    if (program === null) {
      return { ok: false, timeout: false, detail: `${name} lies outside the tree` };
    }
    const environment = {
      PATH: process.env['PATH'] ?? standardPath,
      LANG: process.env['LANG'] ?? 'C.UTF-8',
      DANKAI_ROOT: root,
      DANKAI_COMPONENT: component,
      [markName]: mark,
    };
    return run({ program, rest, folder, environment, mark, milliseconds: secondsMax * 1_000 });
  };
}

export const awaitCommand: AwaitCommand = async (mark, secondsMax) => {
  const of = { pid: null, mark: `${markName}=${mark}` };
  const until = performance.now() + secondsMax * 1_000;
  while (isAnyLeft(of) && performance.now() < until) await sleep(commandLimits.lookMilliseconds);
  if (isAnyLeft(of)) await endCommand(of, commandLimits);
};

/** A name with a slash stands in the tree unless it is absolute; without one it is looked up. */
function programIn(folder: string, name: string): string | null {
  if (isAbsolute(name) || !name.includes('/')) return name;
  const program = resolve(folder, name);
  const within = relative(folder, program);
  return within.startsWith('..') ? null : program;
}

async function run(command: Command): Promise<CommandEnd> {
  const child = spawn(command.program, command.rest, {
    cwd: command.folder,
    env: command.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = lastOutput(child);
  const ended = endOf(child);
  const late: { isOver: Promise<boolean> | null } = { isOver: null };
  const timer = setTimeout(() => {
    if (child.pid !== undefined) late.isOver = endAll(child.pid, command.mark);
  }, command.milliseconds);
  const how = await ended;
  clearTimeout(timer);
  if (how === null && late.isOver === null) {
    output.close();
    return { ok: true };
  }
  await sleep(commandLimits.lastWordsMilliseconds);
  const said = output.close();
  if (late.isOver === null) return { ok: false, timeout: false, detail: `${how}${said}` };
  const isOver = await late.isOver;
  const why = `no end within ${String(command.milliseconds / 1_000)} s`;
  const rest = isOver ? '' : ', and something of it still runs';
  return { ok: false, timeout: true, detail: `${why}${rest}${said}` };
}

function endAll(pid: number, mark: string): Promise<boolean> {
  const { stopMilliseconds } = commandLimits;
  return endCommand({ pid, mark: `${markName}=${mark}` }, { stopMilliseconds });
}

/** null: it ended well. A service may hold its pipes for years: 'exit' is the end, not 'close'. */
function endOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (status, signal) => {
      if (status === 0) resolve(null);
      else resolve(signal === null ? `status ${String(status)}` : `signal ${signal}`);
    });
  });
}

/** Reads all and keeps the end; `close` answers it as the second part of a sentence. */
function lastOutput(child: ChildProcess): { close(): string } {
  let text = '';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      text = (text + piece).slice(-commandLimits.outputCharactersMax);
    });
  }
  return {
    close() {
      for (const stream of streams) stream.destroy();
      const said = text.trim();
      return said === '' ? '' : `: ${said}`;
    },
  };
}
