/** Wires the normal server to its disk, its launcher and its information server. */

import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { awaitCommand, runCommandIn } from '#adapters/computer/command-run.ts';
import { askHealth } from '#adapters/computer/health-ask.ts';
import { readRunFile, removeRunFile, writeRunFile } from '#adapters/daemon/daemon-files.ts';
import {
  runDaemon,
  type Daemon,
  type DaemonFolders,
  type DaemonOptions,
} from '#adapters/daemon/daemon.ts';
import { keepEnrolledTrust, keepSignedTrust } from '#adapters/identity/daemon-trust.ts';
import { dial } from '#adapters/link/dial-websocket.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { packagesOver } from '#adapters/link/packages-http.ts';
import { openDownloads } from '#adapters/computer/downloads-disk.ts';
import { removeUnusedSlots } from '#adapters/installation/installation-disk.ts';
import { enginesOf } from '#adapters/computer/engines.ts';
import { intentsIn } from '#adapters/computer/intents-file.ts';
import { diskBytesFree, readInventory, rebootFlag } from '#adapters/computer/inventory-linux.ts';
import { readEnrolledAt } from '#adapters/identity/identity-enrolled.ts';
import { openLinkTrust, type Dialling, type LinkTrust } from '#adapters/identity/link-trust.ts';
import { connectLauncher } from '#adapters/daemon/launcher-ipc.ts';
import { memoryFile } from '#adapters/computer/memory-file.ts';
import { openNotices } from '#adapters/identity/notices-disk.ts';
import { failedRenewal, renewLauncher } from '#adapters/installation/launcher-renewal.ts';
import { findRunningSlot, proveRunning } from '#adapters/installation/slot.ts';
import { TokenBucket } from '#adapters/link/token-bucket.ts';
import { stagedSlots } from '#adapters/installation/staged-release.ts';
import { trustWhenAsked } from '#adapters/metadata/trust-open.ts';
import { versionFolders } from '#adapters/computer/version-folders-disk.ts';
import { brand, namePattern, type ComponentName, type Platform } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import { informationServerOf } from '#domain/trust/admission.ts';
import type { ComponentFolders } from '#ports/installer.ts';
import type { Notices } from '#ports/notices.ts';
import { messageBytesMax } from '#protocol/normal-server/messages.ts';
import { readConfig, type Config } from './config.ts';
import { limits } from './limits.ts';
import { manifestReader } from './manifest.ts';
import type { CareHere, ProgramWorld } from './program-world.ts';
import { openProgram, type Program } from './program.ts';

const service = 'normal-server';
const clock = systemClock;

async function look(
  options: DaemonOptions,
  above: Above,
  config: Config,
  notices: Notices | null,
): Promise<Result<ProgramWorld>> {
  const { root, data, log } = options;
  await mkdir(data, { recursive: true });
  // Before anything is read: its first word comes meanwhile.
  const launcher = connectLauncher();
  const program = process.argv[1] ?? '';
  const running = await findRunningSlot(program);
  if (!running.ok) return running;
  const slot = running.value;
  renewLauncher({ root, channel: launcher, slot, log });
  const inventory = await readInventory(data);
  const { platform } = inventory;
  const { server, domain, jitterSeconds, informationServer } = config;
  const programs = join(root, 'programs');
  const contents = join(root, 'contents');
  return ok({
    clock,
    chance: Math.random,
    log,
    settings: { server, domain, jitterSeconds, withInformationServer: informationServer === 'run' },
    inventory,
    slot: { ...slot, prove: () => proveRunning(slot, platform) },
    launcher,
    launcherFailed: () => failedRenewal(launcher?.self() ?? null),
    memory: memoryFile(join(data, 'normal-server.json')),
    newInstallId: randomUUID,
    reboot: rebootFlag(data),
    packages: packagesOver({
      ...above,
      manifestBytesMax: limits.manifestBytesMax,
      pace: paceOf(config),
    }),
    trust: trustWhenAsked(root, config),
    notices: notices ?? undefined,
    care: careOf(root, launcher !== null),
    downloads: await openDownloads(join(root, 'downloads')),
    slots: stagedSlots(root, platform),
    programs: componentFolders(programs, 'versions', platform),
    contents: componentFolders(contents, '.', platform),
    engineOf: enginesOf({ root, settings: config.engines, run: runCommandIn(root), log }),
    intentsOf: (component) => intentsIn(join(programs, component, 'intent.log'), log),
    run: runCommandIn(root),
    awaitCommand,
    askHealth,
    diskBytesFree: () => diskBytesFree(root),
    readManifest: manifestReader(digestOfBytes),
    digestOf: digestOfBytes,
    removeUnusedSlots: (used) => removeUnusedSlots(root, used),
  });
}

/** Loaded when it is first asked for: most servers never are. */
function careOf(root: string, isLaunched: boolean): CareHere {
  const running = isLaunched ? ['launcher', service] : [service];
  return {
    examine: async () => (await import('#adapters/care/doctor.ts')).examine(root, running),
    logTail: async (asked) => (await import('#adapters/care/log-tail.ts')).logTail(root, asked),
  };
}

/** `<folder>/<component>/<versions>/<name>`, and the link `current` beside them. */
function componentFolders(folder: string, versions: string, platform: Platform): ComponentFolders {
  return {
    async names() {
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => namePattern.test(name))
        .map((name) => brand<ComponentName>(name));
    },
    of: (component) =>
      versionFolders({
        folder: join(folder, component, versions),
        link: join(folder, component, 'current'),
        platform,
      }),
  };
}

/** The tier above: its address now, if it is known, and what proves that we may speak to it. */
/** Read anew at each dial; null: not known yet. */
function addressAbove(root: string, { informationServer: at }: Config): string | null {
  if (at === 'run') return readRunFile(root, 'information-server')?.addresses.servers ?? null;
  return at === 'enrolled' ? (readEnrolledAt(root)?.address ?? null) : at;
}

type Above = { readonly address: () => string | null; readonly security: Dialling | null };

/** One for all downloads of this server; a minute's worth may come at once. */
function paceOf({
  downloadMebibytesPerHour: quota,
}: Config): ((bytes: number) => number) | undefined {
  if (quota === null) return undefined;
  const perSecond = (quota * 1024 * 1024) / 3_600;
  const bucket = new TokenBucket({ perSecond, burst: perSecond * 60 }, clock.monotonic());
  return (bytes) => bucket.owe(bytes, clock.monotonic());
}

/** Whom it expects: the information server of its own site, whoever answers at the address. */
function diallingWith(trust: LinkTrust): Dialling {
  return {
    trust,
    expects(peer) {
      const own = trust.current()?.identity;
      return own !== undefined && informationServerOf(own)(peer);
    },
  };
}

/**
 * Beside an information server it signs for itself, by that one's authority; alone it is enrolled.
 * null: an insecure loopback.
 */
async function keepTrust(
  { root, log }: DaemonOptions,
  { config, program, trust, address, machineId, version }: Keeping,
): Promise<Result<{ close(): void } | null>> {
  const { server, informationServer, isInsecure } = config;
  if (isInsecure) return ok(null);
  if (informationServer === 'run') {
    const kept = await keepSignedTrust(root, { service, server }, { clock, log, trust });
    return kept;
  }
  const { installId } = program;
  const who = { server, installId, machineId, address, version };
  return ok(keepEnrolledTrust(root, who, { clock, log, trust }));
}

type Keeping = {
  readonly config: Config;
  readonly program: Program;
  readonly trust: LinkTrust;
  readonly address: () => string | null;
  readonly machineId: string;
  readonly version: string | null;
};

export async function startNormalServer(options: DaemonOptions): Promise<Result<Daemon>> {
  const { root, log } = options;
  const config = await readConfig(root);
  if (!config.ok) return config;
  const { isInsecure } = config.value;
  if (isInsecure) log.warn({ event: 'insecure-loopback' }, 'insecure-loopback');
  const notices = isInsecure ? ok(null) : await openNotices(root, { clock, log });
  if (!notices.ok) return notices;
  const trust = openLinkTrust(null, notices.value ?? undefined);
  const address = (): string | null => addressAbove(root, config.value);
  const above: Above = { address, security: isInsecure ? null : diallingWith(trust) };
  const world = await look(options, above, config.value, notices.value);
  if (!world.ok) return world;
  const opened = await openProgram(world.value);
  if (!opened.ok) return opened;
  const program = opened.value;
  const { machineId } = world.value.inventory;
  const version = world.value.slot.release?.manifest.version ?? null;
  const keeping = { config: config.value, program, trust, address, machineId, version };
  const kept = await keepTrust(options, keeping);
  if (!kept.ok) return kept;
  const run = { pid: process.pid, startedAt: clock.now(), addresses: {} };
  // For people alone: a disk that is full must not keep a computer from its repair.
  const written = await writeRunFile(root, service, run);
  if (!written.ok) {
    const { because } = written;
    log.warn({ event: because.code, because }, because.code);
  }
  program.begin();
  const dialled = dial({
    ...above,
    path: '/v1/session',
    messageBytesMax,
    clock,
    chance: Math.random,
    log,
    opened: program.opened,
    spreadMilliseconds: () => program.spreadMilliseconds(),
    answered: () => world.value.launcher?.session('answered'),
  });
  const close = async (): Promise<void> => {
    dialled.close();
    kept.value?.close();
    notices.value?.close();
    await program.close();
    await removeRunFile(root, service);
  };
  return ok({ close });
}

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startNormalServer);
}
