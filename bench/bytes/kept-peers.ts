/**
 * What was measured of a peer stays true for the same pair on the same machine, and takes an hour:
 * it is kept in `build/bench-peers.json`, with its day. `DANKAI_BENCH_FRESH=1` measures it anew.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { z } from 'zod';
import type { Measured } from './peers.ts';

const file = new URL('../../build/bench-peers.json', import.meta.url).pathname;

const measured = z.object({ bytes: z.number(), cpuSeconds: z.number(), mebibytes: z.number() });
const keptSchema = z.record(z.string(), z.object({ at: z.string(), found: measured.nullable() }));

function read(): z.infer<typeof keptSchema> {
  return existsSync(file) ? keptSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

const nameOf = (key: string): string => `${cpus()[0]?.model.trim() ?? ''}: ${key}`;

/** `key`: the pair and the peer; null: it was not done, or is to be measured anew. */
export function keptOf(key: string): Measured | null {
  if (process.env['DANKAI_BENCH_FRESH'] === '1') return null;
  return read()[nameOf(key)]?.found ?? null;
}

/** What was not done in its time is tried again. */
export async function keptOr(
  key: string,
  measure: () => Promise<Measured | null>,
): Promise<Measured | null> {
  const known = keptOf(key);
  if (known !== null) return known;
  const found = await measure();
  const all = { ...read(), [nameOf(key)]: { at: new Date().toISOString(), found } };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  return found;
}
