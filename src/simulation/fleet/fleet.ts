/**
 * A whole simulated fleet: sites, and above them at most one control manager with its feed. What
 * faults and people do to it begins here; absent: which faults, and who checks what comes of them.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf } from '#domain/delivery/content-files.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { manifestReader } from '#normal-server/manifest.ts';
import { readOnce } from '../adapters/manifests-once.ts';
import type { ContentConduct } from '../adapters/content-engine-simulated.ts';
import { FeedFolder } from '../adapters/feed-folder.ts';
import { openLoggerSimulated } from '../adapters/logger.ts';
import { contentRelease } from '../adapters/store-simulated.ts';
import type { Facts, FleetView } from '../checkers/checker.ts';
import { Path } from '../world/network.ts';
import { SharedLink } from '../world/shared-link.ts';
import type { World } from '../world/world.ts';
import { SimulatedControlManager } from './control-manager.ts';
import { controlManagerSettings } from './control-manager-settings.ts';
import type { FleetOptions } from './options.ts';
import { digestOf, ownComponent, ownRelease, treeRelease } from './releases.ts';
import type { SimulatedServer } from './server.ts';
import { Signers } from './signers.ts';
import { SimulatedSite } from './site.ts';
import type { TreeReleases } from './site-computer.ts';
import { viewOf } from './view.ts';

const minuteMs = 60_000;
/** Clocks of faults drift by at most a tenth. */
const clockDriftMax = 0.1;
const patternBytes = 3_000_000;
/** Ids of the feed's patterns, as the described system has them. */
const patterns = ['2', '4'];

export class Fleet {
  readonly world: World;
  readonly options: FleetOptions;
  readonly oldRelease: Release;
  readonly newRelease: Release;
  /** Signed long ago, and taken back since. Nobody wants either of them. */
  readonly olderRelease: Release;
  readonly withdrawnRelease: Release;
  readonly signers: Signers;
  /** Of the second program; null: this fleet has none. */
  readonly trees: TreeReleases | null;
  readonly feed: FeedFolder;
  readonly controlManager: SimulatedControlManager | null;
  readonly sites: readonly SimulatedSite[];
  readonly facts: Facts;
  readonly #published = new Map<Digest, Release>();
  readonly #servers = new Map<
    string,
    { readonly site: SimulatedSite; readonly one: SimulatedServer | null }
  >();
  readonly #conducts = new Map<Digest, ContentConduct>();
  #version = 100;
  #copies = 0;
  #isMended = false;

  constructor(world: World, options: FleetOptions) {
    this.world = world;
    this.options = options;
    this.oldRelease = ownRelease('5.70', options.archiveBytes);
    this.newRelease = ownRelease('5.80', options.archiveBytes);
    this.trees =
      options.beside === null
        ? null
        : {
            installed: treeRelease('1.0', options.archiveBytes),
            target: treeRelease('2.0', options.archiveBytes),
          };
    const trees = this.trees === null ? [] : [this.trees.installed, this.trees.target];
    this.signers = new Signers(() => world.schedule.now);
    this.olderRelease = ownRelease('5.60', options.archiveBytes);
    this.withdrawnRelease = ownRelease('5.75', options.archiveBytes);
    const before = [this.olderRelease, this.oldRelease, this.withdrawnRelease];
    for (const release of [...before, this.newRelease, ...trees]) {
      this.#published.set(release.digest, release);
    }
    this.signers.sign(before);
    this.signers.withdraw(this.withdrawnRelease, 'it burns');
    this.signers.sign([this.newRelease, ...trees]);
    this.feed = new FeedFolder('feed', (what, detail) => {
      world.see({ type: 'acted', what, on: 'feed', detail });
    });
    this.publishContent();
    const log = openLoggerSimulated({ process: 'fleet', see: (seen) => world.see(seen) });
    this.controlManager = options.hasControlManager
      ? new SimulatedControlManager({
          world,
          name: 'control-manager',
          feed: this.feed,
          log,
          settings: controlManagerSettings({
            pollSeconds: 300,
            ...(options.plans === undefined
              ? {}
              : {
                  plans: options.plans.all,
                  activePlan: options.plans.active,
                  folders: options.plans.folders,
                }),
          }),
        })
      : null;
    const readManifest = readOnce(manifestReader(digestOf));
    this.sites = Array.from({ length: options.sites }, (_, index) => {
      const name = brand<ServerId>(`site-${index + 1}`);
      return new SimulatedSite({
        world,
        log,
        name,
        options,
        installed: this.oldRelease,
        target: this.newRelease,
        trees: this.trees,
        feed: this.feed,
        above: this.#above(),
        readManifest,
        signers: this.signers,
        conductOfContent:
          options.hasEngines === true ? (release) => this.#conductOf(release) : null,
      });
    });
    for (const site of this.sites) {
      this.#servers.set(site.computer.own.facts.server, { site, one: null });
      for (const one of site.servers) this.#servers.set(one.server, { site, one });
    }
    this.facts = this.#makeFacts();
  }

  #above() {
    const { controlManager } = this;
    if (controlManager === null) return null;
    const { address } = controlManager;
    const { schedule } = this.world;
    const link = new SharedLink({ schedule, bytesPerSecond: 1_000_000 });
    return { address, source: controlManager.source(), path: new Path(20, 5), link };
  }

  #makeFacts(): Facts {
    return {
      published: (release) => this.#published.get(release) ?? null,
      signedIn: (release) => {
        const lane = this.#published.get(release)?.manifest.lane ?? null;
        return lane === 'program' && !this.signers.signed(release) ? null : lane;
      },
      ownComponent,
      inFlightMax: this.options.inFlightMax,
      clockDriftMax,
      isHonest: (server) => this.#servers.get(server)?.one?.isHonest ?? true,
      thawsAt: (server) => {
        const found = this.#servers.get(server);
        return (found?.one ?? found?.site)?.machine.thawsAt ?? -1;
      },
      ableSince: (name) => {
        const found = this.#servers.get(name);
        const site = found?.site ?? this.sites.find((one) => one.name === name);
        return (found?.one ?? site)?.machine.ableSince ?? null;
      },
      wallNow: (name) => this.sites.find((one) => one.name === name)?.computer.wallNow() ?? 0,
      placeOf: (server) => {
        const found = this.#servers.get(server);
        if (found === undefined) throw new Error(`broken invariant: ${server} is of this fleet`);
        return { site: found.site.name, isOwn: found.one === null };
      },
    };
  }

  #conductOf(release: Digest): ContentConduct {
    return this.#conducts.get(release) ?? 'works';
  }

  /** Newer patterns in the feed; whoever polls finds them. Answers their releases. */
  publishContent(conduct: ContentConduct = 'works'): readonly Digest[] {
    const releases: Digest[] = [];
    this.#version += 1;
    for (const id of patterns) {
      const version = `1.${this.#version}`;
      const digest = digestOf(`pattern ${id} ${version}`);
      this.feed.publish({ id, version, digest, bytes: patternBytes });
    }
    const ini = parseServerIni(this.feed.catalogue ?? '');
    const files = ini.ok ? contentFilesOf(ini.value) : ini;
    if (!files.ok) throw new Error('broken invariant: the feed can be read');
    const items = files.value.flatMap((file) => {
      const digest = this.feed.find(file.path)?.digest;
      return digest === undefined ? [] : [{ ...file, digest }];
    });
    for (const item of items) {
      const release = contentRelease(item);
      this.#published.set(release.digest, release);
      this.#conducts.set(release.digest, conduct);
      releases.push(release.digest);
    }
    if (!this.options.hasControlManager) this.feed.metadata = this.signers.signContents(items);
    return releases;
  }

  /** To everybody at once, in whatever way this fleet has. */
  deliver(): void {
    if (this.controlManager === null) {
      for (const { person } of this.sites) person.update();
      return;
    }
    const { controlManager } = this;
    this.#expectNoThrow(controlManager.poll()?.then(() => controlManager.deliver('outbreak')));
  }

  holdAbove(minutes: number): void {
    const params = { reason: 'a person said so', minutes, sites: 'all' as const, who: 'person' };
    this.#expectNoThrow(this.controlManager?.hold(params));
  }

  killAbove(): void {
    this.controlManager?.machine.killAll();
  }

  /** An answer may be no; whatever else a call throws is a bug. */
  #expectNoThrow(answer: Promise<unknown> | null | undefined): void {
    answer?.catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.world.see({ type: 'error', process: 'control-manager/console', text });
    });
  }

  /**
   * A copy of that server runs beside it for so long. Neither proves anything from now on.
   * `same`: the id of the machine too, as where an image was taken after it was made.
   */
  clone(server: ServerId, milliseconds: number, same: 'identity' | 'disk' = 'identity'): void {
    const found = this.#servers.get(server);
    if (found === undefined || found.one === null) return;
    this.#copies += 1;
    const seenAs = brand<ServerId>(`${server}-copy-${this.#copies}`);
    const copy = found.one.copy(seenAs, same === 'disk' ? server : seenAs);
    this.#servers.set(seenAs, { site: found.site, one: copy });
    found.one.isHonest = false;
    copy.isHonest = false;
    copy.boot();
    this.world.schedule.after(milliseconds, () => copy.vanish());
  }

  start(): void {
    this.controlManager?.launcher.boot();
    for (const site of this.sites) {
      site.boot();
      for (const server of site.servers) server.boot();
    }
    const { minutesBetweenContents } = this.options;
    if (minutesBetweenContents !== null) this.#publishEvery(minutesBetweenContents * minuteMs);
  }

  #publishEvery(milliseconds: number): void {
    this.world.schedule.after(milliseconds, () => {
      if (this.#isMended) return;
      this.publishContent();
      // A control manager polls by itself.
      if (this.controlManager === null) this.deliver();
      this.#publishEvery(milliseconds);
    });
  }

  /** No fault goes on from here; nothing new is published. */
  mend(): void {
    this.#isMended = true;
    this.feed.mend();
    for (const site of this.sites) {
      site.repair();
      site.person.habits.minutesLate = Math.min(10, site.person.habits.minutesLate);
      for (const server of site.servers) server.repair();
    }
  }

  isDone(): boolean {
    return this.sites.every(({ person }) => person.end !== null);
  }

  get plannedMilliseconds(): number {
    const { groups, minutesBetween } = this.options;
    return groups * minutesBetween * minuteMs;
  }

  /** Where each site stands, for a person who asks why it does not end. */
  standing(): string {
    return this.sites.map((site) => `${site.name}: ${standingOf(site)}`).join('; ');
  }

  view(): FleetView {
    return viewOf(this.sites);
  }
}

function standingOf({ person, program, journal }: SimulatedSite): string {
  const heads = journal.upgrades.heads().map((head) => {
    const groups = journal.upgrades.known(head.upgrade)?.groups.values() ?? [];
    const states = [...groups].map(({ row }) => `${row?.name} ${row?.state}`);
    return `${head.upgrade} ${head.state} (${head.because?.code ?? ''}) ${states.join(', ')}`;
  });
  const running = program === null ? 'not running' : 'running';
  return `${running}; person ${person.end ?? 'waits'}; ${heads.join(' | ')}`;
}
