/**
 * One computer whose normal server is cut short: real launcher, real daemon, real files behind the
 * seam of disk-seam.ts. `settle` starts what is dead, waits for the end that the daemon reports, and
 * checks that the disk, what runs and what is reported say the same.
 */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { cp, readFile, readdir, readlink, rm } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundle } from '../../scripts/release/bundle.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { openSwitch } from '../../src/normal-server/switch-intents.ts';
import { readIntentFile } from '../../src/launcher/intent-file.ts';
import type { FromNormalServer, Status } from '#protocol/normal-server/messages.ts';
import { daemonsOf } from '../launcher/site.ts';
import { Site, type MadeRelease } from '../normal-server/site.ts';
import type { Tree } from './crash-disk.testing.ts';
import { rebuild } from './power-cuts.testing.ts';
import { Seam } from './seam.testing.ts';
import type { Fault } from './disk-calls.testing.ts';
import type { Releases, Scenario } from './scenarios.testing.ts';

/** A test's context, or whatever else is told when it is over. */
export type Cleaning = { after(act: () => Promise<void>): void };

const millisecondsMax = 45_000;
/** Longer than a step that is tried again every 5 seconds. */
const patienceMilliseconds = 9_000;

/** An installation folder at the moment before what the scenario is about, and all its releases. */
export type Prepared = {
  readonly scenario: Scenario;
  readonly template: string;
  readonly releases: Releases;
};

export type End = 'installed' | 'returned';

/** Nothing of it is cut short: every release of before stands installed, as the product does it. */
export async function prepare(context: Cleaning, scenario: Scenario): Promise<Prepared> {
  const site = await openSite(context);
  const releases = await scenario.make(site);
  await site.addSlot(releases.daemon);
  const launcher = await site.launch(releases.daemon.name);
  await site.message('hello');
  for (const release of releases.before) {
    site.want(release);
    await site.status(release, 'installed');
  }
  await stopped(launcher);
  const template = join(site.folder, 'template');
  await cp(site.root, template, { recursive: true, verbatimSymlinks: true });
  return { scenario, template, releases };
}

export class Survivor {
  readonly site: Site;
  readonly prepared: Prepared;
  readonly seam: Seam;
  #launcher: ChildProcess | null = null;

  constructor(site: Site, prepared: Prepared) {
    this.site = site;
    this.prepared = prepared;
    this.seam = new Seam(site);
  }

  static async open(context: Cleaning, prepared: Prepared): Promise<Survivor> {
    const survivor = new Survivor(await openSite(context), prepared);
    const { template } = prepared;
    const root = survivor.site.root;
    await cp(template, root, { recursive: true, verbatimSymlinks: true, force: true });
    await survivor.#layDown();
    return survivor;
  }

  /** A folder as a power cut left it. */
  static async over(context: Cleaning, prepared: Prepared, tree: Tree): Promise<Survivor> {
    const survivor = new Survivor(await openSite(context), prepared);
    await rm(survivor.site.root, { recursive: true });
    rebuild(tree, survivor.site.root);
    await survivor.#layDown();
    return survivor;
  }

  async #layDown(): Promise<void> {
    const { site, prepared } = this;
    const { daemon, before, wanted } = prepared.releases;
    await site.settings(site.address);
    site.serve(daemon, ...before, wanted);
    site.environment = this.seam.environment;
  }

  get #lastBefore(): MadeRelease | null {
    return this.prepared.releases.before.at(-1) ?? null;
  }

  async start(): Promise<void> {
    this.#launcher = await this.site.launch(this.prepared.releases.daemon.name);
  }

  /** Wants what the scenario is about, from the state before it. */
  async begin(fault: Fault | null, before = (): Promise<void> => Promise.resolve()): Promise<void> {
    await this.start();
    await this.site.message('hello');
    // The fence goes on where the template's ended.
    this.site.number = this.prepared.releases.before.length;
    await before();
    await this.seam.arm(fault);
    this.site.want(this.prepared.releases.wanted);
  }

  /** Starts over what a power cut left; its first hello says the old or the new version. */
  async goOn(): Promise<void> {
    const { wanted, before, daemon } = this.prepared.releases;
    this.site.environment = {};
    this.site.number = before.length + 1;
    this.site.items = [wanted.item];
    await this.start();
    const hello = await this.site.message('hello');
    const { component, kind } = wanted.manifest;
    const told =
      kind === 'self'
        ? hello.running.digest
        : hello[kind === 'tree' ? 'programs' : 'contents'].find(
            (one) => one.component === component,
          )?.digest;
    const old = kind === 'self' ? daemon : this.#lastBefore;
    assert([old?.digest, wanted.digest].includes(told), `neither old nor new, but ${told}`);
  }

  /**
   * Starts the launcher again whenever it is dead, until the daemon tells the end. What it told
   * before the fault, or before it was wanted `afresh`, does not count.
   */
  async settle({ afresh = false }: { readonly afresh?: boolean } = {}): Promise<End> {
    const { wanted } = this.prepared.releases;
    const from = performance.now();
    let mark = afresh ? this.site.mark() : 0;
    let mustGreet = false;
    let sawFault = afresh;
    for (;;) {
      if (this.seam.hasFired && !sawFault) {
        sawFault = true;
        mustGreet = true;
        mark = this.site.mark();
      }
      if (this.#isDead()) {
        mustGreet = true;
        mark = this.site.mark();
        await this.start();
      }
      const told = this.#endAfter(wanted, mark, mustGreet);
      if (told !== null) return told;
      const late = performance.now() - from > millisecondsMax;
      assert(!late, `no end in time: ${JSON.stringify(this.site.heard.slice(-8))}\n${this.logs()}`);
      await pause(10);
    }
  }

  #isDead(): boolean {
    const { exitCode, signalCode } = this.#launcher ?? { exitCode: 0, signalCode: null };
    return exitCode !== null || signalCode !== null;
  }

  #endAfter(release: MadeRelease, mark: number, mustGreet: boolean): End | null {
    const heard = this.site.heard.slice(mark);
    const greeted = heard.findIndex(({ type }) => type === 'hello');
    if (mustGreet && greeted === -1) return null;
    const told = heard
      .slice(mustGreet ? greeted : 0)
      .findLast((one) => one.type === 'status' && one.digest === release.digest);
    if (told?.type !== 'status') return null;
    return told.state === 'installed' || told.state === 'returned' ? told.state : null;
  }

  /** An outcome, if there is any while the fault lasts. */
  async toldOf(release: MadeRelease): Promise<Status | null> {
    const isEnd = (one: FromNormalServer): one is Status =>
      one.type === 'status' &&
      one.digest === release.digest &&
      ['installed', 'returned', 'failed'].includes(one.state);
    const from = performance.now();
    while (performance.now() - from < patienceMilliseconds) {
      const told = this.site.heard.find(isEnd);
      if (told !== undefined) return told;
      if (this.#isDead()) await this.start();
      await pause(10);
    }
    return null;
  }

  lastOf(release: MadeRelease): Status | undefined {
    const told = this.site.heard.findLast(
      (one) => one.type === 'status' && one.digest === release.digest,
    );
    return told?.type === 'status' ? told : undefined;
  }

  /** Under a higher fence: who could not before tries again. */
  wantAgain(): void {
    this.site.want(this.prepared.releases.wanted);
  }

  logs(): string {
    const folder = join(this.site.root, 'logs');
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8').slice(-3_000))
      .join('\n');
  }

  /** What runs, what stands on the disk, and what the next hello says: one and the same. */
  async check(end: End, { runs }: { readonly runs: boolean }): Promise<void> {
    const { wanted, daemon } = this.prepared.releases;
    const mark = this.site.mark();
    this.site.cutSession();
    const hello = await this.site.message('hello', mark);
    const kind = wanted.manifest.kind;
    const expected = end === 'installed' ? wanted : kind === 'self' ? daemon : this.#lastBefore;
    assert(expected !== null);
    assert.deepEqual(
      daemonsOf(this.site.root),
      [hello.running.pid],
      'one daemon lives, and it speaks',
    );
    const { component, version } = expected.manifest;
    if (kind === 'self') {
      assert.equal(hello.running.digest, expected.digest, 'reports what runs');
      await this.#isCommitted(expected);
      return this.#isWhole(join(this.site.root, 'slots', slotNameOf(expected)), expected);
    }
    const lane = kind === 'tree' ? 'programs' : 'contents';
    const told = hello[lane].find((one) => one.component === component);
    assert.equal(told?.digest, expected.digest, 'reports what is current');
    const current = await this.site.current(lane, component);
    assert.equal(current, slotNameOf(expected));
    const versions = kind === 'tree' ? ['versions', current] : [current];
    await this.#isWhole(join(this.site.root, lane, component, ...versions), expected);
    if (kind !== 'tree') return;
    await this.#isClosed(join(this.site.root, 'programs', component, 'intent.log'));
    if (!runs) return;
    const noted = await readFile(join(this.site.root, `${component}.running`), 'utf8');
    assert.equal(noted.trim(), version, 'that version runs');
  }

  /** What was wanted again tells its earlier outcome first, then tries anew, and ends that too. */
  async #isClosed(file: string): Promise<void> {
    const from = performance.now();
    for (;;) {
      const intents = readIntentFile(file);
      assert.equal(intents.fault, 'none');
      const open = openSwitch(intents.lines);
      if (open === null) return;
      assert(performance.now() - from < patienceMilliseconds, `left open: ${JSON.stringify(open)}`);
      await pause(20);
    }
  }

  async #isWhole(folder: string, release: MadeRelease): Promise<void> {
    const { treeDigest } = await digestOfTree(join(folder, 'tree'));
    assert.equal(treeDigest, release.manifest.packages[0]?.treeDigest, 'every byte of it stands');
  }

  async #isCommitted(release: MadeRelease): Promise<void> {
    const track = join(this.site.root, 'tracks', 'program');
    const generation = basename(await readlink(join(track, 'current')));
    const slot = await readlink(join(track, 'generations', generation, 'slot'));
    assert.equal(basename(slot), slotNameOf(release));
  }

  /** What a kill or a failing disk may leave until something else is installed, and no longer. */
  async leftOver(): Promise<string[]> {
    const from = performance.now();
    for (;;) {
      const names = await readdir(this.site.root, { recursive: true });
      const left = names.filter((name) => name.includes('.part'));
      // What was wanted again may just be tried once more: its parts go as it ends.
      if (left.length === 0 || performance.now() - from > patienceMilliseconds) return left;
      await pause(50);
    }
  }

  async stop(): Promise<void> {
    if (this.#launcher !== null) await stopped(this.#launcher);
  }
}

/** Runs what users run: the bundle, which starts faster as well. */
export async function openSite(context: Cleaning): Promise<Site> {
  const app = join(await bundle(), 'app');
  const site = await Site.open(context);
  const daemon = `await import(${JSON.stringify(join(app, 'main.mjs'))});`;
  site.programs = { launcher: join(app, 'launcher.mjs'), daemon };
  return site;
}

export async function stopped(launcher: ChildProcess): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  const gone = new Promise((resolve) => launcher.once('exit', resolve));
  launcher.kill('SIGTERM');
  await gone;
}
