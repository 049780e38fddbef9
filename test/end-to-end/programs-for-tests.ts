/**
 * Programs that misbehave: today's bundle whose entry does something of the test's before it goes
 * on, and the proof, from a computer's own disk, of the switches that it went through.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Computer } from '../../scripts/site/computer.ts';
import { bundled } from './bundled.ts';
import type { SiteForTests } from './site-for-tests.ts';

/** Known to every `first`: which service this is, and the folder and name of its computer. */
const beginning = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
const [, , service, , root = '', , data = ''] = process.argv;
const computer = basename(root);
const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
`;

/**
 * The folder of a bundle that runs these lines first, and then (if they end) what the real one
 * does. It is gone when the test file ends, whatever ends it.
 */
export async function changedBundle(first: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await cp(await bundled(), folder, { recursive: true });
  const entry = join(folder, 'app', 'main.mjs');
  await rename(entry, join(folder, 'app', 'real-main.mjs'));
  await writeFile(entry, `${beginning}\n${first}\nawait import('./real-main.mjs');\n`);
  return folder;
}

/**
 * Normal servers that take their time where they are fast otherwise, so that each state of an
 * upgrade lasts long enough to be seen: staging, leased (before they confirm), proving.
 */
export const slowServers = `
if (service === 'normal-server') {
  const stringify = JSON.stringify;
  let isStaged = false;
  JSON.stringify = (value, ...more) => {
    const isFirstStaged = !isStaged && value?.type === 'status' && value.state === 'staged';
    isStaged ||= isFirstStaged;
    if (isFirstStaged || value?.type === 'lease-confirm') block(700);
    return stringify(value, ...more);
  };
  const send = process.send?.bind(process);
  process.send = (message, ...more) => {
    if (message.type !== 'proven') return send(message, ...more);
    setTimeout(() => process.connected && send(message, ...more), 700);
    return true;
  };
}
`;

const intent = z.object({ type: z.string(), generation: z.int().optional() });

/** Lines of that type in the intent file of a computer's programs: one for each switch. */
export async function switches(
  { root }: Computer,
  type: 'switch' | 'committed' | 'returned',
): Promise<number> {
  const text = await readFile(join(root, 'tracks', 'program', 'intent.log'), 'utf8').catch(
    () => '',
  );
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.filter((line) => intent.parse(JSON.parse(line.slice(17))).type === type).length;
}

/** No server lost, none done twice: by the record, by each server's disk, and by itself. */
export async function assertEachUpgradedOnce(
  site: SiteForTests,
  { servers, version }: { readonly servers: readonly string[]; readonly version: string },
): Promise<void> {
  const upgraded = (await site.record('server-upgraded')).map(({ server }) => String(server));
  assert.equal(upgraded.length, servers.length);
  assert.deepEqual(new Set(upgraded), new Set(servers));
  for (const name of servers) {
    assert.equal(await switches(site.site.server(name), 'committed'), 1, `${name} switched once`);
    assert.equal(await site.versionRunning(name), version);
  }
}
