/**
 * One computer of a site on this machine: an installation folder of its own and the launcher
 * that runs in it. The demo and the end-to-end tests treat it as a machine: cables included.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readRunFile, type RunFile } from '#adapters/daemon/daemon-files.ts';
import {
  install,
  type Service,
  type ServiceName,
} from '#adapters/installation/installation-disk.ts';
import { storedArchive } from '#adapters/release/release-file.ts';
import {
  writeAuthority,
  writeCredentials,
  writeOrganisation,
  writeSecret,
  type Credentials,
} from '#adapters/identity/trust-files.ts';
import type { Authority } from '#adapters/identity/authority-x509.ts';
import { enrolmentTokenFile } from '#adapters/identity/identity-enrolled.ts';
import type { Release } from '#domain/catalogue/release.ts';

export type Trust = {
  /** The bytes of organisation.json. */
  readonly organisation: string;
  /** Of an upper tier: it signs for itself. */
  readonly authority?: Authority | undefined;
  readonly credentials?: { readonly [Service in ServiceName]?: Credentials | undefined };
  /** Of a control manager: signs content. */
  readonly contentKey?: string | undefined;
  /** By which a server enrols when it starts. */
  readonly token?: string | undefined;
};

export type ComputerOptions = {
  readonly root: string;
  readonly services: readonly Service[];
  readonly settings: string;
  /** Where the release's archive stands: a store folder. */
  readonly store: string;
  readonly release: Release;
  readonly tokens: { readonly console: string };
  /** Who its daemons are; null: an insecure loopback. */
  readonly trust: Trust | null;
};

/** Every launcher that was started here, so that none outlives whoever started it. */
const started = new Set<Computer>();
let isEnding = false;

/** Nothing is started any more, and everything that was is stopped in order. */
export async function stopAllComputers(): Promise<void> {
  isEnding = true;
  await Promise.all([...started].map((computer) => computer.stop()));
}

/** Launchers that an earlier run left behind below this folder, for instance after a SIGKILL. */
export async function stopLeftOvers(folder: string): Promise<void> {
  for (const file of globSync('*/run/launcher.pid', { cwd: folder })) {
    const pid = Number(readFileSync(join(folder, file), 'utf8'));
    if (!isLauncherOf(pid, folder)) continue;
    killQuietly(pid, 'SIGTERM');
    while (isAlive(pid)) await sleep(50);
  }
}

function isLauncherOf(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
  } catch {
    return false;
  }
}

export class Computer {
  readonly root: string;
  readonly services: readonly Service[];
  #launcher: ChildProcess | null = null;

  private constructor(root: string, services: readonly Service[]) {
    this.root = root;
    this.services = services;
  }

  static async install(options: ComputerOptions): Promise<Computer> {
    const { root, services, settings, store, release, tokens } = options;
    const archive = release.manifest.packages[0]?.archive.digest;
    if (archive === undefined) throw new Error('the release has no package');
    const archiveFile = storedArchive(store, archive);
    const laid = await install({ root, release, archiveFile, services, settings, tokens });
    if (!laid.ok) throw new Error(`cannot install in ${root}: ${JSON.stringify(laid.because)}`);
    if (options.trust !== null) await layTrust(root, options.trust);
    return new Computer(root, services);
  }

  /** What stands in that folder already, however it came there. */
  static standing(root: string, services: readonly Service[]): Computer {
    return new Computer(root, services);
  }

  start(): void {
    if (isEnding) throw new Error('everything here is being stopped');
    started.add(this);
    const runtime = join(this.root, 'launcher', 'node');
    const program = existsSync(runtime) ? runtime : process.execPath;
    const launcher = join(this.root, 'launcher', 'launcher.mjs');
    this.#launcher = spawn(program, [launcher, '--root', this.root], {
      stdio: 'ignore',
      // What is compiled of a slot is of no use to any other slot, and costs time to be written.
      env: { ...process.env, NODE_COMPILE_CACHE: undefined },
      // A terminal's Ctrl-C goes to whoever started us, and from there in order.
      detached: true,
    });
  }

  get launcherPid(): number | null {
    return this.#launcher?.pid ?? null;
  }

  /** In order: SIGTERM to the launcher, which stops its daemons. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** The cable is pulled: launcher and daemons at once, also those that have just been started. */
  async pullCable(): Promise<void> {
    const pids = this.services.map(({ name }) => this.pid(name));
    const ended = this.#end('SIGKILL');
    for (const pid of pids) killQuietly(pid, 'SIGKILL');
    await ended;
    // One that was started at this very moment ends by itself when its launcher is gone.
    for (const { name } of this.services) killQuietly(this.pid(name), 'SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const launcher = this.#launcher;
    if (launcher === null || launcher.exitCode !== null || launcher.signalCode !== null) return;
    const ended = once(launcher, 'exit');
    launcher.kill(signal);
    await ended;
    this.#launcher = null;
  }

  killService(name: ServiceName, signal: NodeJS.Signals = 'SIGKILL'): void {
    killQuietly(this.pid(name), signal);
  }

  /** Of the process that its launcher runs now, ready or not; null: none. */
  pid(name: ServiceName): number | null {
    const { services } = runningServices(join(this.root, 'run', 'services.json'));
    return services.find(({ service }) => service === name)?.pid ?? null;
  }

  run(name: ServiceName): RunFile | null {
    return readRunFile(this.root, name);
  }

  /** Waits until that daemon says that it is ready, and is alive. */
  async ready(name: ServiceName, secondsMax = 60): Promise<RunFile> {
    const deadline = performance.now() + secondsMax * 1_000;
    for (;;) {
      const run = this.run(name);
      if (run !== null && isAlive(run.pid)) return run;
      if (performance.now() > deadline) {
        throw new Error(`${name} in ${this.root} is not ready\n${this.log(name)}`);
      }
      await sleep(50);
    }
  }

  /** The end of a daemon's log, for a person who looks for what went wrong. */
  log(name: string): string {
    try {
      return readFileSync(join(this.root, 'logs', `${name}.log`), 'utf8').slice(-4_000);
    } catch {
      return '(no log)';
    }
  }
}

/** As an enrolment leaves it. */
export async function layTrust(
  root: string,
  { organisation, authority, contentKey, credentials = {}, token }: Trust,
): Promise<void> {
  const written = [await writeOrganisation(root, organisation)];
  if (authority !== undefined) written.push(await writeAuthority(root, authority));
  if (contentKey !== undefined) written.push(await writeSecret(root, 'content.key', contentKey));
  if (token !== undefined) written.push(await writeSecret(root, enrolmentTokenFile, `${token}\n`));
  for (const service of trustedServices) {
    const one = credentials[service];
    if (one !== undefined) written.push(await writeCredentials(root, service, one));
  }
  if (!written.every(({ ok }) => ok)) throw new Error(`cannot write the identities in ${root}`);
}

const trustedServices = [
  'control-manager',
  'information-server',
  'agent',
  'normal-server',
] as const;

const runningFile = z.object({
  services: z.array(z.object({ service: z.string(), pid: z.int() })),
});

/** What a launcher wrote down of its daemons; before its first start there is nothing. */
function runningServices(file: string): z.infer<typeof runningFile> {
  if (!existsSync(file)) return { services: [] };
  return runningFile.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killQuietly(pid: number | null, signal: NodeJS.Signals): void {
  if (pid === null) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
