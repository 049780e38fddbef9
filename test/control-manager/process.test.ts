/** The control manager and its agent as processes: kills, signals, and why one does not start. */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { brand, type ComponentName, type Digest } from '#domain/names.ts';
import { readRunFile } from '#adapters/daemon/daemon-files.ts';
import {
  consoleToken,
  InformationServerPeer,
  makeInstallation,
  until,
  type Installation,
} from './site.ts';

let installation: Installation;
let peer: InformationServerPeer;
let informationServer: string;
let children: ChildProcess[];

beforeEach(async () => {
  children = [];
  installation = await makeInstallation();
  peer = new InformationServerPeer(join(installation.root, 'inbox'));
  informationServer = await peer.open();
  await installation.settings({ agent: { informationServer } });
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await peer.close();
  await installation.remove();
});

type Child = { readonly child: ChildProcess; readonly ended: Promise<number | null>; log: string };

function spawned(
  program: 'control-manager' | 'control-manager-agent',
  ipc: 'ipc' | 'ignore' = 'ignore',
  /** Of any one file that it writes. */
  kilobytesMax: number | 'unlimited' = 'unlimited',
): Child {
  const main = new URL(`../../src/${program}/main.ts`, import.meta.url).href;
  const { root, data } = installation;
  const folders = JSON.stringify({ root, data });
  const code = `import { main } from '${main}'; process.exit(await main(${folders}));`;
  const flags = ['--input-type=module', '--eval', code];
  const limited = ['-c', `ulimit -f ${kilobytesMax}; exec "$0" "$@"`, process.execPath, ...flags];
  const child = spawn('bash', limited, { stdio: ['ignore', 'pipe', 'inherit', ipc] });
  children.push(child);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const running: Child = { child, ended, log: '' };
  child.stdout?.on('data', (piece: Buffer) => {
    running.log += piece.toString();
  });
  return running;
}

async function ready(running: Child): Promise<void> {
  await until('ready', () => running.log.includes('"event":"ready"'));
}

/** The last line that it logged, as `exit status, code`. */
async function refusalOf(running: Child): Promise<string> {
  const status = await running.ended;
  const line = JSON.parse(running.log.trim().split('\n').at(-1) ?? '') as {
    because: { code: string; with: Record<string, unknown> };
  };
  return `${status} ${line.because.code}`;
}

async function poll(): Promise<void> {
  const address = readRunFile(installation.root, 'control-manager')?.addresses.console;
  const headers = { authorization: `Bearer ${consoleToken}`, 'content-type': 'application/json' };
  const response = await fetch(`${address}/v1/feed.poll`, { method: 'POST', headers, body: '{}' });
  assert.equal(response.status, 200);
}

test('SIGKILL of either in the middle of a delivery: it arrives all the same, whole', async () => {
  const bytes = Buffer.alloc(20_000_000, 'pattern');
  await installation.writeFeed({ 'P.2 1.23 pattern/lpt.123': bytes.toString() });
  const controlManager = spawned('control-manager');
  await ready(controlManager);
  const agent = spawned('control-manager-agent');
  await until('the level', () => peer.of('level').at(-1)?.level);
  await poll();
  const offer = await until('the offer', () => peer.of('offer')[0]);
  const file = join(peer.inbox, offer.items[0]?.digest ?? '');
  await until('the download has begun', () => existsSync(`${file}.part`) || existsSync(file));
  agent.child.kill('SIGKILL');
  controlManager.child.kill('SIGKILL');
  await Promise.all([agent.ended, controlManager.ended]);
  const before = peer.of('delivered').length;
  const again = spawned('control-manager');
  spawned('control-manager-agent');
  await until('delivered', () => peer.of('delivered')[before]);
  assert.ok(bytes.equals(await readFile(file)));
  assert.equal(existsSync(`${file}.part`), false);
  again.child.kill('SIGTERM');
  assert.equal(await again.ended, 0, 'a good end');
  assert.equal(readRunFile(installation.root, 'control-manager'), null);
});

test('a setting that is wrong ends the start with its place', async () => {
  await installation.settings({ controlManager: { activePlan: 'never' } });
  const running = spawned('control-manager');
  assert.equal(await refusalOf(running), '2 SETTINGS_UNREADABLE');
  assert.match(
    running.log,
    /"line":1,"column":\d+,"expected":"one of: deploy-to-all-now, outbreak"/,
  );
});

test('a launcher hears that each is healthy and, once it is connected, proven', async () => {
  const heard = (running: Child): string[] => {
    const types: string[] = [];
    running.child.on('message', (message: { type: string }) => types.push(message.type));
    return types;
  };
  const agent = heard(spawned('control-manager-agent', 'ipc'));
  await until('proven without a control manager', () => agent.includes('proven'));
  assert.deepEqual(agent, ['healthy', 'proven']);
  const controlManager = heard(spawned('control-manager', 'ipc'));
  await until('proven', () => controlManager.includes('proven'));
});

test('without certificates it stands on loopback alone, and only if a person accepted that', async () => {
  const listen = { host: '0.0.0.0', port: 0 };
  await installation.settings({ controlManager: { listen } });
  assert.equal(await refusalOf(spawned('control-manager')), '3 LINK_INSECURE');
  await installation.settings({ controlManager: { insecureLoopback: undefined } });
  const noOrganisation = await refusalOf(spawned('control-manager'));
  assert.equal(noOrganisation, '2 FILE_UNREADABLE', 'there is no organisation here');
  await installation.settings();
  const accepted = spawned('control-manager');
  await ready(accepted);
  assert.match(accepted.log, /"event":"insecure-loopback"/);
});

test('no settings, a taken port, no database: each its own reason', async () => {
  const taken = Number(new URL(informationServer).port);
  await installation.settings({ controlManager: { listen: { host: '127.0.0.1', port: taken } } });
  assert.equal(await refusalOf(spawned('control-manager')), '3 ADDRESS_UNREACHABLE');
  await mkdir(installation.data, { recursive: true });
  await writeFile(join(installation.data, 'control-manager.sqlite'), 'no database at all');
  assert.equal(await refusalOf(spawned('control-manager')), '2 FILE_UNREADABLE');
  await rm(join(installation.root, 'settings.yaml'));
  assert.equal(await refusalOf(spawned('control-manager-agent')), '2 FILE_UNREADABLE');
});

test('a disk that takes no more: who asks is told so, and otherwise the launcher starts it again', async () => {
  await installation.writeFeed(
    { 'P.2 1.23 pattern/lpt.123': 'pattern' },
    '; text\r\n'.repeat(150_000),
  );
  const controlManager = spawned('control-manager', 'ignore', 1_000);
  await ready(controlManager);
  const address = readRunFile(installation.root, 'control-manager')?.addresses.console;
  const headers = { authorization: `Bearer ${consoleToken}`, 'content-type': 'application/json' };
  const answer = await fetch(`${address}/v1/feed.poll`, { method: 'POST', headers, body: '{}' });
  assert.match(await answer.text(), /"code":"FILE_UNREADABLE"/);
  spawned('control-manager-agent');
  await until('the level', () => peer.of('level').at(-1)?.level);
  const component = brand<ComponentName>('pattern');
  const contents = Array.from({ length: 400 }, (_, number) => {
    return { component, version: String(number), digest: brand<Digest>('a'.repeat(64)) };
  });
  let status: number | null = null;
  void controlManager.ended.then((ended) => (status = ended));
  await until('the end', () => {
    peer.status({ contents });
    return status;
  });
  assert.equal(status, 74);
  assert.doesNotMatch(controlManager.log, /"event":"bug"/);
});
