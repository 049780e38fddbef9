/** `npm start -- --exit` as a person types it, and what it reports at its end. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';

export const checkout = join(import.meta.dirname, '..', '..');

const reportSchema = z.object({
  seconds: z.number(),
  diskBytes: z.number(),
  state: z.string(),
  servers: z.array(
    z.object({ server: z.string(), isGood: z.boolean(), version: z.string().nullable() }),
  ),
  keptBack: z.array(z.string()),
  refused: z.array(z.string()),
});

export type DemoReport = z.infer<typeof reportSchema>;

export async function runDemo(context: TestContext, options: readonly string[]) {
  const work = await mkdtemp(join(tmpdir(), 'dankai-demo-test-'));
  context.after(() => rm(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  const folder = join(work, 'demo');
  const file = join(work, 'report.json');
  // As the README says it, npm included.
  const all = ['start', '--', '--exit', '--folder', folder, '--report', file, ...options];
  const demo = spawn('npm', all, { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => demo.kill());
  const startedAt = performance.now();
  let firstSignMs = Infinity;
  let output = '';
  demo.stdout.on('data', (piece) => {
    output += String(piece);
    if (output.includes('Dankai'))
      firstSignMs = Math.min(firstSignMs, performance.now() - startedAt);
  });
  demo.stderr.on('data', (piece) => (output += String(piece)));
  const [status] = await once(demo, 'close');
  assert.ok(existsSync(file), output.slice(-4_000));
  const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  assert.ok(!existsSync(folder), 'the folder is removed at the end');
  return { status: Number(status), report, firstSignMs, output };
}
