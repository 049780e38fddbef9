/**
 * What a normal server's tests need: an information server that does as the test says (a real
 * WebSocket and real HTTP on loopback), packages of real trees, and daemons as real processes.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { addSlot, thisPlatform } from '#adapters/installation/installation-disk.ts';
import { digestOfFile, packTree } from '#adapters/release/package-archive.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type {
  Release,
  ReleaseManifest,
  TreeCommands,
  VendorCommands,
} from '#domain/catalogue/release.ts';
import { brand, type LeaseId, type Platform } from '#domain/names.ts';
import {
  fromNormalServer,
  type FromNormalServer,
  type Status,
  type ToNormalServer,
  type WantedItem,
} from '#protocol/normal-server/messages.ts';
import { canonicalJson, parseReleaseManifest } from '#protocol/shared/release.ts';
import { flagsFor } from '../../src/launcher/lean.ts';
import { compiled } from '../compiled.ts';

export const mainModule = new URL('../../src/normal-server/main.ts', import.meta.url).href;
const launcherModule = fileURLToPath(new URL('../../src/launcher/main.ts', import.meta.url));
const deadline = 20_000;
/** Every start compiles the same sources; keeping the result halves the time of these tests. */
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: compiled,
};

const daemonOf = (module: string): string =>
  [
    `const { main } = await import(${JSON.stringify(module)});`,
    'const [, , , , root, , data] = process.argv;',
    'process.exitCode = await main({ root, data });',
  ].join('\n');

/** Path -> bytes; a path that ends in `.sh` may be run. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export type ReleaseOptions = {
  readonly component: string;
  readonly version: string;
  readonly kind: ReleaseManifest['kind'];
  readonly files: Files;
  readonly tree?: TreeCommands;
  readonly command?: VendorCommands;
  readonly platform?: string;
  readonly needsDiskBytes?: number;
  readonly rebootRecommended?: boolean;
  readonly rules?: Partial<
    Pick<ReleaseManifest, 'floors' | 'deadEnds' | 'prerequisites' | 'appliesTo'>
  >;
};

export type MadeRelease = Release & { readonly archiveFile: string; readonly item: WantedItem };

export async function makeRelease(folder: string, options: ReleaseOptions): Promise<MadeRelease> {
  const { component, version, kind, files } = options;
  const tree = join(folder, `${component}-${version}-${kind}`);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
    if (path.endsWith('.sh')) await chmod(join(tree, path), 0o755);
  }
  const archiveFile = `${tree}.tar.zst`;
  const { archive, ...packed } = await packTree(tree, archiveFile);
  const lane = kind === 'content' ? 'content' : 'program';
  const proof =
    kind === 'self'
      ? [{ path: 'app/main.mjs', digest: await digestOfFile(join(tree, 'app/main.mjs')) }]
      : [];
  const platform = options.platform ?? (kind === 'content' ? 'any' : thisPlatform());
  const manifest = parseReleaseManifest(
    {
      format: 1,
      component,
      lane,
      kind,
      version,
      ordering: 'decimal',
      appliesTo: { min: '1', max: '9' },
      needsComponents: [],
      ...options.rules,
      needs: { diskBytes: options.needsDiskBytes ?? 0, memoryBytes: 0 },
      precautions: [],
      returnTo: [],
      rebootRecommended: options.rebootRecommended ?? false,
      ...(options.tree && { tree: options.tree }),
      ...(options.command && { command: options.command }),
      packages: [{ platform, ...packed, archive, proof }],
      catalogue: { version, sections: [] },
    },
    'test',
  );
  assert(manifest.ok, JSON.stringify(manifest));
  const digest = digestOfBytes(canonicalJson(manifest.value));
  const item: WantedItem = { component: manifest.value.component, lane, version, digest };
  return { digest, manifest: manifest.value, archiveFile, item };
}

type Served = (request: IncomingMessage, response: ServerResponse, file: Buffer) => void;

const whole: Served = (request, response, file) => {
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': file.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
  });
  response.end(file.subarray(from));
};

/** What the information server answers; a test replaces what it wants to be different. */
export type Policy = {
  lease(message: Extract<FromNormalServer, { type: 'lease-request' }>): ToNormalServer | null;
  confirm(lease: LeaseId): ToNormalServer | null;
  archive: Served;
  /** Whatever manifest is asked for; absent: that one. */
  manifest?(response: ServerResponse): void;
  /** `<from>-<to>`, below `/v1/deltas/`; what is made is looked for among `files`. */
  delta(pair: string): Promise<unknown>;
  /** Archives that belong to no release. */
  files: Record<string, string>;
  /** `lane/name`, below `/v1/metadata/`. */
  metadata(path: string, response: ServerResponse): void;
};

export class Site {
  readonly folder: string;
  readonly root: string;
  address = '';
  epoch = 1;
  /** Of its welcome. */
  protocol = 1;
  number = 0;
  items: readonly WantedItem[] = [];
  readonly heard: FromNormalServer[] = [];
  readonly #releases: MadeRelease[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #daemons = new Set<ChildProcess>();
  #session: WebSocket | null = null;
  readonly policy: Policy = {
    lease: ({ request, digest }) => ({
      type: 'lease',
      request,
      lease: brand<LeaseId>(`lease-${request}-${digest.slice(0, 8)}`),
      digest,
      seconds: 30,
    }),
    confirm: (lease) => ({ type: 'confirmed', lease, go: true }),
    archive: whole,
    delta: async () => ({ state: 'none' }),
    files: {},
    metadata: (_path, response) => void response.writeHead(404).end(),
  };
  /** What its daemons logged. */
  log = '';
  /** Paths of all requests, as they came. */
  readonly asked: string[] = [];
  /** What its processes get beside what they all get. */
  environment: NodeJS.ProcessEnv = {};
  /** What they run: the sources of this checkout, unless it is said otherwise. */
  programs = { launcher: launcherModule, daemon: daemonOf(mainModule) };

  constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, 'root');
  }

  static async open(context: Pick<TestContext, 'after'>): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'dankai-normal-server-'));
    const site = new Site(folder);
    const server = createServer((request, response) => site.#serve(request, response));
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (one) => site.#accept(one));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    site.address = `http://127.0.0.1:${address.port}`;
    context.after(async () => {
      await Promise.all([...site.#daemons].map(endOf));
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    await site.#install();
    return site;
  }

  async #install(): Promise<void> {
    await mkdir(join(this.root, 'logs'), { recursive: true });
    await this.settings(this.address);
  }

  /** More of its section `normalServer`, as lines of YAML. */
  furtherSettings: readonly string[] = [];

  settings(informationServer: string): Promise<void> {
    return writeFile(
      join(this.root, 'settings.yaml'),
      [
        'normalServer:',
        '  server: a1',
        '  domain: tokyo',
        `  informationServer: ${informationServer}`,
        '  insecureLoopback: accepted',
        '  jitterSeconds: 0',
        ...this.furtherSettings,
      ].join('\n'),
    );
  }

  async release(options: ReleaseOptions): Promise<MadeRelease> {
    const made = await makeRelease(this.folder, options);
    this.serve(made);
    return made;
  }

  /** Also what another site made. */
  serve(...made: readonly MadeRelease[]): void {
    this.#releases.push(...made);
  }

  /** A release of the daemon itself, whose program is the source of this checkout. */
  async slot(version: string, extra = ''): Promise<MadeRelease & { readonly name: string }> {
    const program = [`// ${version}`, extra, this.programs.daemon].join('\n');
    const made = await this.release({
      component: 'program',
      version,
      kind: 'self',
      files: { 'app/main.mjs': program },
    });
    return { ...made, name: slotNameOf(made) };
  }

  async addSlot(made: MadeRelease): Promise<void> {
    const platform: Platform = thisPlatform();
    const { archiveFile } = made;
    const added = await addSlot({ root: this.root, release: made, archiveFile, platform });
    assert(added.ok, JSON.stringify(added));
  }

  /** Starts the daemon of a slot; without a launcher. */
  start(slot: string): ChildProcess & { readonly exited: Promise<void> } {
    const program = join(this.root, 'slots', slot, 'tree', 'app', 'main.mjs');
    const data = join(this.root, 'data');
    const daemon = spawn(
      process.execPath,
      [program, 'normal-server', '--root', this.root, '--data', data],
      {
        stdio: ['ignore', process.env['DANKAI_TEST_LOG'] ? 'inherit' : 'pipe', 'inherit'],
        env: { ...environment, ...this.environment },
      },
    );
    daemon.stdout?.on('data', (piece: Buffer) => (this.log += piece.toString()));
    this.#daemons.add(daemon);
    const exited = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
    return Object.assign(daemon, { exited });
  }

  /** Starts the real launcher, with this slot as its first generation. */
  async launch(slot: string): Promise<ChildProcess> {
    const generation = join(this.root, 'tracks', 'program', 'generations', '1');
    if (!existsSync(generation)) {
      const services = [{ name: 'normal-server', track: 'program' }];
      await writeFile(join(this.root, 'launcher.json'), JSON.stringify({ format: 1, services }));
      await mkdir(join(generation, 'data'), { recursive: true });
      await symlink(join('..', '..', '..', '..', 'slots', slot), join(generation, 'slot'));
      await symlink('generations/1', join(this.root, 'tracks', 'program', 'current'));
    }
    const flags = flagsFor('launcher');
    const launcher = spawn(
      process.execPath,
      [...flags, this.programs.launcher, '--root', this.root],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...environment, ...this.environment },
      },
    );
    this.#daemons.add(launcher);
    return launcher;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const [, , kind, digest, name] = (request.url ?? '').split('/');
    this.asked.push(request.url ?? '');
    if (kind === 'metadata') return this.policy.metadata(`${digest}/${name}`, response);
    if (kind === 'manifests' && this.policy.manifest) return this.policy.manifest(response);
    const manifest = this.#releases.find((one) => kind === 'manifests' && one.digest === digest);
    if (manifest !== undefined) {
      response.end(canonicalJson(manifest.manifest));
      return;
    }
    if (kind === 'deltas') {
      void this.policy.delta(digest ?? '').then((answer) => response.end(JSON.stringify(answer)));
      return;
    }
    const archived = this.#releases.find(
      ({ manifest: { packages } }) => kind === 'archives' && packages[0]?.archive.digest === digest,
    );
    const file = archived?.archiveFile ?? this.policy.files[digest ?? ''];
    if (file === undefined) return void response.writeHead(404).end();
    readFile(file).then(
      (file) => this.policy.archive(request, response, file),
      () => response.destroy(),
    );
  }

  #accept(session: WebSocket): void {
    this.#session?.terminate();
    this.#session = session;
    session.on('error', () => undefined);
    session.on('message', (data) => {
      const message = fromNormalServer.parse(JSON.parse(String(data as Buffer)));
      this.heard.push(message);
      this.#answer(message);
      for (const look of this.#watchers) look();
    });
  }

  #answer(message: FromNormalServer): void {
    if (message.type === 'hello') {
      this.send({ type: 'welcome', protocol: this.protocol, epoch: this.epoch });
      if (this.number > 0) this.send(this.#wanted());
    }
    if (message.type === 'lease-request') this.send(this.policy.lease(message));
    if (message.type === 'lease-confirm') this.send(this.policy.confirm(message.lease));
  }

  send(message: ToNormalServer | null): void {
    if (message !== null) this.#session?.send(JSON.stringify(message));
  }

  #wanted(): ToNormalServer {
    const fence = { epoch: this.epoch, number: this.number };
    return { type: 'wanted', fence, items: [...this.items] };
  }

  /** Wants these from now on, under the next fence. */
  want(...releases: readonly MadeRelease[]): void {
    this.items = releases.map(({ item }) => item);
    this.nudge({ higher: true });
  }

  nudge({ higher }: { readonly higher: boolean }): void {
    if (higher) this.number += 1;
    this.send(this.#wanted());
  }

  cutSession(): void {
    this.#session?.terminate();
  }

  /** From now on; `mark` before what is waited for. */
  mark(): number {
    return this.heard.length;
  }

  async message<Type extends FromNormalServer['type']>(
    type: Type,
    from = 0,
    fits: (message: Extract<FromNormalServer, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<FromNormalServer, { type: Type }>> {
    const isIt = (one: FromNormalServer): one is Extract<FromNormalServer, { type: Type }> =>
      one.type === type && fits(one as Extract<FromNormalServer, { type: Type }>);
    return this.#until(
      () => this.heard.slice(from).find(isIt),
      () => `${type}; heard ${JSON.stringify(this.heard.slice(from), null, 1)}`,
    );
  }

  async status(release: Release, state: Status['state'], from = 0): Promise<Status> {
    return this.message(
      'status',
      from,
      (one) => one.digest === release.digest && one.state === state,
    );
  }

  #until<Value>(find: () => Value | undefined, what: () => string): Promise<Value> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#watchers.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`not heard in time: ${what()}`));
      }, deadline);
      this.#watchers.add(look);
      look();
    });
  }

  states(release: Release, from = 0): readonly Status['state'][] {
    const states = this.heard
      .slice(from)
      .flatMap((one) =>
        one.type === 'status' && one.digest === release.digest ? [one.state] : [],
      );
    return states.filter((state, index) => state !== states[index - 1]);
  }

  /** Which version of a component is current on the disk. */
  async current(lane: 'programs' | 'contents', component: string): Promise<string | null> {
    const link = join(this.root, lane, component, 'current');
    return readlink(link).then(
      (target) => basename(target),
      () => null,
    );
  }
}

/** In good order where it can, so that a launcher takes its daemons with it. */
async function endOf(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const timer = setTimeout(() => daemon.kill('SIGKILL'), 5_000);
  daemon.kill('SIGTERM');
  await new Promise((resolve) => daemon.once('exit', resolve));
  clearTimeout(timer);
}

/** Polls what only the disk tells. */
export async function eventually<Value>(
  look: () => Promise<Value | null> | Value | null,
  what: string,
  secondsMax = deadline / 1_000,
): Promise<Value> {
  const until = performance.now() + secondsMax * 1_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert(performance.now() < until, `not seen in time: ${what}`);
    await pause(15);
  }
}

export const exists = (file: string): true | null => (existsSync(file) ? true : null);

/** A daemon of the old release, that has said hello. */
export async function running(site: Site) {
  const slot = await site.slot('5.70.1000');
  await site.addSlot(slot);
  const daemon = site.start(slot.name);
  await site.message('hello');
  return { ...slot, daemon };
}

/** A service in shell: `start.sh` notes its version in ROOT/<component>.running. */
export function service(site: Site, version: string, changes: Files = {}, times = 1) {
  const note = '"$DANKAI_ROOT/$DANKAI_COMPONENT.running"';
  const log = '"$DANKAI_ROOT/$DANKAI_COMPONENT.log"';
  return site.release({
    component: 'sensor',
    version,
    kind: 'tree',
    files: {
      version,
      'start.sh': `#!/bin/sh\necho start $(cat version) >> ${log}\ncp version ${note}\n`,
      'stop.sh': `#!/bin/sh\necho stop $(cat version) >> ${log}\nrm -f ${note}\n`,
      'health.sh': `#!/bin/sh\necho health $(cat version) >> ${log}\ncmp version ${note}\n`,
      ...changes,
    },
    tree: {
      stop: { argv: ['./stop.sh'], secondsMax: 5 },
      start: { argv: ['./start.sh'], secondsMax: 5 },
      health: { argv: ['./health.sh'], secondsMax: 5, times, intervalSeconds: 1 },
    },
  });
}
