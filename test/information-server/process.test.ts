/** Why an information server does not start: told once with status 78, with no stack. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const main = new URL('../../src/information-server/main.ts', import.meta.url).href;

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dankai-information-server-'));
  await mkdir(join(root, 'secrets'));
  await writeFile(token('console'), 'console-token\n');
  const listen = { host: '127.0.0.1', port: 0 };
  const insecureLoopback = 'accepted';
  const informationServer = { site: 'tokyo', listen, console: listen, insecureLoopback };
  // JSON is YAML.
  await writeFile(join(root, 'settings.yaml'), JSON.stringify({ informationServer }));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const token = (name: string): string => join(root, 'secrets', `${name}.token`);
const journal = (): string => join(root, 'data', 'journal.sqlite');

/** Starts it as a launcher does; answers its exit status and why, or ends it once it is ready. */
async function begin(program = join(root, 'slot', 'tree', 'app', 'main.mjs')): Promise<string> {
  const folders = JSON.stringify({ root, data: join(root, 'data') });
  const code = `process.argv[1] = '${program}';
    const { main } = await import('${main}'); process.exit(await main(${folders}));`;
  const flags = ['--input-type=module', '--eval', code];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let log = '';
  child.stdout?.on('data', (piece: Buffer) => {
    const wasReady = log.includes('"event":"ready"');
    log += piece.toString();
    if (!wasReady && log.includes('"event":"ready"')) child.kill('SIGTERM');
  });
  const [status] = (await once(child, 'close')) as [number];
  const refusal = /"because":\{"code":"(\w+)"/.exec(log)?.[1] ?? 'ready';
  return `${status} ${refusal}${log.includes('"stack"') ? ' with a stack' : ''}`;
}

test('a journal that is gone, empty or damaged is neither begun anew nor a bug', async () => {
  assert.equal(await begin(), '0 ready');
  assert.equal(await begin(), '0 ready');
  await truncate(journal(), 20_000);
  assert.equal(await begin(), '78 FILE_UNREADABLE');
  await truncate(journal());
  assert.equal(await begin(), '78 JOURNAL_ABSENT');
  await rm(journal());
  assert.equal(await begin(), '78 JOURNAL_ABSENT');
  await rm(`${journal()}.begun`);
  assert.equal(await begin(), '0 ready');
});

test('a token of two lines and a damaged release are told at the start', async () => {
  await mkdir(join(root, 'slot'));
  await writeFile(join(root, 'slot', 'release.json'), '{"component":"prog');
  assert.equal(await begin(), '78 FILE_UNREADABLE');
  await writeFile(token('console'), 'one\ntwo\n');
  assert.equal(await begin(), '78 TOKEN_UNREADABLE');
});
