/** Wires the control manager agent to the two programs that it stands between. */

import { join } from 'node:path';
import { systemClock } from '#adapters/clock-system.ts';
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
import { openInbox } from '#adapters/inbox-disk.ts';
import { connectLauncher } from '#adapters/launcher-ipc.ts';
import type { Digest } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Inbox } from '#ports/inbox.ts';
import { messageBytesMax } from '#protocol/control-manager/messages.ts';
import { readConfig, type Config } from './config.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { Takes } from './takes.ts';

const service = 'agent';

/** The inbox whose place the information server names with each welcome. */
function openMovableInbox(
  first: string,
  at: (folder: string) => Inbox,
): Inbox & { move(folder: string): void } {
  let inbox = at(first);
  return {
    fetch: (item, signal) => inbox.fetch(item, signal),
    keepOnly: (digests) => inbox.keepOnly(digests),
    move(folder) {
      inbox = at(folder);
    },
  };
}

function dialBoth(options: {
  readonly root: string;
  readonly config: Config;
  readonly token: string;
  readonly relay: Relay;
  readonly log: RelayOptions['log'];
}): { close(): void } {
  const { root, config, token, relay, log } = options;
  const common = {
    path: '/v1/agent',
    token,
    messageBytesMax,
    clock: systemClock,
    chance: Math.random,
    log,
  };
  const informationServer = (): string | null =>
    config.informationServer === 'run'
      ? (readRunFile(root, 'information-server')?.addresses.servers ?? null)
      : config.informationServer;
  const below = dial({
    ...common,
    address: informationServer,
    opened: (link) => relay.informationServer(link),
  });
  const above = dial({
    ...common,
    // Who we are is said by the information server; before that there is nothing to say above.
    address: () => (relay.site() === null ? null : config.controlManager),
    opened: (link) => relay.controlManager(link),
  });
  return {
    close() {
      below.close();
      above.close();
    },
  };
}

export async function startAgent({ root, log }: DaemonOptions): Promise<Result<Daemon>> {
  const config = await readConfig(root);
  if (!config.ok) return config;
  const token = await readToken(root, 'join');
  if (!token.ok) return token;
  const own = await readOwnRelease(process.argv[1] ?? '');
  if (!own.ok) return own;
  const launcher = connectLauncher();
  const source = config.value.controlManager;
  const inbox = openMovableInbox(join(root, 'inbox'), (folder) =>
    openInbox({ folder, source, token: token.value }),
  );
  const takes: Takes = new Takes({
    clock: systemClock,
    inbox,
    report: (report) => relay.report(report),
  });
  /** Files of the offer before may still be on their way into the share: they go one offer later. */
  let offeredBefore: readonly Digest[] = [];
  const relay: Relay = new Relay({
    clock: systemClock,
    log,
    own: { ...own.value, pid: process.pid },
    reportMinutes: config.value.reportMinutes,
    take: (order) => takes.take(order),
    informationServerReady(folder) {
      inbox.move(folder);
      takes.forgetReports();
      launcher?.proven();
    },
    controlManagerReady: () => takes.tryAgain(),
    offered(digests) {
      void inbox.keepOnly(new Set([...digests, ...offeredBefore, ...takes.digests()]));
      offeredBefore = digests;
    },
  });
  const run = { pid: process.pid, startedAt: systemClock.now(), addresses: {} };
  const written = await writeRunFile(root, service, run);
  if (!written.ok) return written;
  launcher?.healthy();
  const links = dialBoth({ root, config: config.value, token: token.value, relay, log });
  return ok({
    async close() {
      links.close();
      relay.close();
      takes.close();
      await removeRunFile(root, service);
    },
  });
}

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startAgent);
}
