/**
 * A launcher that is renewed, cut short: the release that runs has another launcher, which its daemon
 * lays down, and which the installed launcher tries. Whoever starts the path that a service manager
 * starts finds at every moment the old or the new one, and ends where the run ended that nothing cut
 * short.
 */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readIntentFile } from '../../src/launcher/intent-file.ts';
import { parseRenewalLine } from '../../src/launcher/renewal-lines.ts';
import { daemonsOf, triedIn } from '../launcher/site.ts';
import type { MadeRelease, Site } from '../normal-server/site.ts';
import type { Tree } from './crash-disk.testing.ts';
import type { Fault } from './disk-calls.testing.ts';
import { rebuild } from './power-cuts.testing.ts';
import { Seam } from './seam.testing.ts';
import { openSite, stopped, type Cleaning } from './survivor.testing.ts';
import { enumerated, type Recording, type Subject } from './trials.testing.ts';

const millisecondsMax = 60_000;
/** Longer than a step that is tried again every 5 seconds. */
const patienceMilliseconds = 9_000;
/** In which what was killed is back. */
const backMilliseconds = 25_000;

type End = 'placed' | 'failed';
type Kind = { readonly name: string; readonly ends: End; launcher(good: string): string };

const kindsOfRenewal: readonly Kind[] = [
  { name: 'renewal of the launcher', ends: 'placed', launcher: (good) => `${good}\n// another\n` },
  {
    name: 'renewal by a launcher that does not start',
    ends: 'failed',
    launcher: () => 'process.exit(1);',
  },
];

/** The folder before anything is laid down, and both launchers by their text. */
type Prepared = {
  readonly template: string;
  readonly release: MadeRelease & { readonly name: string };
  readonly before: string;
  readonly next: string;
  readonly ends: End;
};

async function prepare(context: Cleaning, kind: Kind): Promise<Prepared> {
  const site = await openSite(context);
  const before = readFileSync(site.programs.launcher, 'utf8');
  const next = kind.launcher(before);
  const made = await site.release({
    component: 'program',
    version: '5.80.1179',
    kind: 'self',
    files: { 'app/main.mjs': site.programs.daemon, 'app/launcher.mjs': next },
  });
  await site.addSlot(made);
  const name = (await readdir(join(site.root, 'slots')))[0] ?? '';
  // Its own launcher is in place while the template is made, so nothing is laid down.
  await mkdir(join(site.root, 'launcher'));
  const program = join(site.root, 'launcher', 'launcher.mjs');
  await writeFile(program, next);
  const launcher = await site.launch(name);
  await site.message('hello');
  await stopped(launcher);
  await writeFile(program, before);
  const template = join(site.folder, 'template');
  await cp(site.root, template, { recursive: true, verbatimSymlinks: true });
  return { template, release: { ...made, name }, before, next, ends: kind.ends };
}

class Renewed {
  readonly site: Site;
  readonly prepared: Prepared;
  readonly seam: Seam;
  #launcher: ChildProcess | null = null;

  constructor(site: Site, prepared: Prepared) {
    this.site = site;
    this.prepared = prepared;
    this.seam = new Seam(site);
    site.programs = { ...site.programs, launcher: join(site.root, 'launcher', 'launcher.mjs') };
  }

  static async open(context: Cleaning, prepared: Prepared, tree?: Tree): Promise<Renewed> {
    const site = await openSite(context);
    const { root } = site;
    await rm(root, { recursive: true });
    if (tree === undefined) {
      await cp(prepared.template, root, { recursive: true, verbatimSymlinks: true });
    } else {
      rebuild(tree, root);
    }
    await site.settings(site.address);
    return new Renewed(site, prepared);
  }

  async arm(fault: Fault | null): Promise<void> {
    await this.seam.arm(fault);
    this.site.environment = this.seam.environment;
  }

  /** What a service manager starts: the old or the new one, whole. */
  async start(): Promise<void> {
    this.#launcher = await this.site.launch(this.prepared.release.name);
  }

  #inPlace(): End | 'before' {
    const text = readFileSync(this.site.programs.launcher, 'utf8');
    assert([this.prepared.before, this.prepared.next].includes(text), 'neither old nor new');
    return text === this.prepared.before ? 'before' : 'placed';
  }

  async stop(): Promise<void> {
    if (this.#launcher !== null) await stopped(this.#launcher);
  }

  #isDead(): boolean {
    const { exitCode, signalCode } = this.#launcher ?? { exitCode: 0, signalCode: null };
    return exitCode !== null || signalCode !== null;
  }

  #written(): End | null {
    const { lines } = readIntentFile(join(this.site.root, 'launcher', 'intent.log'));
    const type = lines.flatMap((line) => parseRenewalLine(line) ?? []).at(-1)?.type;
    return type === 'placed' || type === 'failed' ? type : null;
  }

  /** Starts it whenever it is dead, until the renewal has ended; null: not within that time. */
  async settle(within = millisecondsMax): Promise<End | null> {
    const from = performance.now();
    for (;;) {
      if (this.#isDead()) {
        this.#inPlace();
        await this.start();
      }
      const end = this.#written();
      if (end !== null) return end;
      if (performance.now() - from > within) return null;
      await pause(10);
    }
  }

  /** One daemon, which speaks; nothing that is tried; and in place what was written. */
  async check(end: End | null): Promise<void> {
    assert.equal(end, this.prepared.ends, this.logs());
    const from = performance.now();
    for (;;) {
      // Whatever was killed is started again; the end of a renewal starts the daemons anew.
      if (this.#isDead()) await this.start();
      const left = await this.#left();
      if (left === null) break;
      assert(performance.now() - from < backMilliseconds, `${left}\n${this.logs()}`);
      await pause(50);
    }
    assert.equal(this.#inPlace(), end === 'placed' ? 'placed' : 'before');
    assert.equal(this.#written(), end);
  }

  async #left(): Promise<string | null> {
    const { root } = this.site;
    const [pid, ...others] = daemonsOf(root);
    const hello = this.site.heard.findLast((one) => one.type === 'hello');
    if (pid === undefined || others.length > 0) return 'not one daemon';
    if (hello?.type !== 'hello' || hello.running.pid !== pid) return 'the daemon has not spoken';
    const failed = hello.launcherFailed;
    const isTold = this.prepared.ends === 'failed' ? failed?.cause !== undefined : failed === null;
    if (!isTold) return `told ${JSON.stringify(failed)}`;
    if (triedIn(root).length > 0) return 'one is being tried';
    const names = await readdir(root, { recursive: true });
    const half = names.filter((name) => name.includes('.part') || name.startsWith('launcher/next'));
    return half.length > 0 ? `left half: ${half.join(', ')}` : null;
  }

  logs(): string {
    const file = join(this.site.root, 'logs', 'launcher.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-1_200) : '';
  }
}

async function record(context: Cleaning, prepared: Prepared): Promise<Recording> {
  const renewed = await Renewed.open(context, prepared);
  const { root, folder } = renewed.site;
  const copy = join(folder, 'copy');
  await cp(root, copy, { recursive: true, verbatimSymlinks: true });
  await renewed.arm(null);
  await renewed.check(await renewed.settle());
  const lines = renewed.seam.lines();
  await renewed.stop();
  return { root, copy, lines };
}

async function killAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const renewed = await Renewed.open(context, prepared);
  await renewed.arm(fault);
  const end = await renewed.settle();
  await renewed.check(end);
  await renewed.stop();
  return renewed.seam.hasFired ? prepared.ends : 'not struck';
}

/** Goes on with what runs, whatever the disk refuses; afterwards a start is enough. */
async function refuseAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const renewed = await Renewed.open(context, prepared);
  await renewed.arm(fault);
  const early = await renewed.settle(patienceMilliseconds);
  await renewed.seam.mend();
  await renewed.stop();
  await renewed.start();
  await renewed.check(await renewed.settle());
  await renewed.stop();
  if (!renewed.seam.hasFired) return 'not struck';
  return early === null ? 'waited' : early;
}

async function goOnAfter(context: Cleaning, prepared: Prepared, tree: Tree): Promise<string> {
  const renewed = await Renewed.open(context, prepared, tree);
  await renewed.check(await renewed.settle());
  await renewed.stop();
  return prepared.ends;
}

export const renewals: readonly Subject[] = kindsOfRenewal.map((kind) => ({
  name: kind.name,
  async open(context) {
    const prepared = await prepare(context, kind);
    const recording = await record(context, prepared);
    return (of) =>
      enumerated(of, recording, {
        kill: (inner, fault) => killAt(inner, prepared, fault),
        disk: (inner, fault) => refuseAt(inner, prepared, fault),
        power: (inner, tree) => goOnAfter(inner, prepared, tree),
      });
  },
}));
