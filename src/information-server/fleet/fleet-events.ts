/** What normal servers say, turned into changes of rows: hello, status, lease questions, silence. */

import { isProvedToRun, unprovedDigest } from '#domain/catalogue/proof.ts';
import { isAtomic, type Release } from '#domain/catalogue/release.ts';
import type { FleetServer, Installed } from '#domain/fleet/server.ts';
import { brand, compareFences, type LeaseId, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import type { ServerEvent } from '#domain/upgrade/event.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { Rows } from '#ports/journal.ts';
import {
  protocolVersion,
  type FromNormalServer,
  type Hello,
  type InventoryNow,
  type Status,
} from '#protocol/normal-server/messages.ts';
import type { Change, Effect } from '../loop.ts';
import type { RingOutcomes } from '../content/ring-outcomes.ts';
import type { Publisher } from './publisher.ts';
import type { Answered } from './questions.ts';
import { ownComponent, seenNow } from '../seen.ts';
import type { CloneFound, Sessions } from './sessions.ts';
import type { Site } from '../site.ts';
import type { StandingNotices } from './standing-notices.ts';
import type { Upgrades } from '../upgrade/upgrades.ts';
import { raiseRestore } from '../record/restores.ts';
import { hearHead } from '../record/witnesses.ts';

type Said = Exclude<FromNormalServer, { type: 'hello' } | Answered>;

export class FleetEvents {
  readonly #site: Site;
  readonly #upgrades: Upgrades;
  readonly #sessions: Sessions;
  readonly #publisher: Publisher;
  readonly #notices: Pick<StandingNotices, 'tell'>;
  readonly #rings: Pick<RingOutcomes, 'said' | 'hello' | 'gone'>;
  /** Bytes of downloads under way, told twice a second: shown, not journalled. */
  readonly #downloading = new Map<ServerId, { digest: string; bytes: number }>();

  constructor(parts: {
    readonly site: Site;
    readonly upgrades: Upgrades;
    readonly sessions: Sessions;
    readonly publisher: Publisher;
    readonly notices: Pick<StandingNotices, 'tell'>;
    readonly rings: Pick<RingOutcomes, 'said' | 'hello' | 'gone'>;
  }) {
    this.#site = parts.site;
    this.#upgrades = parts.upgrades;
    this.#sessions = parts.sessions;
    this.#publisher = parts.publisher;
    this.#notices = parts.notices;
    this.#rings = parts.rings;
  }

  hello(hello: Hello): Change {
    return async (rows) => {
      const known = await rows.fleet.server(hello.server);
      const isProved = await isProvedHello(rows, hello);
      const withInformationServer = hello.server === this.#site.ownServer;
      const now = this.#site.clock.now();
      const server = serverOf(hello, { known, isProved, withInformationServer, now });
      await rows.fleet.putServer(server);
      await this.#rings.hello(rows, hello);
      await this.#sayUnsigned(rows, server, known);
      await this.#sayLauncher(rows, server, known);
      // A server that obeyed what was not sent in this life shows that the journal is an old one.
      if (compareFences(hello.fence, this.#publisher.fence) > 0) {
        const epoch = hello.fence.epoch + 1;
        await raiseRestore(rows, { from: this.#site.epoch, to: epoch });
        this.#site.epoch = epoch;
        await rows.log.putNote('epoch', String(epoch));
        await this.#record(rows, 'epoch-raised', hello.server, { epoch, fence: hello.fence });
      }
      const { head } = hello;
      if (head !== undefined) await hearHead(this.#site, rows, { server: hello.server, head });
      if (known === null) {
        await this.#record(rows, 'server-joined', hello.server, { domain: server.domain });
      }
      // Each hello says it again; people are told once.
      if (!isProved && known?.running.digest !== unprovedDigest) {
        const { version, digest } = hello.running;
        await this.#record(rows, 'server-unproved', hello.server, { version, digest });
      }
      const effects: Effect[] = [
        () => {
          const epoch = this.#site.epoch;
          const turn = this.#sessions.turnOf(hello.server);
          const { spreadSeconds } = this.#sessions;
          this.#sessions.send(hello.server, {
            type: 'welcome',
            protocol: protocolVersion,
            epoch,
            hearsInventory: true,
            ...(spreadSeconds === 0 ? {} : { spreadSeconds }),
            ...(turn === undefined ? {} : { turn }),
          });
          this.#notices.tell(hello.server);
          this.#publisher.now(hello.server);
        },
      ];
      for (const { upgrade, head } of await this.#upgradesOf(rows, hello.server)) {
        const event = await seenNow(rows, server, head);
        const told = { to: 'server', server: hello.server, event } as const;
        effects.push(...(await this.#upgrades.tell(rows, upgrade, told)));
      }
      return effects;
    };
  }

  /** Whoever named this release before it was known here was believed: now its digests are asked. */
  async imported(rows: Rows, release: Release): Promise<void> {
    for (const server of await rows.fleet.servers()) {
      if (server.running.digest !== release.digest) continue;
      const { running, platform } = this.#sessions.session(server.server)?.hello ?? {};
      const isLive = running?.digest === release.digest && platform !== undefined;
      if (isLive && isProvedToRun(release, { platform, proof: running.proof })) continue;
      const { version } = server.running;
      await rows.fleet.putServer({ ...server, running: { version, digest: unprovedDigest } });
      // One that is away says hello again; only who stands here with other digests is told of.
      if (!isLive) continue;
      const { digest } = release;
      await this.#record(rows, 'server-unproved', server.server, { version, digest });
    }
  }

  gone(server: ServerId): Change {
    return async (rows) => {
      const known = await rows.fleet.server(server);
      if (known !== null) {
        await rows.fleet.putServer({ ...known, lastSeen: this.#site.clock.now() });
      }
      await this.#rings.gone(rows, server);
      return this.#upgrades.tellServer(rows, server, { type: 'disconnected' });
    };
  }

  cloned(server: ServerId, found: CloneFound): Change {
    return async (rows) => {
      await this.#record(rows, 'identity-cloned', server, found);
      return [];
    };
  }

  said(server: ServerId, message: Said): Change | null {
    switch (message.type) {
      case 'status':
        return this.#status(server, message);
      case 'inventory':
        return this.#inventory(server, message);
      case 'lease-request':
        return this.#leaseRequest(server, message);
      case 'lease-confirm':
        return async (rows) => this.#leaseConfirm(rows, server, message.lease);
    }
  }

  #inventory(server: ServerId, said: InventoryNow): Change {
    const { diskBytesFree, rebootRecommended } = said;
    return async (rows) => {
      const known = await rows.fleet.server(server);
      if (known === null) return [];
      const { unsigned = known.unsigned } = said;
      const isNews =
        known.diskBytesFree !== diskBytesFree ||
        known.rebootRecommended !== rebootRecommended ||
        known.unsigned !== unsigned;
      if (!isNews) return [];
      const now = { ...known, diskBytesFree, rebootRecommended, unsigned };
      await rows.fleet.putServer(now);
      await this.#sayUnsigned(rows, now, known);
      return [];
    };
  }

  /** Each hello says it again; people are told once of each release. */
  async #sayUnsigned(rows: Rows, now: FleetServer, before: FleetServer | null): Promise<void> {
    const { unsigned: because, running } = now;
    if (typeof because !== 'string') return;
    if (before?.unsigned === because && before.running.digest === running.digest) return;
    await this.#record(rows, 'server-unsigned', now.server, { ...running, because });
  }

  /** Once of each launcher that failed. */
  async #sayLauncher(rows: Rows, now: FleetServer, before: FleetServer | null): Promise<void> {
    const failed = now.launcherFailed ?? null;
    if (failed === null || before?.launcherFailed?.version === failed.version) return;
    await this.#record(rows, 'launcher-failed', now.server, failed);
  }

  #status(server: ServerId, status: Status): Change | null {
    if (status.state === 'downloading') {
      this.#downloading.set(server, { digest: status.digest, bytes: status.bytesReceived });
      return null;
    }
    this.#downloading.delete(server);
    return async (rows) => {
      const known = await rows.fleet.server(server);
      if (known === null) return [];
      const release = await rows.catalogue.release(status.digest);
      if (release === null) return [];
      await rows.fleet.putServer(withStatus(known, status, release, this.#site.clock.now()));
      const effects: Effect[] = [];
      // Content moves in no upgrade.
      if (release.manifest.lane === 'content') {
        await this.#rings.said(rows, server, status, release);
        return effects;
      }
      const event = eventOf(status, release);
      // The daemon itself proves by its hello what it runs; a word alone does not.
      const isOwn = release.manifest.component === ownComponent;
      const isProved = !isOwn || known.running.digest === status.digest;
      if (event === null || (event.type === 'installed' && !isProved)) return effects;
      for (const { upgrade, head } of await this.#upgradesOf(rows, server)) {
        // A report names its digest; what it says of another one is not this upgrade's.
        if (head.release.digest !== status.digest) continue;
        // A failure that was on its way when a person had it tried anew is not the new try's.
        const isEarlier = status.attempt !== undefined && status.attempt < head.resumes;
        if (status.state === 'failed' && isEarlier) continue;
        const told = { to: 'server', server, event } as const;
        effects.push(...(await this.#upgrades.tell(rows, upgrade, told)));
      }
      return effects;
    };
  }

  #leaseRequest(server: ServerId, asked: Extract<Said, { type: 'lease-request' }>): Change {
    return async (rows) => {
      const { digest } = asked;
      const owners = await this.#upgradesOf(rows, server);
      const owner = owners.find(
        ({ head: { release } }) =>
          release.digest === digest && release.component === asked.component,
      );
      if (owner === undefined) {
        const because = problem('DIGEST_NOT_WANTED', { digest });
        const { request } = asked;
        return [() => this.#sessions.send(server, { type: 'refused', request, because })];
      }
      const lease = brand<LeaseId>(this.#site.newId('lease'));
      const event = { type: 'lease-requested', digest, lease } as const;
      return this.#upgrades.tell(rows, owner.upgrade, { to: 'server', server, event });
    };
  }

  async #leaseConfirm(rows: Rows, server: ServerId, lease: LeaseId): Promise<readonly Effect[]> {
    for (const { upgrade, row } of await rows.upgrades.standingRowsOf(server)) {
      if (row.lease?.id !== lease) continue;
      const event = { type: 'lease-confirmed', lease } as const;
      return this.#upgrades.tell(rows, upgrade, { to: 'server', server, event });
    }
    const because = problem('LEASE_UNKNOWN', { lease });
    return [() => this.#sessions.send(server, { type: 'confirmed', lease, go: false, because })];
  }

  /**
   * Upgrades that may still hear of this server or answer it, the newest first. One that was
   * stopped too: a switch that had begun ends all the same, and its end must be heard.
   */
  async #upgradesOf(rows: Rows, server: ServerId) {
    const owned = await rows.upgrades.standingRowsOf(server);
    const found: { upgrade: UpgradeHead['upgrade']; head: UpgradeHead }[] = [];
    for (const { upgrade } of owned) {
      const head = await rows.upgrades.head(upgrade);
      if (head !== null) found.push({ upgrade, head });
    }
    return found.sort((left, right) => right.head.startedAt - left.head.startedAt);
  }

  /** Bytes that this server has received of that release, downloads under way included. */
  bytesReceived(server: FleetServer, digest: string): number {
    const live = this.#downloading.get(server.server);
    const counted = server.bytesReceived[digest] ?? 0;
    return live?.digest === digest ? Math.max(live.bytes, counted) : counted;
  }

  async #record(rows: Rows, kind: RecordKind, server: ServerId, detail: Record<string, unknown>) {
    await rows.log.appendRecord({
      at: this.#site.clock.now(),
      kind,
      who: 'information-server',
      server,
      detail,
    });
  }
}

/** What is not known here cannot be held against anything; it is no release of an upgrade either. */
async function isProvedHello(rows: Rows, { running, platform }: Hello): Promise<boolean> {
  const release = await rows.catalogue.release(running.digest);
  return release === null || isProvedToRun(release, { platform, proof: running.proof });
}

type Meeting = {
  readonly known: FleetServer | null;
  readonly isProved: boolean;
  readonly withInformationServer: boolean;
  readonly now: number;
};

function serverOf(
  hello: Hello,
  { known, isProved, withInformationServer, now }: Meeting,
): FleetServer {
  const { version, digest } = hello.running;
  return {
    server: hello.server,
    installId: hello.installId,
    machineId: hello.machineId,
    // People move servers; a server's own wish counts only when it is new.
    domain: known?.domain ?? hello.domain,
    platform: hello.platform,
    os: hello.os,
    memoryBytes: hello.memoryBytes,
    diskBytesFree: hello.diskBytesFree,
    running: { version, digest: isProved ? digest : unprovedDigest },
    programs: hello.programs,
    contents: hello.contents,
    rebootRecommended: hello.rebootRecommended,
    unsigned: hello.unsigned === undefined ? unsignedBefore(hello, known) : hello.unsigned,
    launcherFailed:
      hello.launcherFailed === undefined ? known?.launcherFailed : hello.launcherFailed,
    withInformationServer,
    lastSeen: now,
    bytesReceived: known?.bytesReceived ?? {},
  };
}

/** Who cannot say it at this moment runs the same as before. */
function unsignedBefore({ running }: Hello, known: FleetServer | null) {
  return known?.running.digest === running.digest ? known.unsigned : undefined;
}

function withStatus(
  server: FleetServer,
  status: Status,
  release: Release,
  now: number,
): FleetServer {
  const { digest } = status;
  // What crossed the link stays accounted (R6), also when a server started anew and forgot it.
  const bytesReceived = Math.max(status.bytesReceived, server.bytesReceived[digest] ?? 0);
  return {
    ...server,
    lastSeen: now,
    bytesReceived: { ...server.bytesReceived, [digest]: bytesReceived },
    ...(status.state === 'installed' ? installedInto(server, release) : {}),
  };
}

function installedInto(server: FleetServer, { digest, manifest }: Release): Partial<FleetServer> {
  const { component, version, lane } = manifest;
  const installed = {
    component,
    version,
    digest,
    ...(!isAtomic(manifest) && { notAtomic: true as const }),
  };
  const others = (all: readonly Installed[]): readonly Installed[] =>
    all.filter((one) => one.component !== component);
  if (lane === 'content') return { contents: [...others(server.contents), installed] };
  // The daemon itself is told by its hello alone: seen is not installed.
  if (component === ownComponent) return {};
  return { programs: [...others(server.programs), installed] };
}

function eventOf(status: Status, release: Release): ServerEvent | null {
  const cause = status.cause ?? 'unknown';
  switch (status.state) {
    case 'staged':
      return { type: 'staged' };
    case 'installed':
      return { type: 'installed' };
    case 'returned':
      return { type: 'returned', cause, detail: (status.detail ?? '').slice(0, 500) };
    case 'failed':
      return {
        type: 'not-stageable',
        cause,
        because: problem('RELEASE_FAILED_HERE', { version: release.manifest.version, cause }),
      };
    default:
      return null;
  }
}
