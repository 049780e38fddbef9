/**
 * Runs a command of an unpacked tree: no shell, the tree as its folder, a few variables as its
 * environment, bounded time and output. It gets a process group of its own, so that at the end of
 * its time all of it ends. What it leaves running after a good end (a service) is left alone.
 */

import { spawn } from 'node:child_process';
import { isAbsolute, relative, resolve } from 'node:path';
import type { CommandEnd, RunCommand } from '#ports/installer.ts';

export const commandLimits = {
  /** The end of what it wrote, for people; the rest is not kept. */
  outputCharactersMax: 1_000,
  /** Between SIGTERM and SIGKILL. */
  stopMilliseconds: 2_000,
} as const;

const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function runCommandIn(root: string): RunCommand {
  return async ({ argv, folder, secondsMax, component }) => {
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
    };
    return run({ program, rest, folder, environment, milliseconds: secondsMax * 1_000 });
  };
}

/** A name with a slash stands in the tree unless it is absolute; without one it is looked up. */
function programIn(folder: string, name: string): string | null {
  if (isAbsolute(name) || !name.includes('/')) return name;
  const program = resolve(folder, name);
  const within = relative(folder, program);
  return within.startsWith('..') ? null : program;
}

function run(command: {
  readonly program: string;
  readonly rest: readonly string[];
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly milliseconds: number;
}): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.rest, {
      cwd: command.folder,
      env: command.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output = (output + text).slice(-commandLimits.outputCharactersMax);
      });
    }
    let timeout = false;
    const timer = setTimeout(() => {
      timeout = true;
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), commandLimits.stopMilliseconds);
    }, command.milliseconds);

    const end = (ended: CommandEnd): void => {
      clearTimeout(timer);
      // A service that was started may hold these open for years: 'exit' is the end, not 'close'.
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve(ended);
      });
    };
    child.on('error', (error) => end({ ok: false, timeout: false, detail: error.message }));
    child.on('exit', (status, signal) => {
      if (status === 0 && !timeout) return end({ ok: true });
      const how = signal === null ? `status ${String(status)}` : `signal ${signal}`;
      const why = timeout ? `no end within ${String(command.milliseconds / 1_000)} s` : how;
      // Its last words may still be on their way through the pipe.
      setTimeout(() => end({ ok: false, timeout, detail: `${why}: ${output.trim()}` }), 20);
    });
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}
