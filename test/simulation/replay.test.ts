/** A seed is a whole run: the same trace, byte for byte, in any process, and on another day. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { run, type RunOptions } from '#simulation/run.ts';

const options: RunOptions = {
  seed: 15,
  servers: 5,
  events: 3_000,
  faults: null,
  keep: null,
};
/**
 * Everything that happened in the run of these options, on the day on which it was pinned: the
 * SHA-256 of its trace. A change of what the programs or the faults do changes it: then this test
 * says the new one. Without such a change it must never be another.
 */
const pinned = 'eb995398201da6d3867b968a336d76633fdc1979fff5debc6701e6f95c62d41b';

async function here(): Promise<{ readonly trace: string; readonly fingerprint: string }> {
  const hash = createHash('sha256');
  const { fingerprint } = await run({ ...options, trace: (line) => hash.update(`${line}\n`) });
  return { trace: hash.digest('hex'), fingerprint };
}

function traceElsewhere(): Promise<string> {
  const script = new URL('../../scripts/simulate.ts', import.meta.url).pathname;
  const words = ['--seed', '15', '--servers', '5', '--events', '3000', '--trace', '-', '--whole'];
  const child = spawn(process.execPath, [script, ...words]);
  const hash = createHash('sha256');
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    // A line of the trace begins with its instant; what the script says to people does not.
    for (const line of lines) if (/^\d+\.\d{3} \{/.test(line)) hash.update(`${line}\n`);
  });
  return new Promise((resolve) => child.on('close', () => resolve(hash.digest('hex'))));
}

test('one seed, one trace: twice in one process, and in another', async () => {
  const first = await here();
  assert.deepEqual(await here(), first);
  assert.equal(await traceElsewhere(), first.trace);
});

test('the same happens as on the day on which it was pinned', async () => {
  assert.equal((await here()).trace, pinned);
});

test('another seed is another run', async () => {
  const other = await run({ ...options, seed: 16 });
  assert.notEqual(other.fingerprint, (await here()).fingerprint);
});
