/**
 * Memory and CPU of a normal server's computer that waits: its launcher and its daemon, installed
 * from a release with a runtime as users install it, with a live session to an information server.
 *
 * Budget: under 45 MiB private and 90 MiB PSS together, no measurable CPU. Private and PSS as
 * /proc/PID/smaps_rollup has them. `node bench/idle-memory.ts 3600` waits an hour.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callConsole } from '#adapters/link/console-client.ts';
import {
  install,
  thisPlatform,
  type ServiceName,
} from '#adapters/installation/installation-disk.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { readReleaseFile, storedArchive } from '#adapters/release/release-file.ts';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { bundle } from '../scripts/release/bundle.ts';
import { buildSelfRelease } from '../scripts/release/release.ts';
import { layTrust } from '../scripts/site/computer.ts';

export const name = 'idle-memory';

const secondsDefault = 60;
const readyMillisecondsMax = 60_000;
const mebibyte = 1024 * 1024;

type Figures = Record<string, number | string>;
type Computer = {
  readonly root: string;
  readonly launcher: ChildProcess;
  /** What its daemon wrote when it was ready. */
  readonly ready: unknown;
};

const tokens = { console: 'c'.repeat(32) };
const trusted = testOrganisation();

export async function run(seconds: number = secondsDefault): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-idle-'));
  const computers: Computer[] = [];
  try {
    const release = await makeRelease(folder);
    const above = await startComputer({
      folder,
      release,
      service: 'information-server',
      settings: informationServerSettings,
    });
    computers.push(above);
    const address = textAt(above.ready, 'addresses', 'servers') ?? 'run';
    const computer = await startComputer({
      folder,
      release,
      service: 'normal-server',
      settings: normalServerSettings(address),
    });
    computers.push(computer);
    await waitForSession(above);
    return await measure(computer, seconds);
  } finally {
    await Promise.all(computers.map(stopComputer));
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeRelease(folder: string): Promise<Release> {
  const made = await buildSelfRelease({
    bundleFolder: await bundle(),
    version: '5.80.1179',
    outFile: join(folder, 'program.release'),
    withRuntime: true,
  });
  if (!made.ok) throw new Error(made.because.code);
  const read = await readReleaseFile(join(folder, 'program.release'), join(folder, 'store'));
  if (!read.ok) throw new Error(read.because.code);
  return read.value;
}

const informationServerSettings = `informationServer:
  site: tokyo
  listen: { host: 127.0.0.1, port: 0 }
  console: { host: 127.0.0.1, port: 0 }
`;

const normalServerSettings = (address: string): string => `normalServer:
  server: bench-1
  domain: bench
  informationServer: ${address}
  jitterSeconds: 0
`;

async function startComputer(options: {
  readonly folder: string;
  readonly release: Release;
  readonly service: ServiceName;
  readonly settings: string;
}): Promise<Computer> {
  const { folder, release, service, settings } = options;
  const root = join(folder, service);
  const archive = packageFor(release.manifest, thisPlatform())?.archive;
  if (archive === undefined) throw new Error(`no package for ${thisPlatform()}`);
  const installed = await install({
    root,
    release,
    archiveFile: storedArchive(join(folder, 'store'), archive.digest),
    services: [{ name: service, track: 'program' }],
    settings,
    tokens,
  });
  if (!installed.ok) throw new Error(JSON.stringify(installed.because));
  const { text: organisation, site } = await trusted;
  await layTrust(root, {
    organisation,
    authority: service === 'information-server' ? site.authority : undefined,
    credentials: {
      'normal-server': await site.normalServer('bench-1'),
    },
  });
  const launcher = spawn(
    join(root, 'launcher', 'node'),
    [join(root, 'launcher', 'launcher.mjs'), '--root', root],
    { stdio: 'ignore' },
  );
  const running = join(root, 'run', `${service}.json`);
  const ready = await until(`${service} to be ready`, () => readJson(running));
  return { root, launcher, ready };
}

/** As people see it: the console of the information server tells of the session. */
async function waitForSession(informationServer: Computer): Promise<void> {
  const where = {
    address: textAt(informationServer.ready, 'addresses', 'console') ?? '',
    token: tokens.console,
    believed: { organisation: (await trusted).organisation, site: 'tokyo' },
  };
  await until('a session', async () => {
    const tree = await callConsole(informationServerCalls, where, {
      call: 'fleet.tree',
      params: {},
    });
    const servers = JSON.stringify(tree);
    return /"session":\{"state":"(old|new)"/.test(servers) ? true : null;
  });
}

async function measure({ ready, launcher }: Computer, seconds: number): Promise<Figures> {
  const daemon = numberAt(ready, 'pid');
  if (launcher.pid === undefined || daemon === null) throw new Error('nothing runs');
  const pids = [launcher.pid, daemon];
  const settleSeconds = Math.min(10, seconds / 2);
  await sleep(settleSeconds);
  const before = await Promise.all(pids.map(cpuTicks));
  await sleep(seconds - settleSeconds);
  const after = await Promise.all(pids.map(cpuTicks));
  const [own, theirs] = await Promise.all(pids.map(memoryOf));
  if (own === undefined || theirs === undefined) throw new Error('nothing was measured');
  const ticks = after.map((count, index) => count - (before[index] ?? 0));
  return {
    'idle seconds': seconds,
    'launcher private MiB': inMebibytes(own.privateBytes),
    'daemon private MiB': inMebibytes(theirs.privateBytes),
    'together private MiB (budget 45)': inMebibytes(own.privateBytes + theirs.privateBytes),
    'together PSS MiB (budget 90)': inMebibytes(own.pssBytes + theirs.pssBytes),
    'launcher CPU ticks (10 ms)': ticks[0] ?? 0,
    'daemon CPU ticks (10 ms)': ticks[1] ?? 0,
  };
}

async function memoryOf(pid: number): Promise<{ privateBytes: number; pssBytes: number }> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
  return {
    privateBytes: kibibytes('Private_Clean') + kibibytes('Private_Dirty'),
    pssBytes: kibibytes('Pss'),
  };
}

/** User and system time: fields 14 and 15 of /proc/PID/stat. */
async function cpuTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function inMebibytes(bytes: number): number {
  return Math.round((bytes / mebibyte) * 10) / 10;
}

async function stopComputer({ launcher }: Computer): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  launcher.on('exit', () => resolve());
  launcher.kill('SIGTERM');
  await promise;
}

async function until<Found>(what: string, look: () => Promise<Found | null>): Promise<Found> {
  const deadline = performance.now() + readyMillisecondsMax;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(0.05);
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, seconds * 1_000));
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}

function textAt(input: unknown, ...path: readonly string[]): string | null {
  const value = valueAt(input, path);
  return typeof value === 'string' ? value : null;
}

function numberAt(input: unknown, ...path: readonly string[]): number | null {
  const value = valueAt(input, path);
  return typeof value === 'number' ? value : null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.argv[2] ?? secondsDefault);
  console.log(JSON.stringify(await run(seconds), null, 2));
}
