/**
 * A whole site on this machine: control manager, information server with the normal server and
 * agent of its own computer, and as many normal servers as wanted, all real processes.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callConsole, importRelease, type ConsoleAddress } from '#adapters/link/console-client.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import { readReleaseFile } from '#adapters/release/release-file.ts';
import type { Service } from '#adapters/installation/installation-disk.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { headOffice } from '#domain/trust/identity.ts';
import {
  controlManagerCalls,
  informationServerCalls,
  type ControlManagerTable,
  type InformationServerTable,
  type ParamsOf,
  type ResultOf,
} from '#protocol/console/contract.ts';
import { Computer, layTrust, type Trust } from './computer.ts';
import { makeLanes, signRelease, signSource } from './lanes.ts';
import { ThinLink } from './thin-link.ts';
import { freePort } from './free-port.ts';

export type SiteOptions = {
  readonly folder: string;
  /** Release file of what the whole site runs at first. */
  readonly oldRelease: string;
  readonly servers: readonly { readonly name: string; readonly domain: string }[];
  readonly components?: readonly string[];
  /** Lines added to the section `informationServer`. */
  readonly settings?: string;
  /** Lines added to the section `controlManager`. */
  readonly managerSettings?: string;
  /** Of the line between the information server and its servers; unlimited by default. */
  readonly linkBytesPerSecond?: number;
  /** An insecure loopback: nobody proves who he is, and nothing has to be signed. */
  readonly isInsecure?: boolean;
};

const tokens = { console: 'console-token-of-this-demo' };

const informationServices: readonly Service[] = [
  { name: 'information-server', track: 'program' },
  { name: 'normal-server', track: 'program' },
  { name: 'agent', track: 'agent' },
];

export class LocalSite {
  readonly folder: string;
  readonly controlManager: Computer;
  readonly informationServer: Computer;
  readonly servers = new Map<string, Computer>();
  readonly feed: string;
  readonly oldRelease: Release;
  readonly trusted: TestOrganisation | null;
  /** The servers reach their information server through it. */
  link: ThinLink | null = null;
  readonly #options: SiteOptions;

  private constructor(parts: {
    readonly options: SiteOptions;
    readonly controlManager: Computer;
    readonly informationServer: Computer;
    readonly oldRelease: Release;
    readonly trusted: TestOrganisation | null;
  }) {
    this.#options = parts.options;
    this.folder = parts.options.folder;
    this.controlManager = parts.controlManager;
    this.informationServer = parts.informationServer;
    this.oldRelease = parts.oldRelease;
    this.trusted = parts.trusted;
    this.feed = join(this.folder, 'feed');
  }

  /** Installs and starts the two upper tiers; `addServers` does the rest. */
  static async begin(options: SiteOptions): Promise<LocalSite> {
    const { folder } = options;
    await mkdir(join(folder, 'feed'), { recursive: true });
    await writeFile(join(folder, 'feed', 'server.ini'), '[Server]\n');
    const store = join(folder, 'store');
    const read = await readReleaseFile(options.oldRelease, store);
    if (!read.ok) throw new Error(`cannot read the old release: ${JSON.stringify(read.because)}`);
    const release = read.value;
    const lanes = options.isInsecure === true ? null : await makeLanes(join(folder, 'acme'));
    const trusted = lanes === null ? null : await testOrganisation(lanes);
    if (trusted !== null && lanes !== null) {
      await writeFile(join(folder, 'acme', 'organisation.json'), trusted.text);
      await signRelease(join(folder, 'acme'), options.oldRelease);
      const { contentKey } = lanes;
      await layTrust(join(folder, 'acme', 'source'), { organisation: trusted.text, contentKey });
    }
    const common = { store, release, tokens };
    const more = trusted === null ? insecure : '';
    const controlManager = await Computer.install({
      ...common,
      root: join(folder, 'control-manager'),
      trust: trustOf(trusted, {
        authority: trusted?.controlManagerKit.authority,
        contentKey: lanes?.contentKey,
      }),
      services: [{ name: 'control-manager', track: 'program' }],
      settings: controlManagerSettings({
        folder,
        components: options.components ?? defaultComponents,
        ports: { servers: await freePort(), people: await freePort() },
        insecurely: `${more}${options.managerSettings ?? ''}`,
      }),
    });
    controlManager.start();
    const manager = await controlManager.ready('control-manager');
    const informationServer = await Computer.install({
      ...common,
      root: join(folder, 'information-server'),
      trust: trustOf(trusted, { authority: trusted?.site.authority }),
      services: informationServices,
      settings: informationServerSettings({
        controlManager: manager.addresses.servers ?? '',
        more: options.settings ?? '',
        insecurely: more,
        ports: { servers: await freePort(), people: await freePort() },
      }),
    });
    const site = new LocalSite({
      options,
      controlManager,
      informationServer,
      oldRelease: release,
      trusted,
    });
    informationServer.start();
    const { addresses } = await informationServer.ready('information-server');
    const { linkBytesPerSecond: bytesPerSecond } = options;
    if (bytesPerSecond !== undefined) {
      site.link = await ThinLink.open({
        scheme: trusted === null ? 'http' : 'https',
        above: () => addresses.servers ?? '',
        bytesPerSecond,
      });
    }
    return site;
  }

  /** Installs and starts the normal servers, some at a time. */
  async addServers(progress: (name: string) => void = () => undefined): Promise<void> {
    const names = [...this.#options.servers];
    const worker = async (): Promise<void> => {
      for (let next = names.shift(); next !== undefined; next = names.shift()) {
        await this.addServer(next.name, next.domain);
        progress(next.name);
      }
    };
    await Promise.all([worker(), worker()]);
  }

  async addServer(name: string, domain: string): Promise<Computer> {
    const above = this.informationServer.run('information-server')?.addresses.servers ?? '';
    const address = this.link?.address ?? above;
    const computer = await Computer.install({
      store: join(this.folder, 'store'),
      release: this.oldRelease,
      tokens,
      trust: trustOf(this.trusted, {
        token: this.trusted === null ? undefined : await this.#token(name),
      }),
      root: join(this.folder, name),
      services: [{ name: 'normal-server', track: 'program' }],
      settings: normalServerSettings({
        name,
        domain,
        address,
        insecurely: this.trusted === null ? insecure : '',
      }),
    });
    this.servers.set(name, computer);
    computer.start();
    return computer;
  }

  /** For that server alone, and for once. */
  async #token(server: string): Promise<string> {
    const made = await this.call('fleet.token.add', {
      uses: 1,
      minutes: 60,
      server: brand<ServerId>(server),
    });
    if (!made.ok) throw new Error(`no token for ${server}: ${JSON.stringify(made.because)}`);
    return made.value.token;
  }

  server(name: string): Computer {
    const computer = this.servers.get(name);
    if (computer === undefined) throw new Error(`no server ${name} in this site`);
    return computer;
  }

  async stop(): Promise<void> {
    const all = [...this.servers.values(), this.informationServer, this.controlManager];
    await Promise.all(all.map((computer) => computer.stop()));
    await this.link?.close();
  }

  address(of: 'information-server' | 'control-manager' = 'information-server'): ConsoleAddress {
    const computer = of === 'control-manager' ? this.controlManager : this.informationServer;
    return {
      address:
        computer.run(of)?.addresses.console ??
        `${this.trusted === null ? 'http' : 'https'}://127.0.0.1:1`,
      token: tokens.console,
      believed:
        this.trusted === null
          ? null
          : {
              organisation: this.trusted.organisation,
              site: of === 'control-manager' ? headOffice : 'tokyo',
            },
    };
  }

  call<Call extends keyof InformationServerTable>(
    call: Call,
    params: ParamsOf<InformationServerTable, Call>,
  ): Promise<Result<ResultOf<InformationServerTable, Call>>> {
    return callConsole(informationServerCalls, this.address(), { call, params });
  }

  callManager<Call extends keyof ControlManagerTable>(
    call: Call,
    params: ParamsOf<ControlManagerTable, Call>,
  ): Promise<Result<ResultOf<ControlManagerTable, Call>>> {
    return callConsole(controlManagerCalls, this.address('control-manager'), { call, params });
  }

  /** Signed first, where the site believes nothing else. */
  async import(file: string): ReturnType<typeof importRelease> {
    return this.importAsItIs(await this.signed(file));
  }

  /** The file that the site believes. */
  async signed(file: string): Promise<string> {
    return this.trusted === null ? file : signRelease(join(this.folder, 'acme'), file);
  }

  importAsItIs(file: string): ReturnType<typeof importRelease> {
    return importRelease(this.address(), file, () => undefined);
  }

  /** The key by which the control manager signs content, as PEM. */
  contentKey(): Promise<string> {
    return readFile(join(this.controlManager.root, 'secrets', 'content.key'), 'utf8');
  }

  /** Newest state of a folder from which the site updates itself, signed where that is asked for. */
  async offer(source: string, version: string): Promise<void> {
    const [name, bytes] = [`lpt${version}.ptn`, Buffer.alloc(1_000, version)];
    await mkdir(join(source, 'pattern'), { recursive: true });
    await writeFile(join(source, 'pattern', name), bytes);
    if (this.trusted !== null) {
      const component = brand<ComponentName>('pattern');
      const digest = digestOfBytes(bytes);
      const item = {
        component,
        version,
        ordering: 'dotted',
        path: `pattern/${name}`,
        digest,
        bytes: bytes.length,
      } as const;
      await signSource(join(this.folder, 'acme'), { source, items: [item] });
    }
    const lines = ['[PATTERN]', `P.2=pattern/${name},${version},${bytes.length}`];
    const program = ['[Info_2_50000_4_1]', 'Version=5.58', 'Min=5.0', 'Max=6.0', ''];
    await writeFile(join(source, 'server.ini.new'), [...lines, ...program].join('\r\n'));
    await rename(join(source, 'server.ini.new'), join(source, 'server.ini'));
  }

  /** A new state of the feed: a complete legacy update site, program sections included. */
  async publish(feed: { readonly version: string; readonly bytes: number }): Promise<void> {
    const file = `lpt${feed.version}.ptn`;
    await mkdir(join(this.feed, 'pattern'), { recursive: true });
    await writeFile(join(this.feed, 'pattern', file), Buffer.alloc(feed.bytes, feed.version));
    await writeFile(join(this.feed, 'server.ini'), legacyFeed({ ...feed, file }));
  }
}

function trustOf(
  trusted: TestOrganisation | null,
  given: Omit<Trust, 'organisation'>,
): Trust | null {
  return trusted === null ? null : { organisation: trusted.text, ...given };
}

const insecure = '  insecureLoopback: accepted\n';
const defaultComponents = ['pattern', 'spyware-pattern', 'scan-engine', 'clean-up-engine-64'];

/** Exactly what made an upgrade go wrong: one pattern, and programs that drift the share. */
function legacyFeed(feed: { version: string; bytes: number; file: string }): string {
  return [
    '[Server]',
    'Name=feed',
    '[PATTERN]',
    `P.2=pattern/${feed.file},${feed.version},${feed.bytes}`,
    '[Info_2_50000_4_1]',
    'Version=5.58',
    'Update_Path=serverprotect/auspnt5j.zip, 26627',
    'Min=5.0',
    'Max=6.0',
    '[Info_186_50000_4_5121]',
    'Version=5.7',
    'Update_Path=serverprotect/spnt64/auspnt50.zip, 42341',
    'Min=5.0',
    'Max=6.0',
    '',
  ].join('\r\n');
}

const loopback = (port: number): string => `{ host: 127.0.0.1, port: ${port} }`;

/** Of the two listeners of an upper tier. */
type Ports = { readonly servers: number; readonly people: number };

function controlManagerSettings({
  folder,
  components,
  ports,
  insecurely,
}: {
  readonly folder: string;
  readonly components: readonly string[];
  readonly ports: Ports;
  readonly insecurely: string;
}): string {
  return `controlManager:
  name: head-office
  listen: ${loopback(ports.servers)}
  console: ${loopback(ports.people)}
  feed: ${JSON.stringify(join(folder, 'feed'))}
${insecurely}  pollSeconds: 0
  afterDownload: at-once
  activePlan: deploy-to-all-now
  folders: { japan: [tokyo] }
  components: [${components.join(', ')}]
`;
}

function informationServerSettings({
  controlManager,
  more,
  ports,
  insecurely,
}: {
  readonly controlManager: string;
  readonly more: string;
  readonly ports: Ports;
  readonly insecurely: string;
}): string {
  return `informationServer:
  site: tokyo
  listen: ${loopback(ports.servers)}
  console: ${loopback(ports.people)}
${insecurely}  inFlightMax: 20
${more}
controlManagerAgent:
  controlManager: ${controlManager}
  informationServer: run
${insecurely}normalServer:
  server: tokyo
  domain: head-office
  informationServer: run
${insecurely}  jitterSeconds: 0
`;
}

function normalServerSettings(options: {
  readonly name: string;
  readonly domain: string;
  readonly address: string;
  readonly insecurely: string;
}): string {
  return `normalServer:
  server: ${options.name}
  domain: ${options.domain}
  informationServer: ${options.address}
${options.insecurely}  jitterSeconds: 0
`;
}
