/**
 * A whole site of real processes for one test file: releases without a runtime, a folder of its
 * own, and an end that leaves neither files nor processes, also when a test fails or is killed.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brand, type ServerId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { RecordLine } from '#domain/record/line.ts';
import type {
  ControlManagerTable,
  InformationServerTable,
  ParamsOf,
  ResultOf,
  TreeServer,
  UpgradeView,
} from '#protocol/console/contract.ts';
import { buildSelfRelease, type SelfRelease } from '../../scripts/release/release.ts';
import type { Computer } from '../../scripts/site/computer.ts';
import { LocalSite, type SiteOptions } from '../../scripts/site/site.ts';
import { bundled, placeRelease } from './bundled.ts';

export const oldVersion = '5.70.1000';
export const newVersion = '5.80.1179';

type Begin = {
  /** Name and domain of each; default domain: `web`. */
  readonly servers: readonly (string | { readonly name: string; readonly domain: string })[];
  readonly old?: Partial<SelfRelease>;
  readonly new?: Partial<SelfRelease>;
  readonly settings?: SiteOptions['settings'];
  readonly managerSettings?: SiteOptions['managerSettings'];
  readonly isInsecure?: boolean;
};

/** Small, and quick to pack: the servers run on the Node of this test. */
export async function makeRelease(
  options: Partial<SelfRelease> & { readonly outFile: string },
): Promise<void> {
  const { bundleFolder, withRuntime = false, ...rest } = { version: newVersion, ...options };
  if (bundleFolder === undefined && !withRuntime) return placeRelease(rest);
  const built = { ...rest, withRuntime, bundleFolder: bundleFolder ?? (await bundled()) };
  valueOf('release build', await buildSelfRelease(built));
}

export class SiteForTests {
  readonly folder: string;
  readonly site: LocalSite;
  /** Its file; it is not imported yet. */
  readonly newRelease: string;

  private constructor(parts: { folder: string; site: LocalSite; newRelease: string }) {
    this.folder = parts.folder;
    this.site = parts.site;
    this.newRelease = parts.newRelease;
  }

  /** Everything is connected when this ends; whoever calls it calls `end` too. */
  static async begin(options: Begin): Promise<SiteForTests> {
    const folder = await mkdtemp(join(tmpdir(), 'dankai-site-'));
    process.once('exit', () => {
      killAllIn(folder);
      rmSync(folder, { recursive: true, force: true });
    });
    // The test runner ends a file that takes too long so; nothing may outlive it.
    process.once('SIGTERM', () => process.exit(143));
    try {
      return await SiteForTests.#beginIn(folder, options);
    } catch (error) {
      killAllIn(folder);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  static async #beginIn(folder: string, options: Begin): Promise<SiteForTests> {
    const oldRelease = join(folder, 'old.release');
    const newRelease = join(folder, 'new.release');
    await makeRelease({ version: oldVersion, outFile: oldRelease, ...options.old });
    await makeRelease({ version: newVersion, outFile: newRelease, ...options.new });
    const servers = options.servers.map((one) =>
      typeof one === 'string' ? { name: one, domain: 'web' } : one,
    );
    const site = await LocalSite.begin({
      folder,
      oldRelease,
      servers,
      isInsecure: options.isInsecure === true,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      ...(options.managerSettings === undefined
        ? {}
        : { managerSettings: options.managerSettings }),
    });
    const whole = new SiteForTests({ folder, site, newRelease });
    await site.addServers();
    await whole.waitFor('everybody is connected', async () => {
      const tree = await whole.tree();
      const isAgentThere = (await whole.ask('agent.status', {})).controlManager !== null;
      return (
        isAgentThere &&
        tree.length === servers.length + 1 &&
        tree.every(({ session }) => session.state !== 'none')
      );
    });
    return whole;
  }

  async end(): Promise<void> {
    await this.site.stop();
    killAllIn(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  #computers(): readonly Computer[] {
    const { servers, informationServer, controlManager } = this.site;
    return [...servers.values(), informationServer, controlManager];
  }

  /** Looks again and again; what is told of a failure is what a person would look for. */
  async waitFor<Value>(
    what: string,
    look: () => Value | Promise<Value>,
    secondsMax = 30,
  ): Promise<Exclude<Value, null | undefined | false>> {
    const began = performance.now();
    const deadline = began + secondsMax * 1_000;
    let trouble = '';
    for (;;) {
      try {
        const value = await look();
        if (isThere(value)) return value;
        trouble = '';
      } catch (error) {
        // In the middle of a switch nobody answers for a moment.
        trouble = error instanceof Error ? error.message : String(error);
      }
      if (performance.now() > deadline) {
        const story = await this.#story();
        assert.fail(`within ${secondsMax} s: ${what}\n${trouble}\n${story}`);
      }
      // A look is a handshake, 8 ms of a processor; what takes long may be seen a little later.
      await sleep(performance.now() < began + 5_000 ? 100 : 200);
    }
  }

  async #story(): Promise<string> {
    const status = await this.site.call('upgrade.status', {});
    const record = await this.site.call('record.list', { after: 0, limit: 1_000 });
    const lines = record.ok ? record.value.lines : [];
    return [
      JSON.stringify(status),
      ...lines.map(
        (one) => `${one.number} ${one.kind} ${one.server} ${JSON.stringify(one.detail)}`,
      ),
      ...this.#computers().flatMap((computer) =>
        computer.services.map(({ name }) => `--- ${computer.root} ${name}\n${computer.log(name)}`),
      ),
    ].join('\n');
  }

  /** The answer; a refusal fails the test. */
  async ask<Call extends keyof InformationServerTable>(
    call: Call,
    params: ParamsOf<InformationServerTable, Call>,
  ): Promise<ResultOf<InformationServerTable, Call>> {
    return valueOf(call, await this.site.call(call, params));
  }

  async askManager<Call extends keyof ControlManagerTable>(
    call: Call,
    params: ParamsOf<ControlManagerTable, Call>,
  ): Promise<ResultOf<ControlManagerTable, Call>> {
    return valueOf(call, await this.site.callManager(call, params));
  }

  async importNew(file = this.newRelease): Promise<void> {
    valueOf('share.import', await this.site.import(file));
  }

  async start(plan: string): Promise<UpgradeView> {
    return this.ask('upgrade.start', { file: 'plan.yaml', text: plan });
  }

  status(): Promise<UpgradeView> {
    return this.ask('upgrade.status', {});
  }

  async groupState(name: string): Promise<string> {
    const { groups } = await this.status();
    return groups.find((group) => group.name === name)?.state ?? 'absent';
  }

  async tree(): Promise<readonly TreeServer[]> {
    const { domains } = await this.ask('fleet.tree', {});
    return domains.flatMap(({ servers }) => servers);
  }

  async inTree(name: string): Promise<TreeServer> {
    const found = (await this.tree()).find(({ server }) => server === name);
    assert.ok(found, `${name} stands in the tree`);
    return found;
  }

  /** The version of each content that every server of the tree reports, in the tree's order. */
  async contentOfAll(component: string): Promise<readonly (string | null)[]> {
    return (await this.tree()).map(({ contents }) => versionIn(contents, component));
  }

  async record(kind?: string): Promise<readonly RecordLine[]> {
    const lines: RecordLine[] = [];
    for (;;) {
      const after = lines.at(-1)?.number ?? 0;
      const next = (await this.ask('record.list', { after, limit: 1_000 })).lines;
      lines.push(...next);
      if (next.length < 1_000) break;
    }
    return kind === undefined ? lines : lines.filter((line) => line.kind === kind);
  }

  /** Asks the process that runs on that server, not the journal. */
  async versionRunning(name: string): Promise<string> {
    const found = await this.ask('fleet.identify', { server: serverId(name) });
    assert.ok(found.matches, `${name} runs what its release says`);
    return found.version;
  }

  /** The feed as it is now goes to the control manager, and from there wherever it may. */
  async deliver(feed: { readonly version: string; readonly bytes?: number }): Promise<void> {
    await this.site.publish({ bytes: 1_000, ...feed });
    const polled = await this.askManager('feed.poll', {});
    assert.deepEqual(polled.problems, []);
  }
}

export function serverId(name: string): ServerId {
  return brand<ServerId>(name);
}

export function versionIn(
  list: readonly { readonly component: string; readonly version: string }[],
  component: string,
): string | null {
  return list.find((one) => one.component === component)?.version ?? null;
}

export function valueOf<Value>(what: string, result: Result<Value>): Value {
  assert.ok(result.ok, result.ok ? '' : `${what}: ${JSON.stringify(result.because)}`);
  return result.value;
}

export function becauseOf<Value>(what: string, result: Result<Value>): Problem {
  assert.ok(!result.ok, `${what} is refused`);
  return result.because;
}

function isThere<Value>(value: Value): value is Exclude<Value, null | undefined | false> {
  return value !== null && value !== undefined && value !== false;
}

/** Whatever was started in this folder, launchers and commands alike: nobody else knows its name. */
function killAllIn(folder: string): void {
  const started = globSync('/proc/[0-9]*/cmdline').filter((file) =>
    readQuietly(file).includes(`${folder}/`),
  );
  for (const file of started) killQuietly(Number(file.split('/')[2]));
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already, which is what was wanted.
  }
}
