/**
 * A real PostgreSQL that a test starts for itself: Debian's, installed or unpacked into a folder of
 * this checkout, with its data and its socket in a temporary folder. It refuses to run as root, so
 * it runs as nobody there. Where there is none, it says why.
 */

import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianPackages, librariesIn } from './debian-packages.ts';

const version = '15';
const packages = [`postgresql-${version}`, 'libpq5', 'libicu72', 'libxml2', 'libldap-2.5-0'];
const startMillisecondsMax = 60_000;

type Programs = { readonly folder: string; readonly environment: NodeJS.ProcessEnv };

export type Postgres = {
  /** A database of its own, empty; its `DATABASE_URL`. */
  database(): Promise<string>;
  /** What an operator would ask of that database. */
  query(url: string, text: string): Promise<readonly Record<string, unknown>[]>;
  /** Pulls its plug. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and takes its folder away. */
  remove(): Promise<void>;
};

async function programsHere(): Promise<Programs | { missing: string }> {
  const installed = `/usr/lib/postgresql/${version}/bin`;
  if (existsSync(join(installed, 'initdb'))) return { folder: installed, environment: process.env };
  const found = await debianPackages('postgresql', packages, (root) => {
    const { status, stderr } = spawnSync(`${root}${installed}/postgres`, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, LD_LIBRARY_PATH: librariesIn(root) },
      ...account(),
    });
    return status === 0 ? null : stderr || 'an account without rights cannot run it';
  });
  if ('missing' in found) return found;
  const environment = { ...process.env, LD_LIBRARY_PATH: librariesIn(found.folder) };
  return { folder: `${found.folder}${installed}`, environment };
}

/** Debian's account without rights, where this process is root. */
function account(): { uid?: number; gid?: number } {
  return userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {};
}

/** A new, running one, or why there is none here. */
export async function postgresHere(): Promise<Postgres | { missing: string }> {
  const programs = await programsHere();
  if ('missing' in programs) return programs;
  const folder = await mkdtemp(join(tmpdir(), 'dankai-postgres-'));
  await chmod(folder, 0o755);
  const { uid, gid } = account();
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  const data = join(folder, 'data');
  const initdb = ['--pgdata', data, '--username', 'dankai', '--no-sync', '--encoding', 'UTF8'];
  const options = { env: programs.environment, cwd: folder, ...account() };
  await promisify(execFile)(
    join(programs.folder, 'initdb'),
    [...initdb, '--locale', 'C', '--auth', 'trust', '--no-instructions'],
    options,
  );
  return runningIn(folder, programs);
}

async function runningIn(folder: string, programs: Programs): Promise<Postgres> {
  let child: ChildProcess | null = null;
  let databases = 0;
  const urlOf = (name: string): string => `postgres:///${name}?host=${folder}&user=dankai`;

  async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
    const { Client } = await import('pg');
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    const settings = [`unix_socket_directories=${folder}`, 'listen_addresses=', 'jit=off'];
    const flags = settings.flatMap((one) => ['-c', one]);
    child = spawn(join(programs.folder, 'postgres'), ['-D', join(folder, 'data'), ...flags], {
      env: programs.environment,
      cwd: folder,
      stdio: 'ignore',
      ...account(),
    });
    const deadline = performance.now() + startMillisecondsMax;
    for (;;) {
      try {
        await query(urlOf('postgres'), 'select 1');
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    child = null;
    if (running === null) return;
    const ended = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await ended;
  }

  await start();
  return {
    query,
    start,
    async database() {
      databases += 1;
      const name = `test_${databases}`;
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    kill: () => end('SIGQUIT'),
    async remove() {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
