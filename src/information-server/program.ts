/**
 * The information server's parts put together, with no adapter in sight: the ticking, the proof
 * of its own new version, and what happens at the start.
 */

import { noBudget, type Budget } from '#domain/budget/budget.ts';
import type { ShownSettings } from '#protocol/console/settings-calls.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { refuse, type Result } from '#domain/result.ts';
import { Changes } from '#people/changes.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import { duties } from '#domain/upgrade/step-head.ts';
import type { Forecaster } from '#ports/forecast.ts';
import type { RefusedPeer } from '#ports/link.ts';
import type { Deltas } from '#ports/deltas.ts';
import { firstWord } from '#ports/first-word.ts';
import type { Rows } from '#ports/journal.ts';
import type { PackageSources } from '#ports/package-sources.ts';
import { AgentLink } from './agent-link.ts';
import { layFirstBaseline } from './content/first-baseline.ts';
import { background } from './background.ts';
import { Behind } from './content/behind.ts';
import { Catalogue } from './content/catalogue.ts';
import { Deliveries } from './content/deliveries.ts';
import { Effects } from './effects.ts';
import { Enrolment } from './enrolment/enrolment.ts';
import { FleetEvents } from './fleet/fleet-events.ts';
import { FleetIndex } from './fleet/fleet-index.ts';
import { Forecasts } from './forecast/forecasts.ts';
import { keepersOf, type HeadsPlace, type RevocationsPlace } from './record/heads-elsewhere.ts';
import { limits } from './limits.ts';
import {
  againstImport,
  importedMetadata,
  importRelease,
  refusedImport,
} from './content/imports.ts';
import { ServedDeltas } from './content/deltas.ts';
import { prepareDeltas, pruneDeltas } from './content/deltas-here.ts';
import { removeGone } from './content/packages-here.ts';
import { listedServer } from './fleet/listed-server.ts';
import { Loop } from './loop.ts';
import { OwnUpgrade, type OwnSwitchEnd } from './upgrade/own-upgrade.ts';
import type { By, Parts } from './parts.ts';
import { Publisher } from './fleet/publisher.ts';
import { Refused } from './enrolment/refused.ts';
import { Rings } from './content/rings.ts';
import { pauseRestored } from './upgrade/restored-upgrades.ts';
import { Sessions } from './fleet/sessions.ts';
import { openSite, type Site, type SitePorts } from './site.ts';
import { StandingNotices } from './fleet/standing-notices.ts';
import { Budgets } from './traffic/budgets.ts';
import { Traffic } from './traffic/traffic.ts';
import { ActiveHolds, missAbsent, tickChange } from './ticks.ts';
import { Updates } from './content/updates.ts';
import { startPart } from './upgrade/campaign-start.ts';
import { Campaigns, type CampaignWorld } from './upgrade/campaigns.ts';
import { Upgrades } from './upgrade/upgrades.ts';

export type Program = {
  readonly parts: Parts;
  begin(): Promise<void>;
  end(): void;
  /** Why this release, or metadata alone, may not enter, or null. */
  readonly againstImport: (
    release: Release | null,
    metadata: MetadataFiles,
  ) => Promise<Problem | null>;
  imported(release: Release, by: By): Promise<Result<Release>>;
  /** One line more in the record. */
  append(line: RecordEntry): Promise<void>;
  /** Writes down that metadata came in without a release. */
  importedMetadata(by: By): Promise<Result<object>>;
  /** Writes down that a person's release file was not taken. */
  refused(because: Problem, by: By): Promise<ReturnType<typeof refuse>>;
};

export type Edges = Pick<Parts, 'serversAddress' | 'readPlan' | 'readSource'> & {
  readonly inbox: string;
  /** Where heads of the record are witnessed besides at servers; absent: nowhere. */
  readonly headsPlace?: HeadsPlace | null | undefined;
  /** Where stands what must not come back with an old journal; absent: nowhere. */
  readonly revocationsPlace?: RevocationsPlace | null | undefined;
  /** Absent: upgrades start without a forecast, and none can be asked for. */
  readonly forecaster?: Forecaster | undefined;
  /** No source of updates is set (S6). */
  readonly contentOnlyFromControlManager?: boolean | undefined;
  /** Absent: nobody here could tell a campaign's signatures, so none is carried out. */
  readonly campaigns?: CampaignWorld | undefined;
  /** Absent: there is no file. */
  readonly settings?: ShownSettings | undefined;
  /** Where releases can be fetched; absent: nowhere. */
  readonly sources?: PackageSources | undefined;
  /** What settings say of budgets, its hours some days ahead; absent: nothing is limited. */
  budget?(now: number): Budget;
  /** The release that this installation was laid down from. */
  readonly installed: Release | null;
  /** Told of who proved to be another than he said. */
  turnedAway?(peer: RefusedPeer): void;
  /** Ends this process; the launcher starts it again, more and more slowly. */
  diskFailed(error: unknown): void;
};

export async function openProgram(ports: SitePorts, edges: Edges): Promise<Program> {
  // Whoever proves himself must know it before he decides anything.
  await firstWord(ports.launcher, ports.clock);
  const site = await openSite(ports);
  const refused = new Refused(site.authority);
  await refused.load(site.journal.rows);
  const parts = wire(site, edges, refused);
  // Before anybody can ask for a lease.
  await pauseRestored(parts);
  await parts.budgets.load(site.journal.rows);
  await parts.campaigns.load(site.journal.rows);
  let campaignsAt = 0;
  let checkedAt = 0;
  const startedAt = site.clock.monotonic();
  let wasYoung = true;
  const holding = new ActiveHolds(site);
  const tick = (): void => {
    if (site.isEnded) return;
    const isYoung = site.clock.monotonic() - startedAt < limits.reconnectMs;
    parts.loop.post((rows) => tickChange(parts, rows, isYoung));
    parts.loop.post(async (rows) => {
      return (await holding.look(rows)) ? [() => parts.holdsChanged()] : [];
    });
    if (wasYoung && !isYoung) parts.loop.post((rows) => missAbsent(parts, rows));
    // A program that is young has been away itself: nothing is judged by its silence.
    if (!isYoung) parts.loop.post((rows) => parts.rings.tick(rows));
    wasYoung = isYoung;
    // Servers that still dial are absent to nobody's plan.
    if (!isYoung && site.clock.monotonic() - campaignsAt > limits.campaignLookMs) {
      campaignsAt = site.clock.monotonic();
      background(site, parts.campaigns.look(), 'campaigns not looked at');
    }
    if (site.clock.monotonic() - checkedAt > limits.shareCheckMs) {
      checkedAt = site.clock.monotonic();
      background(site, checkShare(parts));
      background(site, pruneDeltas(parts), 'deltas not pruned');
    }
    for (const keeper of parts.elsewhere) background(site, keeper.look());
    site.clock.after(limits.tickMs, tick);
  };
  return {
    parts,
    async begin() {
      await removeGone(site);
      await layFirstBaseline(parts, edges.installed);
      await resumeDuties(parts, () => true);
      // Committed or returned: the upgrade that waits for it looks again, and so do deliveries.
      site.launcher?.onState(() => {
        parts.changes.siteChanged();
        background(
          site,
          resumeDuties(parts, (state) => state.startsWith('self-')),
        );
        parts.holdsChanged();
        background(site, removeOldSlots(site));
      });
      checkedAt = site.clock.monotonic();
      // What was being taken back when this program ended still is.
      background(site, parts.rings.takeBack(), 'content was not taken back');
      // A hold may have ended while nobody was here to see it.
      parts.holdsChanged();
      tick();
      prove(parts, () => site.isEnded);
    },
    end() {
      site.isEnded = true;
      parts.forecasts.end();
      parts.budgets.end();
      parts.sessions.closeAll();
    },
    againstImport: async (release, metadata) => {
      if (release === null) return site.trusted.take('program', metadata);
      const against = await site.trusted.againstImport(release, metadata);
      return against ?? againstImport(site.journal.rows, release);
    },
    async imported(release, by) {
      const imported = await importRelease(parts, release, by);
      if (imported.ok) background(site, prepareDeltas(parts, release), 'deltas not prepared');
      return imported;
    },
    append: (line) =>
      parts.loop.submit(async ({ log }) => {
        await log.appendRecord(line);
        return [];
      }),
    importedMetadata: (by) => importedMetadata(parts, by),
    refused: (because, by) => refusedImport(parts, because, by),
  };
}

function wire(site: Site, edges: Edges, refused: Refused): Parts {
  const changes = new Changes();
  const fleetIndex: FleetIndex = new FleetIndex(site.journal.rows, (server, head, placed) =>
    listedServer({ site, sessions }, server, head, placed),
  );
  const loop = new Loop(site, {
    diskFailed: edges.diskFailed,
    committed(touched) {
      background(site, fleetIndex.committed(touched), 'the list of servers could not follow');
      changes.changed(touched.parts);
      if (touched.isUpgradeBegun) {
        background(site, budgets.upgradesChanged(site.journal.rows), 'a budget was not read');
      }
    },
  });
  const sessions: Sessions = new Sessions(site, {
    hello(hello) {
      loop.post(fleetEvents.hello(hello));
      background(site, behind.hear(hello));
    },
    said(server, message) {
      const change = fleetEvents.said(server, message);
      if (change !== null) loop.post(change);
    },
    gone: (server) => loop.post(fleetEvents.gone(server)),
    cloned: (server, found) => loop.post(fleetEvents.cloned(server, found)),
    against: (peer) => refused.against(peer),
    turnedAway: (peer) => edges.turnedAway?.(peer),
    hasRoom: () => loop.hasRoom(),
  });
  const budgets: Budgets = new Budgets(site, (now) => edges.budget?.(now) ?? noBudget);
  const traffic = new Traffic(site, loop, budgets);
  const behind = new Behind(site, loop);
  const catalogue = new Catalogue(site, loop);
  const rings: Rings = new Rings({
    site,
    loop,
    catalogue,
    tellAtOnce: () => publisher.atOnce(),
    tellEveryone: () => publisher.everyone(),
    report: () => background(site, agent.reconsider(), 'agent not told'),
    wentOn: () => holdsChanged(),
  });
  const publisher: Publisher = new Publisher(site, sessions, rings.outcomes);
  const deliveries = new Deliveries(site, loop, catalogue, rings);
  const { readSource: read } = edges;
  const updates = new Updates({ site, loop, deliveries, read, changed: () => tellAll() });
  const notices = new StandingNotices(site, loop, sessions);
  const campaigns: Campaigns = new Campaigns({
    site,
    loop,
    world: edges.campaigns ?? noCampaigns,
    begin: (campaign, by) => startPart(parts, campaign, by),
    pause: (rows, upgrade, who) =>
      upgrades.tell(rows, upgrade, { to: 'head', event: { type: 'paused', who } }),
    changed: () => background(site, agent.reconsider(), 'agent not told'),
  });
  const agent: AgentLink = new AgentLink({
    rings,
    campaigns,
    noticed: (texts) => notices.heard(texts),
    site,
    loop,
    deliveries,
    updates,
    inbox: edges.inbox,
    contentChanged: () => publisher.everyone(),
    seen: () => changes.siteChanged(),
    holdsSaid() {
      catchUp(site, updates);
      publisher.everyone();
    },
  });
  const effects: Effects = new Effects({
    site,
    loop,
    catalogue,
    sessions,
    publisher,
    own: () => own,
    upgrades: () => upgrades,
  });
  const tellAll = (): void => {
    background(site, agent.reconsider(), 'agent not told');
    publisher.everyone();
  };
  const holdsChanged = (): void => {
    tellAll();
    catchUp(site, updates);
  };
  const upgrades: Upgrades = new Upgrades(site, {
    isConnected: (server) => sessions.isConnected(server),
    perform: (upgrade, command) => effects.perform(upgrade, command),
    holdsChanged,
  });
  const own: OwnUpgrade = new OwnUpgrade(site, {
    tell: (upgrade, event) => effects.tell(upgrade, event),
    ended: (end) => loop.post((rows) => sayOwnEnd(site, rows, end)),
    inFlight: () => site.journal.rows.upgrades.inFlight(),
    agentDigest: () => agent.connected()?.digest ?? null,
    isSwitching: async (upgrade) =>
      (await site.journal.rows.upgrades.head(upgrade))?.state === 'self-switching',
  });
  const fleetEvents: FleetEvents = new FleetEvents({
    site,
    upgrades,
    sessions,
    publisher,
    notices,
    rings: rings.outcomes,
  });
  const { serversAddress, readPlan, readSource } = edges;
  const parts: Parts = {
    site,
    loop,
    sessions,
    publisher,
    upgrades,
    campaigns,
    fleetEvents,
    fleetIndex,
    changes,
    catalogue,
    deliveries,
    deltas: site.deltas === undefined ? null : servedDeltas(site, site.deltas),
    updates,
    rings,
    agent,
    own,
    sources: edges.sources ?? null,
    budgets,
    traffic,
    forecasts: new Forecasts(site, edges.forecaster ?? null),
    enrolment: new Enrolment({ site, loop, sessions, refused }),
    refused,
    notices,
    behind,
    elsewhere: keepersOf({ site, loop, refused }, edges),
    contentOnlyFromControlManager: edges.contentOnlyFromControlManager ?? null,
    settings: edges.settings ?? { file: '-', settings: [] },
    serversAddress,
    readPlan,
    readSource,
    holdsChanged,
  };
  return parts;
}

const noCampaigns: CampaignWorld = {
  reader: { read: () => refuse(problem('CAMPAIGN_UNREADABLE', { detail: 'none are read here' })) },
  organisation: '',
  policy: 'refuse',
  approvers: 2,
};

function servedDeltas({ journal, log }: Site, deltas: Deltas): ServedDeltas {
  return new ServedDeltas({ deltas, log, releases: () => journal.rows.catalogue.releases() });
}

function catchUp(site: Site, updates: Updates): void {
  background(site, updates.catchUp(), 'not caught up');
}

/** Once for each switch, however often it is heard of. */
async function sayOwnEnd(site: Site, rows: Rows, end: OwnSwitchEnd): Promise<(() => void)[]> {
  const { tag, kind, who, detail } = end;
  if ((await rows.log.note('own-switch')) === tag) return [];
  await rows.log.putNote('own-switch', tag);
  await rows.log.appendRecord({ at: site.clock.now(), kind, who, server: null, detail });
  return [];
}

/** After a restart every state asks for its effects again. */
async function resumeDuties(
  parts: Parts,
  concerns: (state: UpgradeHead['state']) => boolean,
): Promise<void> {
  const { upgrades, loop, site } = parts;
  for (const head of await site.journal.rows.upgrades.openHeads()) {
    if (head.state === 'stopped' || !concerns(head.state)) continue;
    await loop.submit((rows) => upgrades.resume(rows, head.upgrade, duties));
  }
}

/** The standing check: drift outside groups is shown at once, restored by a person or a group. */
async function checkShare(parts: Parts): Promise<void> {
  const { site, catalogue } = parts;
  const drift = await catalogue.check({ thorough: false });
  if (drift === null) return;
  const { fields, packages } = drift;
  if (fields.length + packages.length === 0) return;
  site.log.warn({ fields, packages: packages.length }, 'the share drifted');
}

/** Proof of this version: its ports, its share, its own normal server and its agent connected. */
function prove(parts: Parts, isEnded: () => boolean): void {
  const { site, sessions, agent, catalogue } = parts;
  const { launcher, expects, ownServer } = site;
  if (launcher === null) return;
  launcher.healthy();
  const look = async (): Promise<void> => {
    if (isEnded()) return;
    const isAgentStopped = launcher.state()?.agent?.wanted === 'stopped';
    const isAgentThere = !expects.agent || isAgentStopped || agent.connected() !== null;
    const isOwnServerThere =
      !expects.normalServer || (ownServer !== null && sessions.isConnected(ownServer));
    if (isAgentThere && isOwnServerThere && (await hasLooked(catalogue))) {
      launcher.proven();
    } else site.clock.after(200, () => background(site, look()));
  };
  background(site, look());
}

/** Keeps what runs, what the launcher can go back to, and what an upgrade is about to start. */
async function removeOldSlots(site: Site): Promise<void> {
  const tracks = site.launcher?.state();
  if (tracks === undefined || tracks === null) return;
  const states = Object.values(tracks);
  // While leases drain, a slot that no upgrade names waits for its switch.
  if (site.isDraining || states.some((track) => track.phase === 'proving')) return;
  const slots = states.flatMap(({ slot, previous }) =>
    previous === null ? [slot] : [slot, previous],
  );
  const { rows } = site.journal;
  const releases: Release[] = [];
  for (const head of await rows.upgrades.openHeads()) {
    const release = await rows.catalogue.release(head.release.digest);
    if (head.finishedAt === null && release !== null) releases.push(release);
  }
  await site.store.keepSlots({ slots, releases });
}

/** The share can be held against the catalogue; what that shows is nobody's proof. */
async function hasLooked(catalogue: Catalogue): Promise<boolean> {
  await catalogue.check({ thorough: false });
  return true;
}
