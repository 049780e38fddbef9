/** A seed is a whole run: the same trace, byte for byte, in any process and on any day. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { run, type RunOptions } from '#simulation/run.ts';

const options: RunOptions = { seed: 42, servers: 5, events: null, faults: null, keep: null };
/** Of seed 42 with five servers. Another value: what a seed means has changed, for all seeds. */
const pinned = '';

async function traceHere(): Promise<string> {
  const hash = createHash('sha256');
  await run({ ...options, trace: (line) => hash.update(`${line}\n`) });
  return hash.digest('hex');
}

function traceElsewhere(): Promise<string> {
  const script = new URL('../../scripts/simulate.ts', import.meta.url).pathname;
  const words = ['--seed', '42', '--servers', '5', '--trace', '-', '--whole'];
  const child = spawn(process.execPath, [script, ...words]);
  const hash = createHash('sha256');
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // A line of the trace begins with its instant; what the script says to people does not.
    for (const line of lines) if (/^\d/.test(line)) hash.update(`${line}\n`);
  });
  return new Promise((resolve) => child.on('close', () => resolve(hash.digest('hex'))));
}

test('one seed, one trace: twice in one process, once in another, and as on the day it was pinned', async () => {
  const first = await traceHere();
  assert.equal(await traceHere(), first);
  assert.equal(await traceElsewhere(), first);
  assert.equal(first, pinned);
});

test('another seed is another run', async () => {
  const { fingerprint } = await run(options);
  const other = await run({ ...options, seed: 43 });
  assert.notEqual(other.fingerprint, fingerprint);
});
