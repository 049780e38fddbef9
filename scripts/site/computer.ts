/**
 * One computer of a site on this machine: an installation folder of its own and the launcher
 * that runs in it. The demo and the end-to-end tests treat it as a machine: cables included.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRunFile, type RunFile } from '#adapters/daemon-files.ts';
import { install, type Service, type ServiceName } from '#adapters/installation-disk.ts';
import { storedArchive } from '#adapters/release-file.ts';
import type { Release } from '#domain/catalogue/release.ts';

export type ComputerOptions = {
  readonly root: string;
  readonly services: readonly Service[];
  readonly settings: string;
  /** Where the release's archive stands: a store folder. */
  readonly store: string;
  readonly release: Release;
  readonly tokens: { readonly console: string; readonly join: string };
};

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
    return new Computer(root, services);
  }

  start(): void {
    const runtime = join(this.root, 'launcher', 'node');
    const program = existsSync(runtime) ? runtime : process.execPath;
    const launcher = join(this.root, 'launcher', 'launcher.mjs');
    this.#launcher = spawn(program, [launcher, '--root', this.root], {
      stdio: 'ignore',
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

  /** The cable is pulled: launcher and daemons at once. */
  async pullCable(): Promise<void> {
    const pids = this.services.map(({ name }) => this.run(name)?.pid ?? null);
    await this.#end('SIGKILL');
    for (const pid of pids) killQuietly(pid, 'SIGKILL');
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
    killQuietly(this.run(name)?.pid ?? null, signal);
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
