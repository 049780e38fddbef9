/** Wires an information server together and runs it until it is told to end. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Chain, Verified } from '#adapters/identity/certificate-chain.ts';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import {
  readOwnRelease,
  readInstallationToken,
  removeRunFile,
  writeRunFile,
  type OwnRelease,
} from '#adapters/daemon/daemon-files.ts';
import {
  runDaemon,
  type Daemon,
  type DaemonFolders,
  type DaemonOptions,
} from '#adapters/daemon/daemon.ts';
import { keepSignedTrust, type KeptTrust } from '#adapters/identity/daemon-trust.ts';
import { openConsoleAssets } from '#adapters/listener/console-assets.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openForecaster } from '#adapters/plan/forecast-worker.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { connectLauncher } from '#adapters/daemon/launcher-ipc.ts';
import { openLinkTrust, type LinkTrust, type Shown } from '#adapters/identity/link-trust.ts';
import { readOwnCertificate } from '#adapters/identity/own-certificate.ts';
import { listenInClear, packageRoutes } from '#adapters/listener/listener-caches.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import type { OpenCall } from '#adapters/listener/listener-open-calls.ts';
import { openNotices, type KeptNotices } from '#adapters/identity/notices-disk.ts';
import type { Asking } from '#adapters/listener/listener-asking.ts';
import { shownBy } from '#adapters/listener/listener-people.ts';
import type { Admit } from '#adapters/listener/listener-peers.ts';
import { consoleSecurity, linkSecurity } from '#adapters/listener/listener-server.ts';
import { budgetOf } from '#adapters/plan/budget-settings.ts';
import { readPlan } from '#adapters/plan/plan-file.ts';
import { openSecrets } from '#adapters/secrets/secrets-crypto.ts';
import { openShare, storedContent } from '#adapters/share/share-disk.ts';
import { openSiteAuthority } from '#adapters/identity/site-authority.ts';
import { openBegun } from '#adapters/database/sqlite-node-begun.ts';
import { openDeltas } from '#adapters/share/deltas-disk.ts';
import { openPackageSources } from '#adapters/share/package-sources-http.ts';
import { openStore, storedRelease, storeFolder } from '#adapters/share/store-disk.ts';
import { readUpdateSource } from '#adapters/share/update-source.ts';
import { openTurnedAway, type TurnedAway } from '#adapters/listener/turned-away.ts';
import { openTrust } from '#adapters/metadata/trust-open.ts';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import {
  againstRule,
  agentOf,
  normalServerOf,
  readerOf,
  type Here,
  type Rule,
} from '#domain/trust/admission.ts';
import { validity } from '#domain/trust/validity.ts';
import { shippedProfile } from '#profiles/shipped.ts';
import { listening } from '#people/listening.ts';
import type { Journal } from '#ports/journal.ts';
import type { SiteAuthority } from '#ports/site-authority.ts';
import type { Trust } from '#ports/trust.ts';
import { messageBytesMax as agentBytesMax } from '#protocol/control-manager/messages.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { importPath } from '#protocol/console/share-import.ts';
import { localUpgradePath } from '#protocol/shared/installer.ts';
import { deltaPath } from '#protocol/normal-server/deltas.ts';
import { messageBytesMax } from '#protocol/normal-server/messages.ts';
import {
  enrolBytesMax,
  enrolPath,
  joiningPath,
  organisationPath,
  rehomePath,
  leavePath,
  renewPath,
} from '#protocol/shared/organisation.ts';
import {
  campaignsBy,
  headsPlaceOf,
  parseServices,
  readOwnServer,
  readOwnSettings,
  revocationsPlaceOf,
  scheduled,
  shownSettings,
  workedBy,
  type Settings,
} from './config.ts';
import { limits } from './limits.ts';
import { peopleWorld } from './people.ts';
import { openProgram, type Program } from './program.ts';
import type { Parts } from './parts.ts';
import { permitLocalUpgrade } from './routes/installer.ts';
import { leave } from './routes/removal.ts';
import type { SitePorts } from './site.ts';
import { mirrorOf } from './content/mirrored.ts';
import { Trusted } from './content/trusted.ts';

const service = 'information-server';
/** EX_IOERR: what was not written was not answered either; the launcher starts us again. */
const statusOfDisk = 74;
/** So long may the answer take that says why. */
const diskAnswerMs = 250;

export function main(folders: DaemonFolders): Promise<number> {
  return runDaemon(service, folders, startInformationServer);
}

async function startInformationServer({ root, data, log }: DaemonOptions): Promise<Result<Daemon>> {
  const settings = await readOwnSettings(root);
  if (!settings.ok) return settings;
  const profile = shippedProfile(settings.value.profile);
  if (!profile.ok) return profile;
  const token = await readInstallationToken(root);
  if (!token.ok) return token;
  const isInsecure = settings.value.insecureLoopback === 'accepted';
  const links = isInsecure ? ok(null) : await linksIn(root, { ...settings.value, log });
  if (!links.ok) return links;
  if (isInsecure) log.warn({ event: 'insecure-loopback' }, 'insecure-loopback');
  const own = await readOwnCertificate(settings.value, systemClock.now());
  if (!own.ok) return own;
  const self = await readOwnRelease(process.argv[1] ?? '');
  if (!self.ok) return self;
  const trust = await openTrust(root, { isInsecure });
  if (!trust.ok) return trust;
  const journal = await openBegun(join(data, 'journal.sqlite'), openJournal);
  if (!journal.ok) return journal;
  return run({
    root,
    log,
    settings: settings.value,
    own: own.value,
    self: self.value,
    programSections: profile.value.sections.map(({ section }) => section),
    token: token.value,
    links: links.value,
    trust: trust.value,
    journal: journal.value,
  });
}

type Given = {
  /** The user's own certificate, for browsers; null: there is none. */
  readonly own: Shown | null;
  readonly root: string;
  readonly log: Logger;
  readonly settings: Settings;
  readonly self: OwnRelease;
  readonly programSections: readonly string[];
  /** The installation's own for people; null: its file was taken away. */
  readonly token: string | null;
  /** null: an insecure loopback. */
  readonly links: Links | null;
  readonly trust: Trust | null;
  readonly journal: Journal;
};

type Listening = Given & { readonly refused: TurnedAway['say'] };

/** Who we are on our links, and the authority by which we let others in. */
type Links = {
  readonly kept: KeptTrust;
  readonly trust: LinkTrust;
  readonly notices: KeptNotices;
  readonly authority: SiteAuthority;
};

async function linksIn(
  root: string,
  {
    site,
    certificateHours,
    log,
  }: Pick<Settings, 'site' | 'certificateHours'> & { readonly log: Logger },
): Promise<Result<Links>> {
  const lifetimeMs = certificateHours * 3_600_000;
  const authority = await openSiteAuthority(root, { lifetimeMs });
  if (!authority.ok) return authority;
  const notices = await openNotices(root, { clock: systemClock, log });
  if (!notices.ok) return notices;
  const links = openLinkTrust(null, notices.value);
  const kept = await keepSignedTrust(root, { service }, { clock: systemClock, log, trust: links });
  if (!kept.ok) return kept;
  if (authority.value.site !== site) {
    kept.value.close();
    return refuse(problem('SENDER_OTHER', { said: site, proved: authority.value.site }));
  }
  const { trust } = kept.value;
  return ok({ kept: kept.value, trust, notices: notices.value, authority: authority.value });
}

async function run(given: Given): Promise<Result<Daemon>> {
  const { root, log, settings, journal } = given;
  const { ports, installed } = await openPorts(given);
  let serversAddress = '';
  const clock = systemClock;
  const turnedAway = openTurnedAway({ clock, log, append: (line) => program.append(line) });
  const program: Program = await openProgram(ports, {
    inbox: join(root, 'inbox'),
    installed,
    forecaster: openForecaster(),
    contentOnlyFromControlManager: settings.updateSource === undefined,
    settings: shownSettings(root, settings),
    sources: openPackageSources(settings.packageSources, {
      store: storeFolder(root),
      trust: given.links?.trust ?? null,
    }),
    budget: (now) => budgetOf(settings.budget, now),
    diskFailed(error) {
      log.fatal({ err: error }, 'the journal cannot be written');
      // Who asked is told so first.
      setTimeout(() => process.exit(statusOfDisk), diskAnswerMs);
    },
    serversAddress: () => serversAddress,
    turnedAway: turnedAway.say,
    readPlan: (text, file, { now, fleet, releases, acknowledged }) =>
      readPlan(text, file, {
        now,
        fleet,
        acknowledged,
        release: (component, version) =>
          releases.find(
            ({ manifest }) => manifest.component === component && manifest.version === version,
          ) ?? null,
      }),
    readSource: (source) => readUpdateSource(root, source ?? settings.updateSource),
    campaigns: campaignsBy(settings, given.links?.authority.organisation.name),
    headsPlace: headsPlaceOf(settings),
    revocationsPlace: revocationsPlaceOf(settings),
  });
  const door = { ...given, refused: turnedAway.say };
  const servers = await listenForServers(door, program);
  const people = await listenForPeople(door, program);
  const { store, trusted } = ports;
  const inClear = await listenInClear(settings, {
    log,
    transfers: program.parts.traffic,
    store,
    metadata: (lane, name) => trusted.file(lane, name),
    mirror: mirrorOf(program.parts, (digest) => storedContent(storeFolder(root), digest)),
  });
  serversAddress = servers.address;
  const written = await writeRunFile(root, service, {
    pid: process.pid,
    startedAt: systemClock.now(),
    addresses: { servers: servers.address, console: people.address },
  });
  if (!written.ok) return written;
  const cron = scheduled(settings, async () => {
    const answered = await program.parts.updates.now(undefined);
    if (!answered.ok) log.warn({ because: answered.because }, 'the scheduled update failed');
  });
  await program.begin();
  const close = async (): Promise<void> => {
    cron?.stop();
    given.links?.kept.close();
    given.links?.notices.close();
    program.end();
    await removeRunFile(root, service);
    await Promise.all([servers.close(), people.close(), ...inClear.map((one) => one.close())]);
    await turnedAway.close();
    await program.parts.traffic.end();
    // What was begun is finished first; nothing new can begin without listeners.
    await program.parts.loop.idle();
    await journal.close();
  };
  return ok({ close });
}

async function openPorts(given: Given) {
  const { root, log, settings, self, journal } = given;
  const launcherFile = join(root, 'launcher.json');
  const services = parseServices(
    await readFile(launcherFile, 'utf8').catch(() => '{"services":[]}'),
    launcherFile,
  );
  const names = services.ok ? services.value : [];
  const share = openShare({
    shareFolder: join(root, 'share'),
    storeFolder: storeFolder(root),
    evidenceFolder: join(root, 'evidence'),
    clock: systemClock,
  });
  const ports: SitePorts = {
    name: settings.site,
    clock: systemClock,
    log,
    journal,
    share,
    store: openStore({ root, share }),
    deltas: openDeltas(storeFolder(root)),
    trusted: new Trusted(given.trust),
    launcher: connectLauncher(),
    self,
    digestOf: digestOfBytes,
    authority: given.links?.authority,
    notices: given.links?.notices,
    ...workedBy(settings),
    ownServer: await readOwnServer(root),
    expects: { normalServer: names.includes('normal-server'), agent: names.includes('agent') },
    programSections: given.programSections,
  };
  return { ports, installed: await storedRelease(root, self.digest) };
}

function listenForServers(given: Listening, { parts }: Program): Promise<Listener> {
  const { settings, links, log, refused } = given;
  const { site, traffic: transfers } = parts;
  const only =
    (rule: (here: Here) => Rule): Admit =>
    (peer) => {
      const here = links?.trust.current()?.identity;
      if (here === undefined || peer === null) return null;
      return againstRule(rule(here), peer.identity) ?? parts.refused.against(peer);
    };
  const admit = only(normalServerOf);
  const packages = packageRoutes(
    { transfers, store: site.store, metadata: (lane, name) => site.trusted.file(lane, name) },
    only(readerOf),
  );
  return openListener({
    ...settings.listen,
    security: linkSecurity(links?.trust ?? null),
    openCalls: links === null ? [] : enrolmentCalls(parts, { trust: links.trust, refused }),
    log,
    refused,
    meter: transfers.meter,
    sockets: [
      {
        path: '/v1/session',
        admit,
        messageBytesMax,
        accept: (link) => parts.sessions.accept(link),
      },
      {
        path: '/v1/agent',
        admit: only(agentOf),
        messageBytesMax: agentBytesMax,
        accept: (link) => parts.agent.accept(link),
      },
    ],
    files: packages.files,
    documents: [...packages.documents, { prefix: deltaPath, admit, read: readDelta(parts) }],
  });
}

function readDelta({ deltas, traffic }: Parts) {
  return async (name: string) => {
    if (deltas === null) return null;
    const answer = await deltas.answer(name);
    const tree = brand<Digest>(name.split('-')[1] ?? '');
    if (answer.state === 'made') await traffic.served.delta(answer.digest, tree);
    return Buffer.from(JSON.stringify(answer));
  };
}

/** What works without a valid certificate, since it is how one is got. */
function enrolmentCalls(
  parts: Parts,
  { trust, refused }: Pick<Listening, 'refused'> & { readonly trust: LinkTrust },
): readonly OpenCall[] {
  const verified = (chain: Chain): Result<Verified> => {
    const verifier = trust.current()?.verifier;
    invariant(verifier !== undefined, 'who listens has an identity');
    const how = { now: systemClock.now(), expiredMsMax: validity.renewableMs };
    return verifier.verify(chain, how);
  };
  const bytesMax = enrolBytesMax;
  const post = (path: string, answer: OpenCall['answer']): OpenCall => ({
    method: 'POST',
    path,
    bytesMax,
    answer,
  });
  const { enrolment } = parts;
  return [
    {
      method: 'GET',
      path: organisationPath,
      bytesMax,
      answer: async () => enrolment.organisation(),
    },
    post(enrolPath, ({ body, remote }) => enrolment.enrol(body, remote)),
    post(joiningPath, ({ body, remote }) => enrolment.joining(body, remote)),
    post(renewPath, async ({ body, chain, remote }) => {
      const peer = verified(chain);
      const renewed = await enrolment.renew(body, peer);
      const identity = peer.ok ? peer.value.identity : null;
      if (!renewed.ok) refused({ remote, identity, because: renewed.because });
      return renewed;
    }),
    post(rehomePath, ({ body, chain, remote }) => enrolment.rehome(body, verified(chain), remote)),
    post(leavePath, ({ body, chain }) => leave(parts, body, verified(chain))),
    post(localUpgradePath, ({ body, chain }) => permitLocalUpgrade(parts, body, verified(chain))),
  ];
}

async function listenForPeople(given: Listening, program: Program): Promise<Listener> {
  const { settings, token, links, log, refused } = given;
  const { site, changes } = program.parts;
  const { approvers } = settings;
  const people = listening(
    peopleWorld(program.parts, {
      secrets: openSecrets(),
      approvers,
      timeZone: Temporal.Now.timeZoneId(),
    }),
  );
  await people.door.adoptInstallation(token);
  const authenticate = (asking: Asking) => people.authenticate(shownBy(asking));
  const asked = { authenticate, answer: people.answer };
  return openListener({
    ...settings.console,
    security: consoleSecurity(links?.trust ?? null, given.own),
    log,
    refused,
    calls: { table: { ...peopleCalls, ...informationServerCalls }, ...asked },
    logins: people.logins,
    calendar: { name: site.name, ...asked },
    events: {
      authenticate,
      now: () => systemClock.now(),
      count: () => changes.number,
      listen: (act) => changes.listen(act),
    },
    console: await openConsoleAssets(process.argv[1] ?? ''),
    uploads: [
      {
        path: importPath,
        authenticate: (asking) => people.authenticateFor('share.import', shownBy(asking)),
        bytesMax: limits.releaseFileBytesMax,
        async receive(stream, by) {
          const release = await site.store.importRelease(stream, program.againstImport);
          if (!release.ok) return program.refused(release.because, by);
          if (release.value === null) return program.importedMetadata(by);
          const imported = await program.imported(release.value, by);
          if (!imported.ok) return imported;
          const { digest, manifest } = imported.value;
          return ok({ component: manifest.component, version: manifest.version, digest });
        },
      },
    ],
  });
}
