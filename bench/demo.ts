/** `npm start -- --exit` as a newcomer runs it: total time, bytes per server, disk. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

export const name = 'demo';

const main = join(import.meta.dirname, '..', 'scripts', 'demo', 'main.ts');
const report = z.object({
  seconds: z.number(),
  bytesPerServer: z.number(),
  diskBytes: z.number(),
  state: z.string(),
});
const mebibyte = 1024 * 1024;

export async function run(): Promise<Record<string, number | string>> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-bench-demo-'));
  try {
    const file = join(work, 'report.json');
    const options = ['--exit', '--folder', join(work, 'demo'), '--report', file];
    const demo = spawn(process.execPath, [main, ...options], { stdio: 'ignore' });
    const [status] = await once(demo, 'exit');
    const { seconds, bytesPerServer, diskBytes, state } = report.parse(
      JSON.parse(await readFile(file, 'utf8')),
    );
    return {
      state,
      'exit status': String(status),
      'seconds, first word to closing table (budget 180)': seconds,
      'MiB per server': Number((bytesPerServer / mebibyte).toFixed(1)),
      'MiB of disk (budget 3814)': Math.round(diskBytes / mebibyte),
    };
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
