/**
 * An installer that upgrades what stands, cut short at any of its own effects: what runs is started
 * again by the next installer, which finishes or undoes what was begun, and then has the new version
 * run. What the launcher does meanwhile is tried elsewhere.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { bundle } from '../../scripts/release/bundle.ts';
import { buildSelfRelease } from '../../scripts/release/release.ts';
import { processesOf } from '../../src/adapters/installation/installation-processes.ts';
import { readIntentFile } from '../../src/launcher/intent-file.ts';
import { follow, noIntent, parseEntry } from '../../src/launcher/entries.ts';
import { daemonsOf } from '../launcher/site.ts';
import type { Site } from '../normal-server/site.ts';
import type { Tree } from './crash-disk.testing.ts';
import type { Fault } from './disk-calls.testing.ts';
import { rebuild } from './power-cuts.testing.ts';
import { Seam } from './seam.testing.ts';
import { openSite, type Cleaning } from './survivor.testing.ts';
import { enumerated, type Recording, type Subject } from './trials.testing.ts';

const patienceMilliseconds = 20_000;

type Prepared = {
  readonly template: string;
  readonly old: string;
  readonly next: string;
  readonly releaseFile: string;
  readonly program: string;
};

async function prepare(context: Cleaning): Promise<Prepared> {
  const site = await openSite(context);
  const program = join(await bundle(), 'app', 'main.mjs');
  const old = await site.slot('5.70.1000');
  await site.addSlot(old);
  await mkdir(join(site.root, 'launcher'));
  await cp(site.programs.launcher, join(site.root, 'launcher', 'launcher.mjs'));
  const launcher = await site.launch(old.name);
  await site.message('hello');
  await ended(launcher);
  const template = join(site.folder, 'template');
  await cp(site.root, template, { recursive: true, verbatimSymlinks: true });
  const bundleFolder = join(site.folder, 'bundle');
  await mkdir(join(bundleFolder, 'app'), { recursive: true });
  await writeFile(join(bundleFolder, 'app', 'main.mjs'), `// new\n${site.programs.daemon}`);
  await cp(site.programs.launcher, join(bundleFolder, 'app', 'launcher.mjs'));
  const releaseFile = join(site.folder, 'new.release');
  const built = await buildSelfRelease({
    bundleFolder,
    version: '5.80.1179',
    outFile: releaseFile,
    withRuntime: false,
  });
  assert(built.ok, JSON.stringify(built));
  return { template, old: old.name, next: slotNameOf(built.value), releaseFile, program };
}

async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = once(process, 'exit');
  process.kill('SIGTERM');
  await gone;
}

type Answer = { readonly status: number | null; readonly told: string };

class Upgraded {
  readonly site: Site;
  readonly prepared: Prepared;
  readonly seam: Seam;

  constructor(site: Site, prepared: Prepared) {
    this.site = site;
    this.prepared = prepared;
    this.seam = new Seam(site);
    site.programs = { ...site.programs, launcher: join(site.root, 'launcher', 'launcher.mjs') };
  }

  static async open(context: Cleaning, prepared: Prepared, tree?: Tree): Promise<Upgraded> {
    const site = await openSite(context);
    const { root } = site;
    context.after(() => endAll(root));
    await rm(root, { recursive: true });
    if (tree === undefined) {
      await cp(prepared.template, root, { recursive: true, verbatimSymlinks: true });
    } else {
      rebuild(tree, root);
    }
    await site.settings(site.address);
    const upgraded = new Upgraded(site, prepared);
    await site.launch(prepared.old);
    await site.message('hello');
    return upgraded;
  }

  async install(fault?: Fault | null): Promise<Answer> {
    if (fault !== undefined) await this.seam.arm(fault);
    const { root } = this.site;
    const { program, releaseFile } = this.prepared;
    const words = ['install', '--root', root, '--release', releaseFile, '--json'];
    const reason = ['--ahead-of-information-server', 'a trial'];
    const child = spawn(process.execPath, [program, ...words, ...reason], {
      env: { ...process.env, ...(fault === undefined ? {} : this.seam.environment) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (told += text));
    }
    // What it started holds its streams; its own end is what counts.
    await once(child, 'exit');
    await this.seam.disarm();
    return { status: child.exitCode, told };
  }

  async current(): Promise<string> {
    const track = join(this.site.root, 'tracks', 'program');
    const generation = basename(await readlink(join(track, 'current')));
    return basename(await readlink(join(track, 'generations', generation, 'slot')));
  }

  /** One daemon, of that version, which speaks; no switch is open, and nothing is left half. */
  async check(slot: string): Promise<void> {
    const from = performance.now();
    for (;;) {
      const left = await this.#left(slot);
      if (left === null) return;
      assert(performance.now() - from < patienceMilliseconds, `${left}\n${this.logs()}`);
      await pause(50);
    }
  }

  async #left(slot: string): Promise<string | null> {
    const { root } = this.site;
    const found = await this.current();
    if (found !== slot) return `current is ${found}`;
    const [pid, ...others] = daemonsOf(root);
    if (pid === undefined || others.length > 0) return 'not one daemon';
    const hello = this.site.heard.findLast((one) => one.type === 'hello');
    if (hello?.type !== 'hello' || hello.running.pid !== pid) return 'the daemon has not spoken';
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes(slot)) return `another slot runs: ${command}`;
    const { lines } = readIntentFile(join(root, 'tracks', 'program', 'intent.log'));
    const { open } = lines.flatMap((line) => parseEntry(line) ?? []).reduce(follow, noIntent);
    if (open !== null) return `left open: ${JSON.stringify(open)}`;
    const names = [
      ...(await readdir(root, { recursive: true })),
      ...(await readdir(join(root, '..'))),
    ];
    const half = names.filter((name) => name.includes('.part') || name === 'run/installer.json');
    return half.length > 0 ? `left half: ${half.join(', ')}` : null;
  }

  logs(): string {
    const file = join(this.site.root, 'logs', 'launcher.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-1_200) : '';
  }
}

async function endAll(root: string): Promise<void> {
  for (const { pid } of processesOf(root)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      continue;
    }
  }
}

async function record(context: Cleaning, prepared: Prepared): Promise<Recording> {
  const upgraded = await Upgraded.open(context, prepared);
  const { root, folder } = upgraded.site;
  const copy = join(folder, 'copy');
  // Its daemon runs, as it will where a fault strikes; what it writes then is its own.
  await cp(root, copy, { recursive: true, verbatimSymlinks: true });
  const { status, told } = await upgraded.install(null);
  assert.equal(status, 0, told);
  await upgraded.check(prepared.next);
  const lines = upgraded.seam.lines();
  const own = lines.filter((line) => line.process === 1);
  return { root, copy, lines: own };
}

async function again(upgraded: Upgraded): Promise<void> {
  const { status, told } = await upgraded.install();
  assert.equal(status, 0, told);
  await upgraded.check(upgraded.prepared.next);
}

async function killAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const upgraded = await Upgraded.open(context, prepared);
  await upgraded.install(fault);
  const reached = await upgraded.current();
  await again(upgraded);
  if (!upgraded.seam.hasFired) return 'not struck';
  return reached === prepared.old ? 'old until the next' : 'new';
}

/** Says no; what ran runs, and the next one gets there. */
async function refuseAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const upgraded = await Upgraded.open(context, prepared);
  const { status, told } = await upgraded.install(fault);
  if (status !== 0) {
    assert.match(told, /DISK_FULL|FILE_UNREADABLE|INSTALLATION_BUSY|JOURNAL/, told);
  }
  await until(upgraded, () => daemonsOf(upgraded.site.root).length === 1);
  await again(upgraded);
  if (!upgraded.seam.hasFired) return 'not struck';
  return status === 0 ? 'upgraded' : 'refused';
}

async function until(upgraded: Upgraded, isSo: () => boolean): Promise<void> {
  const from = performance.now();
  while (!isSo()) {
    assert(performance.now() - from < patienceMilliseconds, `nothing runs\n${upgraded.logs()}`);
    await pause(20);
  }
}

/** The system starts it; whatever was open is closed by that, and the next installer gets there. */
async function goOnAfter(context: Cleaning, prepared: Prepared, tree: Tree): Promise<string> {
  const upgraded = await Upgraded.open(context, prepared, tree);
  const reached = await upgraded.current();
  await again(upgraded);
  return reached === prepared.old ? 'old until the next' : 'new';
}

export const installers: readonly Subject[] = [
  {
    name: 'installer over what stands',
    async open(context) {
      const prepared = await prepare(context);
      const recording = await record(context, prepared);
      return (of) =>
        enumerated(of, recording, {
          kill: (inner, fault) => killAt(inner, prepared, fault),
          disk: (inner, fault) => refuseAt(inner, prepared, fault),
          power: (inner, tree) => goOnAfter(inner, prepared, tree),
        });
    },
  },
];
