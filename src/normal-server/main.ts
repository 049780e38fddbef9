/** Wires the normal server to its disk, its launcher and its information server. */

import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#adapters/clock-system.ts';
import { runCommandIn } from '#adapters/command-run.ts';
import {
  readOwnRelease,
  readRunFile,
  readToken,
  removeRunFile,
  writeRunFile,
} from '#adapters/daemon-files.ts';
import {
  runDaemon,
  type Daemon,
  type DaemonFolders,
  type DaemonOptions,
} from '#adapters/daemon.ts';
import { dial } from '#adapters/dial-websocket.ts';
import { digestOfBytes } from '#adapters/digest.ts';
import { download, fetchBytes } from '#adapters/download-http.ts';
import { openDownloads } from '#adapters/downloads-disk.ts';
import { removeUnusedSlots } from '#adapters/installation-disk.ts';
import { intentsIn } from '#adapters/intents-file.ts';
import { diskBytesFree, readInventory, rebootFlag } from '#adapters/inventory-linux.ts';
import type { Inventory, RebootFlag } from '#adapters/inventory-linux.ts';
import { connectLauncher } from '#adapters/launcher-ipc.ts';
import { memoryFile } from '#adapters/memory-file.ts';
import { findRunningSlot, proveRunning, type RunningSlot } from '#adapters/slot.ts';
import { stagedSlots } from '#adapters/staged-release.ts';
import { versionFolders } from '#adapters/version-folders-disk.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, namePattern, type ComponentName, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Packages, VersionFolders } from '#ports/installer.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import { messageBytesMax, protocolVersion, type Hello } from '#protocol/normal-server/messages.ts';
import { readConfig, type Config } from './config.ts';
import { kindsOf, type Kinds } from './kinds.ts';
import { limits } from './limits.ts';
import { startLoop, type Loop, type OpenSwitch } from './loop.ts';
import { openMemory, type Memory } from './memory.ts';
import type { Remembered } from './remembered.ts';
import { followProving, followSwitch, type AskedSwitch } from './self-program.ts';
import { initialState, type State } from './state.ts';
import { resume } from './tree-program.ts';

const service = 'normal-server';
const clock = systemClock;

/** Everything of this computer that is looked up once. */
type Computer = {
  readonly options: DaemonOptions;
  readonly config: Config;
  readonly token: string;
  readonly inventory: Inventory;
  readonly slot: RunningSlot;
  readonly self: ComponentName;
  readonly reboot: RebootFlag;
  readonly launcher: LauncherLink | null;
};

async function look(options: DaemonOptions): Promise<Result<Computer>> {
  const { root, data } = options;
  const config = await readConfig(root);
  if (!config.ok) return config;
  const token = await readToken(root, 'join');
  if (!token.ok) return token;
  await mkdir(data, { recursive: true });
  const launcher = connectLauncher();
  if (launcher !== null) await firstWord(launcher);
  const program = process.argv[1] ?? '';
  // Refuses a damaged release: it would pass for a checkout below.
  const own = await readOwnRelease(program);
  if (!own.ok) return own;
  const slot = await findRunningSlot(program);
  return ok({
    options,
    config: config.value,
    token: token.value,
    inventory: await readInventory(data),
    slot,
    self: slot.release?.manifest.component ?? brand<ComponentName>('program'),
    reboot: rebootFlag(data),
    launcher,
  });
}

/** What runs and how the last switch ended is asked for before anything is said upward. */
function firstWord(launcher: LauncherLink): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(limits.firstWordMilliseconds, resolve);
    launcher.onState(() => {
      cancel();
      resolve();
    });
  });
}

// -- what is installed here ------------------------------------------------------------------

type Folders = {
  program(component: ComponentName): VersionFolders;
  content(component: ComponentName): VersionFolders;
};

function foldersOf({ options, inventory: { platform } }: Computer): Folders {
  const programs = join(options.root, 'programs');
  const contents = join(options.root, 'contents');
  return {
    program: (component) =>
      versionFolders({
        folder: join(programs, component, 'versions'),
        link: join(programs, component, 'current'),
        platform,
      }),
    content: (component) =>
      versionFolders({
        folder: join(contents, component),
        link: join(contents, component, 'current'),
        platform,
      }),
  };
}

async function componentsIn(folder: string): Promise<readonly ComponentName[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => namePattern.test(name)).map((name) => brand<ComponentName>(name));
}

async function currentReleases(
  folder: string,
  foldersFor: (component: ComponentName) => VersionFolders,
): Promise<readonly Release[]> {
  const found: Release[] = [];
  for (const component of await componentsIn(folder)) {
    const folders = foldersFor(component);
    const name = await folders.current();
    const release = name === null ? null : await folders.release(name);
    if (release !== null) found.push(release);
  }
  return found;
}

async function installedHere(
  { options: { root }, slot }: Computer,
  folders: Folders,
): Promise<{ readonly programs: readonly Release[]; readonly contents: readonly Release[] }> {
  const trees = await currentReleases(join(root, 'programs'), folders.program);
  return {
    programs: [...(slot.release === null ? [] : [slot.release]), ...trees],
    contents: await currentReleases(join(root, 'contents'), folders.content),
  };
}

// -- the tier above --------------------------------------------------------------------------

function addressOf({ config, options }: Computer): string | null {
  if (config.informationServer !== null) return config.informationServer;
  return readRunFile(options.root, 'information-server')?.addresses.servers ?? null;
}

function packagesOf(computer: Computer): Packages {
  const { token } = computer;
  const url = (path: string): Result<string> => {
    const address = addressOf(computer);
    if (address !== null) return ok(`${address}${path}`);
    const detail = 'not running';
    return refuse(problem('ADDRESS_UNREACHABLE', { address: 'run', detail }));
  };
  return {
    async manifest(digest, signal) {
      const from = url(`/v1/manifests/${digest}`);
      if (!from.ok) return from;
      const { manifestBytesMax: bytesMax } = limits;
      return fetchBytes({ url: from.value, token, bytesMax, signal });
    },
    async archive({ archive: { digest, bytes }, file, progress, signal }) {
      const from = url(`/v1/archives/${digest}`);
      if (!from.ok) return from;
      return download({ url: from.value, token, file, digest, bytes, progress, signal });
    },
  };
}

// -- kinds -----------------------------------------------------------------------------------

function kindsHere(computer: Computer, folders: Folders, memory: Memory): Kinds {
  const { options, inventory, launcher, self: selfName } = computer;
  const { root, log } = options;
  const run = runCommandIn(root);
  return kindsOf({
    selfName,
    self: {
      slots: stagedSlots(root, inventory.platform),
      launcher,
      clock,
      keep: (asked) => memory.save({ asked }),
    },
    tree: (component) => {
      const intents = intentsIn(join(root, 'programs', component, 'intent.log'), log);
      return { component, folders: folders.program(component), intents, run, clock };
    },
    content: folders.content,
  });
}

/** Switches that an earlier process began: of trees, then of this program itself. */
async function openSwitches(
  computer: Computer,
  kinds: Kinds,
  asked: AskedSwitch | null,
): Promise<readonly OpenSwitch[]> {
  const open: OpenSwitch[] = [];
  for (const component of await componentsIn(join(computer.options.root, 'programs'))) {
    const found = await resume(kinds.worlds.tree(component));
    if (found === null) continue;
    const { release, finish } = found;
    const before = found.before?.digest ?? null;
    open.push({ component, release, digest: release.digest, before, finish });
  }
  const { launcher, slot, self } = computer;
  const program = launcher?.state()?.program;
  if (launcher === null || program === undefined) return open;
  const world = { ...kinds.worlds.self, launcher };
  if (asked !== null) {
    const { component, digest } = asked;
    const isOwn = digest === slot.release?.digest;
    const release = isOwn ? slot.release : null;
    const before = isOwn ? null : (slot.release?.digest ?? null);
    const finish: OpenSwitch['finish'] = (proving) =>
      followSwitch(world, { asked, isNew: false, proving });
    open.push({ component, release, digest, before, finish });
  } else if (isProving(computer) && slot.release !== null) {
    const { release } = slot;
    const finish = () => followProving(world, program.slot);
    open.push({ component: self, release, digest: release.digest, before: null, finish });
  }
  return open;
}

/** True in a new version that is not yet kept. */
function isProving({ launcher, slot }: Computer): boolean {
  const program = launcher?.state()?.program;
  return program?.phase === 'proving' && program.slot === slot.name;
}

// -- hello, and the loop ---------------------------------------------------------------------

async function helloOf(
  computer: Computer,
  folders: Folders,
  { installId, fence }: { readonly installId: string; readonly fence: State['fence'] },
): Promise<Hello> {
  const { config, inventory, slot, reboot, options } = computer;
  const { programs, contents } = await installedHere(computer, folders);
  const installed = ({ digest, manifest: { component, version } }: Release) => {
    return { component, version, digest };
  };
  return {
    type: 'hello',
    protocol: protocolVersion,
    server: config.server,
    installId,
    machineId: inventory.machineId,
    platform: inventory.platform,
    os: inventory.os,
    domain: config.domain,
    memoryBytes: inventory.memoryBytes,
    diskBytesFree: await diskBytesFree(options.root),
    running: await proveRunning(slot, inventory.platform),
    programs: programs.map(installed),
    contents: contents.map(installed),
    rebootRecommended: await reboot.read(),
    withInformationServer: config.informationServer === null,
    fence,
  };
}

async function stateAtStart(
  computer: Computer,
  folders: Folders,
  remembered: Remembered,
): Promise<State> {
  const { config, self } = computer;
  const { programs, contents } = await installedHere(computer, folders);
  const installed = new Map<ComponentName, Digest>(
    [...programs, ...contents].map(({ digest, manifest }) => [manifest.component, digest]),
  );
  return initialState({
    standing: {
      self,
      withInformationServer: config.informationServer === null,
      jitterMilliseconds: config.jitterSeconds * 1_000,
    },
    fence: remembered.fence,
    installed,
    returns: remembered.returns,
  });
}

async function afterInstall(computer: Computer, release: Release): Promise<void> {
  const { reboot, self, launcher, config, options } = computer;
  const { component, version, rebootRecommended } = release.manifest;
  if (rebootRecommended) await reboot.set(`${component} ${version}`);
  const tracks = launcher?.state();
  // On the information server's computer the slots are that program's to tidy.
  if (component !== self || !tracks || config.informationServer === null) return;
  const used = Object.values(tracks).flatMap(({ slot, previous }) => [slot, previous ?? slot]);
  await removeUnusedSlots(options.root, used);
}

async function openLoop(
  computer: Computer,
  folders: Folders,
  { memory, kinds }: { readonly memory: Memory; readonly kinds: Kinds },
): Promise<Loop> {
  const { options, config, inventory, slot, launcher } = computer;
  const world = {
    server: config.server,
    platform: inventory.platform,
    memoryBytes: inventory.memoryBytes,
    packages: packagesOf(computer),
    downloads: await openDownloads(join(options.root, 'downloads')),
    diskBytesFree: () => diskBytesFree(options.root),
    digestOfBytes,
    installerOf: kinds.installerOf,
    find: kinds.find,
  };
  const loop: Parameters<typeof startLoop>[0] = {
    clock,
    chance: Math.random,
    log: options.log,
    staging: world,
    received: memory.now().received,
    installerOf: kinds.installerOf,
    hello: ({ fence }) => helloOf(computer, folders, { installId: memory.now().installId, fence }),
    identity: () => proveRunning(slot, inventory.platform),
    welcomed: () => launcher?.proven(),
    remember: ({ fence, returns }, received) => memory.save({ fence, returns, received }),
    installed: (release) => afterInstall(computer, release),
  };
  return startLoop(loop, await stateAtStart(computer, folders, memory.now()));
}

export async function startNormalServer(options: DaemonOptions): Promise<Result<Daemon>> {
  const { root, data, log } = options;
  const looked = await look(options);
  if (!looked.ok) return looked;
  const computer = looked.value;
  const file = memoryFile(join(data, 'normal-server.json'));
  const memory = await openMemory(file, { installId: randomUUID(), log });
  if (!memory.ok) return memory;
  const folders = foldersOf(computer);
  const kinds = kindsHere(computer, folders, memory.value);
  // Its data is a copy of its own: if this version returns, so does what it notes here.
  const { launcher, slot } = computer;
  if (isProving(computer) && slot.release?.manifest.rebootRecommended === true) {
    await afterInstall(computer, slot.release);
  }
  const open = await openSwitches(computer, kinds, memory.value.now().asked);
  const loop = await openLoop(computer, folders, { memory: memory.value, kinds });
  const run = { pid: process.pid, startedAt: clock.now(), addresses: {} };
  const written = await writeRunFile(root, service, run);
  if (!written.ok) return written;
  loop.resume(open).catch((error: unknown) => {
    clock.after(0, () => {
      throw error;
    });
  });
  const dialled = dial({
    address: () => addressOf(computer),
    path: '/v1/session',
    token: computer.token,
    messageBytesMax,
    clock,
    chance: Math.random,
    log,
    opened: loop.opened,
  });
  launcher?.healthy();
  const close = async (): Promise<void> => {
    dialled.close();
    await loop.close();
    await removeRunFile(root, service);
  };
  return ok({ close });
}

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startNormalServer);
}
