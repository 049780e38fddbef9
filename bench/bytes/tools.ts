/**
 * The programs that a delta is measured beside. What this machine lacks comes from its Debian mirror,
 * into `build/bench-tools`: nothing is installed, and nobody has to be root.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const folder = new URL('../../build/bench-tools', import.meta.url).pathname;
const packages = [
  'bsdiff',
  'casync',
  'rsync',
  'time',
  'xdelta3',
  'zchunk',
  'zstd',
  'zsync',
] as const;

const binaries = join(folder, 'root', 'usr', 'bin');
const libraries = ['usr/lib', 'lib'].flatMap((one) =>
  ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => join(folder, 'root', one, machine)),
);

export const environment = {
  ...process.env,
  PATH: [binaries, process.env['PATH']].join(delimiter),
  LD_LIBRARY_PATH: libraries.join(delimiter),
  LC_ALL: 'C',
};

/** Where a command stands; null: neither on this machine nor fetched. */
function placeOf(command: string): string | null {
  const places = (environment.PATH ?? '').split(delimiter).map((one) => join(one, command));
  return places.find((one) => existsSync(one)) ?? null;
}

/** Fetches what is missing; a mirror that does not answer is said, and its peers are left out. */
export function fetchTools(): void {
  if (packages.every((one) => placeOf(one === 'zchunk' ? 'zck' : one) !== null)) return;
  mkdirSync(folder, { recursive: true });
  try {
    const words = ['-qq', '--simulate', '--no-install-recommends', 'install', ...packages];
    const planned = execFileSync('apt-get', words, { encoding: 'utf8' });
    const missing = planned.split('\n').flatMap((line) => /^Inst (\S+) /.exec(line)?.[1] ?? []);
    if (missing.length === 0) return;
    execFileSync('apt-get', ['-qq', 'download', ...missing], { cwd: folder, stdio: 'ignore' });
    for (const file of readdirSync(folder).filter((one) => one.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', join(folder, file), join(folder, 'root')]);
    }
  } catch (error) {
    console.error('peers could not be fetched:', error);
  }
}

export type Cost = {
  readonly cpuSeconds: number;
  readonly mebibytes: number;
  readonly text: string;
};

/** Longest time of a peer; a slow one is said to be slow instead. */
export const secondsMax = Number(process.env['DANKAI_BENCH_SECONDS'] ?? 1_800);

/** Processor (its own and the kernel's for it) and peak memory; null: it is not here, or it failed. */
export function costOf(command: string, words: readonly string[]): Cost | null {
  const time = placeOf('time');
  const place = command.includes('/') ? command : placeOf(command);
  if (time === null || place === null) return null;
  const ended = spawnSync(time, ['-f', '%U %S %M', place, ...words], {
    encoding: 'utf8',
    env: environment,
    timeout: secondsMax * 1_000,
    maxBuffer: 1024 * 1024 * 64,
  });
  if (ended.status !== 0) return null;
  const [user, system, kibibytes] = (ended.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  if (user === undefined || system === undefined || kibibytes === undefined) return null;
  const text = ended.stdout + ended.stderr;
  return { cpuSeconds: user + system, mebibytes: kibibytes / 1_024, text };
}
