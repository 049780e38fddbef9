/**
 * `dankai catalogue check` of a 5 MB `server.ini` with 50,000 sections: the whole process, from
 * its start to its exit, as a user runs it.
 *
 * Budget: under 300 ms of CPU (user and system, all threads), under 150 MiB.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const name = 'catalogue-check';

const checkout = new URL('..', import.meta.url).pathname;
const bundled = join(checkout, 'build/bundle/app/main.mjs');
const source = join(checkout, 'src/cli/main.ts');

const sectionCount = 50_000;
const runCount = 9;

/** Says at its exit what the process has used; the peak is the kernel's own, of this program. */
const meter = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const peak = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
    const used = { cpuMicroseconds: userCPUTime + systemCPUTime, peakKibibytes: Number(peak[1]) };
    writeSync(3, JSON.stringify(used));
  });
`)}`;

type Used = { readonly cpuMicroseconds: number; readonly peakKibibytes: number };

export async function run(): Promise<Record<string, number | string>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bench-catalogue-'));
  try {
    const file = join(folder, 'server.ini');
    await writeFile(file, largeCatalogue());
    const entry = existsSync(bundled) ? bundled : source;
    const all: Used[] = [];
    for (let count = 0; count < runCount; count++) all.push(await measured(entry, file));
    const cpu = all.map(({ cpuMicroseconds }) => cpuMicroseconds / 1_000);
    const peak = Math.max(...all.map(({ peakKibibytes }) => peakKibibytes));
    return {
      program: entry === bundled ? 'the bundle' : 'the TypeScript source (no bundle was built)',
      fileBytes: (await stat(file)).size,
      sections: sectionCount,
      runs: runCount,
      'CPU ms, median (budget 300)': median(cpu),
      'CPU ms, least': Math.round(Math.min(...cpu)),
      'CPU ms, most': Math.round(Math.max(...cpu)),
      'peak MiB, most (budget 150)': Math.round(peak / 1024),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Clean in the watched sections, so that the check reads everything and the answer is 0. */
function largeCatalogue(): string {
  const sample = (section: string, path: string): string =>
    `[${section}]\nVersion=5.80\nUpdate_Path=serverprotect/spnt580/auspnt50.zip,43914\n` +
    `Min=5.0\nMax=6.0\n${path}`;
  const path = 'Path=ServerProtect/spnt58J.zip,53166776\n';
  const sections = [
    sample('Info_2_50000_4_1', path),
    sample('Info_186_50000_4_5121', path),
    sample('Info_453_50000_4_5121', ''),
  ];
  for (let number = sections.length; number < sectionCount; number++) {
    sections.push(
      `[Info_${1_000 + number}_50000_4_1]\nVersion=5.80\nUpdate_Path=sp/u${number}.zip,4391\n` +
        `Min=5.0\nMax=6.0\nPath=sp/p${number}.zip, 5316\n`,
    );
  }
  return sections.join('');
}

async function measured(entry: string, file: string): Promise<Used> {
  const child = spawn(
    process.execPath,
    ['--import', meter, entry, 'catalogue', 'check', file, '--expect', '5.80'],
    { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let text = '';
  child.stdio[3]?.on('data', (piece: Buffer) => (text += piece.toString()));
  const status = await ended;
  if (status !== 0) throw new Error(`catalogue check ended with ${status}`);
  return parseUsed(JSON.parse(text));
}

function parseUsed(input: unknown): Used {
  if (typeof input === 'object' && input !== null) {
    if ('cpuMicroseconds' in input && 'peakKibibytes' in input) {
      const { cpuMicroseconds, peakKibibytes } = input;
      if (typeof cpuMicroseconds === 'number' && typeof peakKibibytes === 'number') {
        return { cpuMicroseconds, peakKibibytes };
      }
    }
  }
  throw new Error('the process did not say what it used');
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0);
}
