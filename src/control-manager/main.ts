/** Wires the control manager to its feed, its database and its two listeners. */

import { join } from 'node:path';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openConsoleAssets } from '#adapters/listener/console-assets.ts';
import { contentSignerIn } from '#adapters/metadata/content-repository.ts';
import {
  readInstallationToken,
  developmentRelease,
  removeRunFile,
  writeRunFile,
} from '#adapters/daemon/daemon-files.ts';
import {
  runDaemon,
  type Daemon,
  type DaemonFolders,
  type DaemonOptions,
} from '#adapters/daemon/daemon.ts';
import { locateContent } from '#adapters/feed/contents-disk.ts';
import { openFeed } from '#adapters/feed/feed-settings.ts';
import { appendHead } from '#adapters/backup/heads-file.ts';
import { connectLauncher } from '#adapters/daemon/launcher-ipc.ts';
import { campaignReader } from '#adapters/identity/campaign-text.ts';
import { keepSignedTrust } from '#adapters/identity/daemon-trust.ts';
import { openLinkTrust, type LinkTrust, type Shown } from '#adapters/identity/link-trust.ts';
import { renewLauncher } from '#adapters/installation/launcher-renewal.ts';
import { findRunningSlot } from '#adapters/installation/slot.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import type { Asking } from '#adapters/listener/listener-asking.ts';
import { shownBy } from '#adapters/listener/listener-people.ts';
import type { Admit } from '#adapters/listener/listener-peers.ts';
import { consoleSecurity, linkSecurity } from '#adapters/listener/listener-server.ts';
import { readOwnCertificate } from '#adapters/identity/own-certificate.ts';
import { openNotices } from '#adapters/identity/notices-disk.ts';
import { openTurnedAway, type TurnedAway } from '#adapters/listener/turned-away.ts';
import { openSecrets } from '#adapters/secrets/secrets-crypto.ts';
import { deliveryPlaces, openDeliveryPlace } from '#adapters/database/delivery-place.ts';
import type { ControlManagerDatabase } from '#adapters/database/delivery-database.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { ok, type Result } from '#domain/result.ts';
import { againstRule, agentIn } from '#domain/trust/admission.ts';
import { listening } from '#people/listening.ts';
import { controlManagerCalls } from '#protocol/console/contract.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import type { Clock } from '#ports/clock.ts';
import { JournalFailed } from '#ports/journal.ts';
import { messageBytesMax } from '#protocol/control-manager/messages.ts';
import type { Logger } from 'pino';
import { readConfig, type Config } from './config.ts';
import type { HeadsPlace } from './heads.ts';
import { peopleWorld } from './people.ts';
import { openControlManager, type ControlManager } from './program.ts';

const service = 'control-manager';
/** EX_IOERR */
const statusOfDisk = 74;

type Listeners = { readonly servers: Listener; readonly console: Listener };

async function openListeners(options: {
  readonly config: Config;
  /** The user's own certificate, for browsers; null: there is none. */
  readonly own: Shown | null;
  /** The installation's own; null: its file was taken away. */
  readonly token: string | null;
  /** null: an insecure loopback. */
  readonly trust: LinkTrust | null;
  readonly contents: string;
  readonly program: ControlManager;
  readonly store: ControlManagerDatabase;
  readonly log: Logger;
  readonly turnedAway: TurnedAway;
}): Promise<Listeners> {
  const { config, own, token, trust, contents, program, store, log, turnedAway } = options;
  const admit: Admit = (peer) => {
    const organisation = trust?.current()?.identity.organisation ?? '';
    return againstRule(agentIn(organisation), peer?.identity ?? null);
  };
  const servers = await openListener({
    ...config.listen,
    security: linkSecurity(trust),
    log,
    refused: turnedAway.say,
    sockets: [
      {
        path: '/v1/agent',
        admit,
        messageBytesMax,
        accept: (link) => program.accept(link),
      },
    ],
    files: [
      {
        prefix: '/v1/content/',
        admit,
        locate: (digest) => locateContent(contents, digest),
      },
    ],
  });
  const people = listening(
    peopleWorld(program, {
      store: store.people,
      secrets: openSecrets(),
      approvers: config.approvers,
      organisation: trust?.current()?.organisation.organisation.organisation ?? null,
      timeZone: Temporal.Now.timeZoneId(),
    }),
  );
  await people.door.adoptInstallation(token);
  const authenticate = (asking: Asking) => people.authenticate(shownBy(asking));
  const asked = { authenticate, answer: people.answer };
  const forPeople = await openListener({
    ...config.console,
    security: consoleSecurity(trust, own),
    log,
    refused: turnedAway.say,
    calls: { table: { ...peopleCalls, ...controlManagerCalls }, ...asked },
    logins: people.logins,
    calendar: { name: program.context.settings.name, ...asked },
    events: {
      authenticate,
      now: () => systemClock.now(),
      count: () => program.changes.number,
      listen: (act) => program.changes.listen(act),
    },
    console: await openConsoleAssets(process.argv[1] ?? ''),
  });
  return { servers, console: forPeople };
}

function headsPlaceOf({ recordHeads: file }: Config): HeadsPlace | undefined {
  return file === null ? undefined : { file, keep: (head) => appendHead(file, head) };
}

/** A disk that refuses is no bug: nothing may be lost, so the launcher starts us again. */
function endFor(error: unknown, log: Logger): void {
  if (!(error instanceof JournalFailed)) throw error;
  log.fatal({ err: error }, 'the database cannot be written');
  process.exit(statusOfDisk);
}

/** Tests give it another time of day. */
export async function startControlManager(
  { root, data, log }: DaemonOptions,
  clock: Clock = systemClock,
): Promise<Result<Daemon & { readonly addresses: Addresses }>> {
  const slot = await findRunningSlot(process.argv[1] ?? '');
  if (!slot.ok) return slot;
  const { version } = slot.value.release?.manifest ?? developmentRelease;
  const config = await readConfig(root, version);
  if (!config.ok) return config;
  const token = await readInstallationToken(root);
  if (!token.ok) return token;
  const { isInsecure } = config.value;
  const shown = await readOwnCertificate(config.value.own, clock.now());
  if (!shown.ok) return shown;
  const notices = isInsecure ? ok(null) : await openNotices(root, { clock, log });
  if (!notices.ok) return notices;
  const trust = openLinkTrust(null, notices.value ?? undefined);
  const kept = isInsecure
    ? ok(null)
    : await keepSignedTrust(root, { service }, { clock, log, trust });
  if (!kept.ok) return kept;
  if (isInsecure) log.warn({ event: 'insecure-loopback' }, 'insecure-loopback');
  const store = await openDeliveryPlace(deliveryPlaces(data, process.env));
  if (!store.ok) return store;
  const { shared } = config.value;
  const signer = await contentSignerIn(root, shared ?? join(root, 'trust'));
  if (!signer.ok) return signer;
  const contents = join(shared ?? root, 'contents');
  const feed = await openFeed(root, config.value.feed, contents);
  if (!feed.ok) return feed;
  const program = await openControlManager({
    store: store.value,
    baton: store.value.baton ?? undefined,
    signer: signer.value,
    feed: feed.value,
    notices: notices.value ?? undefined,
    campaigns: campaignReader,
    clock,
    settings: config.value.settings,
    log,
    headsPlace: headsPlaceOf(config.value),
    failed: (error) => endFor(error, log),
  });
  const append = (line: RecordEntry): Promise<void> =>
    store.value.people.change((_, write) => write(line));
  const turnedAway = openTurnedAway({ clock, log, append });
  const listeners = await openListeners({
    turnedAway,
    config: config.value,
    own: shown.value,
    token: token.value,
    trust: kept.value?.trust ?? null,
    contents,
    program,
    store: store.value,
    log,
  });
  const addresses = { servers: listeners.servers.address, console: listeners.console.address };
  const run = { pid: process.pid, startedAt: clock.now(), addresses };
  const written = await writeRunFile(root, service, run);
  if (!written.ok) return written;
  const launcher = connectLauncher();
  renewLauncher({
    root,
    channel: launcher,
    slot: slot.value,
    log,
  });
  launcher?.proven();
  const close = async (): Promise<void> => {
    await removeRunFile(root, service);
    kept.value?.close();
    notices.value?.close();
    program.end();
    await listeners.servers.close();
    await listeners.console.close();
    await turnedAway.close();
    // What was begun is finished first; nothing new can begin without listeners.
    await program.close();
  };
  return ok({ close, addresses });
}

type Addresses = { readonly servers: string; readonly console: string };

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, (options) => startControlManager(options));
}
