/** Wires the control manager agent to the two programs that it stands between. */

import { join } from 'node:path';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import {
  readOwnRelease,
  readRunFile,
  removeRunFile,
  writeRunFile,
} from '#adapters/daemon/daemon-files.ts';
import {
  runDaemon,
  type Daemon,
  type DaemonFolders,
  type DaemonOptions,
} from '#adapters/daemon/daemon.ts';
import { keepSignedTrust } from '#adapters/identity/daemon-trust.ts';
import { dial } from '#adapters/link/dial-websocket.ts';
import { openInbox } from '#adapters/share/inbox-disk.ts';
import { openLinkTrust, type Dialling, type LinkTrust } from '#adapters/identity/link-trust.ts';
import { openNotices } from '#adapters/identity/notices-disk.ts';
import { connectLauncher } from '#adapters/daemon/launcher-ipc.ts';
import { ok, type Result } from '#domain/result.ts';
import {
  controlManagerOf,
  informationServerOf,
  type Here,
  type Rule,
} from '#domain/trust/admission.ts';
import type { Identity } from '#domain/trust/identity.ts';
import { messageBytesMax } from '#protocol/control-manager/messages.ts';
import { readConfig, type Config } from './config.ts';
import { openAgent, type AgentWorld } from './program.ts';

const service = 'agent';

function dialsOf(options: {
  readonly root: string;
  readonly config: Config;
  readonly trust: LinkTrust | null;
  readonly log: DaemonOptions['log'];
}): AgentWorld['dial'] {
  const { root, config, trust, log } = options;
  const common = {
    path: '/v1/agent',
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
    (to: {
      readonly address: () => string | null;
      readonly security: Dialling | null;
    }): AgentWorld['dial']['informationServer'] =>
    ({ isWanted, opened }) =>
      dial({ ...common, ...to, address: () => (isWanted() ? to.address() : null), opened });
  const { below, above } = securityOf(trust);
  return {
    informationServer: dialling({ address: informationServer, security: below }),
    controlManager: dialling({ address: () => config.controlManager, security: above }),
  };
}

/** Whom it expects at either end; null: an insecure loopback. */
function securityOf(trust: LinkTrust | null): {
  readonly below: Dialling | null;
  readonly above: Dialling | null;
} {
  if (trust === null) return { below: null, above: null };
  const own = (): Identity | undefined => trust.current()?.identity;
  const expects = (rule: (here: Here) => Rule): Dialling['expects'] => {
    return (peer) => {
      const here = own();
      return here !== undefined && rule(here)(peer);
    };
  };
  return {
    below: { trust, expects: expects(informationServerOf) },
    above: { trust, expects: expects(({ organisation }) => controlManagerOf(organisation)) },
  };
}

export async function startAgent({ root, log }: DaemonOptions): Promise<Result<Daemon>> {
  const config = await readConfig(root);
  if (!config.ok) return config;
  const isInsecure = config.value.insecureLoopback === 'accepted';
  const notices = isInsecure ? ok(null) : await openNotices(root, { clock: systemClock, log });
  if (!notices.ok) return notices;
  const trusted = openLinkTrust(null, notices.value ?? undefined);
  const kept = isInsecure
    ? ok(null)
    : await keepSignedTrust(root, { service }, { clock: systemClock, log, trust: trusted });
  if (!kept.ok) return kept;
  const trust = kept.value?.trust ?? null;
  const own = await readOwnRelease(process.argv[1] ?? '');
  if (!own.ok) return own;
  const launcher = connectLauncher();
  const source = config.value.controlManager;
  const { above: security } = securityOf(trust);
  const run = { pid: process.pid, startedAt: systemClock.now(), addresses: {} };
  const written = await writeRunFile(root, service, run);
  if (!written.ok) return written;
  const agent = openAgent({
    clock: systemClock,
    log,
    launcher,
    own: { ...own.value, pid: process.pid },
    reportMinutes: config.value.reportMinutes,
    inboxAt: (folder) => openInbox({ folder, source, security }),
    inboxFolder: join(root, 'inbox'),
    dial: dialsOf({ root, config: config.value, trust, log }),
  });
  return ok({
    async close() {
      agent.close();
      kept.value?.close();
      notices.value?.close();
      await removeRunFile(root, service);
    },
  });
}

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startAgent);
}
