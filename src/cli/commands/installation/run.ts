/**
 * `run --root DIR`: becomes the launcher of an installation, in the foreground, so that signals
 * and the exit status are the launcher's own and nothing stands between it and a service manager.
 */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { problem } from '#domain/problem.ts';
import { invariant, refuse, type Result } from '#domain/result.ts';

export type RunOptions = { readonly root: string };

/** Comes back only with a refusal: otherwise this process has become the launcher. */
export function run({ root }: RunOptions): Result<never> {
  const folder = resolve(root);
  const program = join(folder, 'launcher', 'launcher.mjs');
  if (!existsSync(program) || !existsSync(join(folder, 'launcher.json'))) {
    return refuse(problem('INSTALLATION_ABSENT', { folder }));
  }
  const own = join(folder, 'launcher', 'node');
  const runtime = existsSync(own) ? own : process.execPath;
  invariant(process.execve !== undefined, 'this system can replace a process');
  return process.execve(runtime, [runtime, program, '--root', folder], process.env);
}
