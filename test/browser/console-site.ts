/**
 * An information server from the sources, with its own console, over a journal in which as many
 * servers stand as a test wants. Real process, real listener; only the servers never connect.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { packTar, unpackTar } from 'modern-tar';
import { consoleFile } from '#adapters/listener/console-assets.ts';
import { callConsole, importRelease, type ConsoleAddress } from '#adapters/link/console-client.ts';
import { readRunFile } from '#adapters/daemon/daemon-files.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openBegun } from '#adapters/database/sqlite-node-begun.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type Platform,
  type ServerId,
} from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import {
  informationServerCalls,
  type InformationServerTable,
  type ParamsOf,
} from '#protocol/console/contract.ts';
import { peopleCalls, signInLink, type PeopleTable } from '#protocol/console/people-calls.ts';
import { bundleVariable } from '../end-to-end/bundled.ts';
import { buildConsole } from '../../scripts/release/console.ts';
import { freePort } from '../../scripts/site/free-port.ts';

const checkout = join(import.meta.dirname, '..', '..');
const token = 'console-token-of-this-test';

export class ConsoleSite {
  readonly folder: string;
  readonly port: number;
  #process: ChildProcess | null = null;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** `more`: what an installation would have written into the journal besides; `settings`: and set. */
  static async open(
    servers: readonly FleetServer[],
    more: (rows: Rows) => Promise<void> = async () => undefined,
    settings: object = {},
  ): Promise<ConsoleSite> {
    const folder = await mkdtemp(join(tmpdir(), 'dankai-console-'));
    const site = new ConsoleSite(folder, await freePort());
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'console.token'), `${token}\n`);
    const informationServer = {
      site: 'tokyo',
      listen: { host: '127.0.0.1', port: 0 },
      console: { host: '127.0.0.1', port: site.port },
      insecureLoopback: 'accepted',
      ...settings,
    };
    // JSON is YAML.
    await writeFile(join(folder, 'settings.yaml'), JSON.stringify({ informationServer }));
    await seed(join(folder, 'data'), async (rows) => {
      for (const server of servers) await rows.fleet.putServer(server);
      await more(rows);
    });
    await placeConsole(join(folder, 'app', consoleFile));
    await site.start();
    return site;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const main = new URL('../../src/information-server/main.ts', import.meta.url).href;
    const folders = JSON.stringify({ root: this.folder, data: join(this.folder, 'data') });
    const code = `process.argv[1] = '${join(this.folder, 'app', 'main.mjs')}';
      const { main } = await import('${main}'); process.exit(await main(${folders}));`;
    const flags = ['--input-type=module', '--eval', code];
    this.#process = spawn(process.execPath, flags, { cwd: checkout, stdio: 'ignore' });
    const { pid } = this.#process;
    for (let tries = 0; readRunFile(this.folder, 'information-server')?.pid !== pid; tries++) {
      if (tries > 600) throw new Error('the information server does not start');
      await sleep(50);
    }
  }

  /** As another version of the program would bring it; only what its page says of itself changes. */
  async renewConsole(): Promise<void> {
    const file = join(this.folder, 'app', consoleFile);
    const entries = await unpackTar(await readFile(file));
    const changed = entries.map(({ header, data = new Uint8Array() }) => {
      if (!header.name.startsWith('index.html')) return { header, body: data };
      const page = brotliDecompressSync(data).toString('utf8');
      const renewed = page.replace(/(name="dankai-build" content=")[0-9a-f]+/, '$1abc');
      const body = brotliCompressSync(renewed);
      return { header: { ...header, size: body.length }, body };
    });
    await writeFile(file, await packTar(changed));
  }

  /** At once, as a computer ends whose cable is pulled. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === null || process.exitCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async call<Call extends keyof InformationServerTable>(
    call: Call,
    params: ParamsOf<InformationServerTable, Call>,
  ) {
    const answer = await callConsole(informationServerCalls, this.#where(), { call, params });
    if (!answer.ok) throw new Error(JSON.stringify(answer.because));
    return answer.value;
  }

  async people<Call extends keyof PeopleTable>(call: Call, params: ParamsOf<PeopleTable, Call>) {
    const answer = await callConsole(peopleCalls, this.#where(), { call, params });
    if (!answer.ok) throw new Error(JSON.stringify(answer.because));
    return answer.value;
  }

  async importRelease(file: string): Promise<void> {
    const answer = await importRelease(this.#where(), file, () => undefined);
    if (!answer.ok) throw new Error(JSON.stringify(answer.because));
  }

  async signInLink(): Promise<string> {
    const { secret } = await this.people('session.link', {});
    return signInLink(this.address, secret);
  }

  #where(): ConsoleAddress {
    return { address: this.address, token, believed: null };
  }
}

/** Of some domains, versions and ages; the first of them the newest. */
export function someServers(count: number): readonly FleetServer[] {
  const pattern = brand<ComponentName>('pattern');
  const engine = brand<ComponentName>('scan-engine');
  return Array.from({ length: count }, (_, place): FleetServer => {
    const version = ['5.80.1179', '5.80.1179', '5.70.1000', '5.58'][place % 4] ?? '';
    const digest = brand<Digest>(String(place % 4).repeat(64));
    return {
      server: brand<ServerId>(`srv-${String(place + 1).padStart(6, '0')}`),
      installId: `install-${place}`,
      machineId: `machine-${place}`,
      domain: brand<DomainName>(['web', 'database', 'files', 'mail', 'branch'][place % 5] ?? ''),
      platform: brand<Platform>('linux-x64'),
      os: ['Debian 12', 'Red Hat 9', 'Windows Server 2022'][place % 3] ?? '',
      memoryBytes: 8e9,
      diskBytesFree: 5e10,
      running: { version, digest },
      programs: [],
      contents: [
        { component: pattern, version: `18.${417 + (place % 3)}`, digest },
        { component: engine, version: '12.0', digest },
      ],
      rebootRecommended: place % 40 === 0 ? 'scan engine replaced' : null,
      withInformationServer: false,
      lastSeen: 1_795_000_000_000 - place * 61_000,
      bytesReceived: {},
    };
  });
}

/** That of the bundle, where a run of the tests made one; compressing it well takes seconds. */
export async function placeConsole(file: string): Promise<void> {
  const bundle = process.env[bundleVariable];
  await mkdir(dirname(file), { recursive: true });
  if (bundle === undefined) await buildConsole(file);
  else await cp(join(bundle, 'app', consoleFile), file);
}

async function seed(data: string, put: (rows: Rows) => Promise<void>): Promise<void> {
  await mkdir(data, { recursive: true });
  const journal = await openBegun(join(data, 'journal.sqlite'), openJournal);
  if (!journal.ok) throw new Error(JSON.stringify(journal.because));
  await journal.value.transaction(put);
  await journal.value.close();
}
