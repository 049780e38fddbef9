/**
 * What stands behind the seam: counts and records every effect, and strikes where the test said.
 * The folder DANKAI_SEAM holds `armed` (from then on it counts), `fault.json`, and what is recorded.
 */

import type fs from 'node:fs';
import { basename } from 'node:path';
import { isEffect, type Call, type Fault, type Line } from './disk-calls.testing.ts';

export type Seam = {
  /** False: not of the installation folder, or not yet armed; the call is none of ours. */
  watches(path: string): boolean;
  nextFile(): string;
  now<Value>(call: Call, act: () => Value): Value;
  soon<Value>(call: Call, act: () => Promise<Value>): Promise<Value>;
};

const takesSpace = new Set<Call['op']>(['open', 'write', 'mkdir', 'symlink', 'link', 'rename']);

export function openSeam(real: typeof fs): Seam {
  const folder = process.env['DANKAI_SEAM'] ?? '';
  const root = process.env['DANKAI_SEAM_ROOT'] ?? '/nowhere';
  const logs = `${root}/logs/`;
  const kill = process.kill.bind(process);
  let number = 0;
  let effects = 0;
  let serials = 0;
  let files = 0;
  let last: Promise<unknown> = Promise.resolve();
  let calls = -1;

  const isArmed = (): boolean => number > 0 || (real.existsSync(`${folder}/armed`) && arm());

  function arm(): boolean {
    for (number = 1; ; number += 1) {
      try {
        real.closeSync(real.openSync(`${folder}/process-${number}`, 'wx'));
        break;
      } catch {
        continue;
      }
    }
    calls = real.openSync(`${folder}/calls.log`, 'a');
    const name = process.argv[2] === '--root' ? 'launcher' : (process.argv[2] ?? 'unknown');
    note({ type: 'process', process: number, name: `${name} ${slotOf(process.argv[1] ?? '')}` });
    return true;
  }

  const note = (line: Line): void => {
    real.writeSync(calls, `${JSON.stringify(line)}\n`);
  };

  function fault(): Fault | null {
    try {
      return JSON.parse(real.readFileSync(`${folder}/fault.json`, 'utf8')) as Fault;
    } catch {
      return null;
    }
  }

  function die(): void {
    real.renameSync(`${folder}/fault.json`, `${folder}/fired.json`);
    kill(process.pid, 'SIGKILL');
  }

  type Begun = { readonly effect: number; readonly serial: number };

  /** Effect 0: none. Throws what the disk is to answer. */
  function begin(call: Call): Begun {
    const effect = isEffect(call) ? (effects += 1) : 0;
    const begun = { effect, serial: (serials += 1) };
    note({ type: 'begin', process: number, ...begun, call });
    if (effect > 0) strike(call, begun, fault());
    return begun;
  }

  function strike(call: Call, begun: Begun, to: Fault | null): void {
    if (to === null) return;
    const isHere = to.process === number && to.effect === begun.effect;
    if (to.kind === 'kill') {
      if (isHere && to.when === 'before') die();
      return;
    }
    const hasFired = real.existsSync(`${folder}/fired.json`);
    const isLater = hasFired && to.lasts && (to.code !== 'ENOSPC' || takesSpace.has(call.op));
    if (!isHere && !isLater) return;
    // A disk without space still frees it, and signals and processes need none.
    if (call.op === 'spawn' || call.op === 'signal') return;
    real.writeFileSync(`${folder}/fired.json`, JSON.stringify(call));
    note({ type: 'end', process: number, ...begun, error: to.code });
    throw Object.assign(new Error(`${to.code}: by the seam, ${call.op}`), { code: to.code });
  }

  function end({ effect, serial }: Begun, error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    note({ type: 'end', process: number, effect, serial, error: error === null ? null : code });
    const to = fault();
    if (effect === 0 || to?.kind !== 'kill' || to.when !== 'after') return;
    if (to.process === number && to.effect === effect) die();
  }

  return {
    watches(path) {
      const isOurs = path === root || path.startsWith(`${root}/`);
      return isOurs && !path.startsWith(logs) && isArmed();
    },
    nextFile: () => `${process.pid}.${(files += 1)}`,
    now(call, act) {
      const begun = begin(call);
      try {
        const value = act();
        end(begun, null);
        return value;
      } catch (error) {
        end(begun, error);
        throw error;
      }
    },
    soon(call, act) {
      const mine = last.then(async () => {
        const begun = begin(call);
        try {
          const value = await act();
          end(begun, null);
          return value;
        } catch (error) {
          end(begun, error);
          throw error;
        }
      });
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** A daemon's is that of its program: <slot>/tree/app/main.mjs. */
function slotOf(program: string): string {
  const parts = program.split('/');
  return parts.at(-1) === 'main.mjs' ? (parts.at(-4) ?? '') : basename(program);
}
