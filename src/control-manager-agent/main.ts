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
import { ok, type Result } from '#domain/result.ts';
import { messageBytesMax } from '#protocol/control-manager/messages.ts';
import { readConfig, type Config } from './config.ts';
import { openAgent, type AgentWorld } from './program.ts';

const service = 'agent';

function dialsOf(options: {
  readonly root: string;
  readonly config: Config;
  readonly token: string;
  readonly log: DaemonOptions['log'];
}): AgentWorld['dial'] {
  const { root, config, token, log } = options;
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
  const dialling =
    (addressNow: () => string | null): AgentWorld['dial']['informationServer'] =>
    ({ isWanted, opened }) =>
      dial({ ...common, address: () => (isWanted() ? addressNow() : null), opened });
  return {
    informationServer: dialling(informationServer),
    controlManager: dialling(() => config.controlManager),
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
  const run = { pid: process.pid, startedAt: systemClock.now(), addresses: {} };
  const written = await writeRunFile(root, service, run);
  if (!written.ok) return written;
  const agent = openAgent({
    clock: systemClock,
    log,
    launcher,
    own: { ...own.value, pid: process.pid },
    reportMinutes: config.value.reportMinutes,
    inboxAt: (folder) => openInbox({ folder, source, token: token.value }),
    inboxFolder: join(root, 'inbox'),
    dial: dialsOf({ root, config: config.value, token: token.value, log }),
  });
  return ok({
    async close() {
      agent.close();
      await removeRunFile(root, service);
    },
  });
}

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startAgent);
}
