/**
 * The computer of a site's information server: what stands on its disk, and how its normal servers
 * reach it. It outlives every process; site.ts has what runs on it.
 */

import type { Logger } from 'pino';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type Digest, type DomainName, type Lane, type ServerId } from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { ReadManifest } from '#normal-server/manifest.ts';
import type { Trust } from '#ports/trust.ts';
import type { FeedFolder } from '../adapters/feed-folder.ts';
import { Contents } from '../adapters/feed-simulated.ts';
import { InboxFolder } from '../adapters/inbox-folder.ts';
import { manifestBytes } from '../adapters/manifests-once.ts';
import type { JournalState } from '../adapters/journal-simulated-state.ts';
import { ShareFolder } from '../adapters/share-folder.ts';
import { manifestCopy, StoreFolder, storePath, type StoredCopy } from '../adapters/store-folder.ts';
import { fileIn } from '../adapters/trust-simulated.ts';
import type { Chance } from '../world/chance.ts';
import type { Stored } from '../world/disk.ts';
import { Machine, type Process } from '../world/machine.ts';
import { Path } from '../world/network.ts';
import { SharedLink } from '../world/shared-link.ts';
import type { World } from '../world/world.ts';
import type { Above } from './agent.ts';
import { standsStill, wellBehaved, type Behaviour, type Conduct } from './behaviour.ts';
import { addressesOf } from './information-server.ts';
import {
  lanesOn,
  NormalServerComputer,
  trustOn,
  type LanesStored,
  type NewLanes,
  type NormalServerData,
  type NormalServerSite,
} from './normal-server-computer.ts';
import type { FleetOptions } from './options.ts';
import { fleetPlatform } from './releases.ts';
import type { Signers } from './signers.ts';

/** The data of a generation. */
export type SiteData = {
  readonly journal: Stored<JournalState>;
  readonly own: NormalServerData;
};

/** Of the second program of a fleet. */
export type TreeReleases = { readonly installed: Release; readonly target: Release };

export type SiteGiven = {
  readonly world: World;
  readonly log: Logger;
  readonly name: ServerId;
  readonly options: FleetOptions;
  readonly installed: Release;
  /** What people upgrade to. */
  readonly target: Release;
  readonly trees: TreeReleases | null;
  readonly feed: FeedFolder;
  /** null: nothing is above this site, and it has no agent. */
  readonly above: Above | null;
  readonly readManifest: ReadManifest;
  readonly signers: Signers;
  /** What content does to what works with it; null: nothing does. */
  readonly conductOfContent: NormalServerSite['conductOfContent'];
};

/** What one who holds a site serves in place of the truth. */
export type Liar = {
  release(digest: Digest): Release | null;
  archive(digest: Digest): StoredCopy | null;
  readonly metadata: { readonly [lane in Lane]?: (file: string) => Uint8Array | null };
};

const diskBytes = 2e12;
/** Within one computer. */
const localBytesPerSecond = 1e9;
const localMilliseconds = 0.1;

export class SiteComputer {
  readonly given: SiteGiven;
  readonly chance: Chance;
  readonly machine: Machine;
  readonly inbox: InboxFolder;
  /** Of updates that this site fetches by itself. */
  readonly updates: Contents;
  readonly share: ShareFolder;
  readonly store: StoreFolder;
  /** What every daemon of it believes. */
  readonly lanes: LanesStored;
  /** In the hands of somebody who serves what he likes; null: it is not. */
  liar: Liar | null = null;
  /** Its own normal server's part; both have the same slots. */
  readonly own: NormalServerComputer;
  /** Those that people wrote, by the text that they hand in. */
  readonly plans = new Map<string, UpgradePlan>();
  /** Of every version of the daemons but the installed one, on this computer. */
  #conduct: Conduct = { is: 'works' };
  #stoodStill = false;
  readonly #listening: () => Process | null;
  readonly #newLanes: NewLanes;

  /** `listening`: the process of the information server that runs now. */
  constructor(given: SiteGiven, listening: () => Process | null) {
    const { world, name, installed } = given;
    const { schedule } = world;
    this.given = given;
    this.#listening = listening;
    this.chance = world.chance.fork(name);
    this.machine = new Machine({ name, schedule, diskBytes });
    const { disk } = this.machine;
    this.inbox = new InboxFolder(disk);
    this.updates = new Contents(disk);
    this.share = new ShareFolder({ disk, site: name, see: (seen) => world.see(seen) });
    this.store = new StoreFolder(disk);
    this.#keep(installed);
    this.#newLanes = given.signers.newLanes();
    this.lanes = lanesOn(disk, this.#newLanes);
    this.own = this.#ownComputer();
  }

  /** The installer brings its own release along. */
  #keep(release: Release): void {
    this.store.put(storePath({ kind: 'manifest', ...release }), manifestCopy(release));
    for (const { archive, treeDigest: tree } of release.manifest.packages) {
      this.store.put(storePath({ kind: 'archive', ...archive }), { ...archive, tree });
    }
  }

  set conduct(conduct: Conduct) {
    this.#conduct = conduct;
    this.#stoodStill ||= standsStill(conduct);
  }

  /** False: none that stood still can be running. */
  repair(): boolean {
    const stoodStill = this.#stoodStill;
    this.#conduct = { is: 'works' };
    this.#stoodStill = false;
    return stoodStill;
  }

  behaviourOf({ digest }: Release): Behaviour {
    if (digest === this.given.installed.digest) return wellBehaved;
    return { ...wellBehaved, conduct: this.#conduct };
  }

  /** What its wall clock shows. */
  wallNow(): number {
    return Math.floor(this.machine.monotonic() + this.machine.clockOffset);
  }

  /** What a process of its information server believes. */
  trustOf(process: Process): Trust {
    return trustOn(process, this.lanes, (program) => this.own.seeTrusted(program));
  }

  /** The site as normal servers on that link know it. */
  asSeenOver(link: SharedLink): NormalServerSite {
    const { world, log, name, readManifest } = this.given;
    const archive = (digest: Digest): StoredCopy | null =>
      this.store.find(storePath({ kind: 'archive', digest })) ?? this.liar?.archive(digest) ?? null;
    return {
      world,
      log,
      site: name,
      address: addressesOf(name).servers,
      link,
      conductOfContent: this.given.conductOfContent,
      source: {
        process: this.#listening,
        find: archive,
        manifest: (digest) => {
          const release =
            this.store.find(storePath({ kind: 'manifest', digest }))?.release ??
            this.liar?.release(digest);
          return release === undefined || release === null ? null : manifestBytes(release);
        },
        metadata: (lane, file) => {
          const lies = this.liar?.metadata[lane];
          return lies === undefined ? fileIn(this.lanes[lane].read(), file) : lies(file);
        },
      },
      readManifest,
      lanes: this.#newLanes,
      treeOf: (digest) => archive(digest)?.tree ?? null,
    };
  }

  #ownComputer(): NormalServerComputer {
    const { world, name, options, installed } = this.given;
    const { schedule } = world;
    const link = new SharedLink({ schedule, bytesPerSecond: localBytesPerSecond });
    const server = brand<ServerId>(`${name}-own`);
    return new NormalServerComputer({
      site: this.asSeenOver(link),
      machine: this.machine,
      path: new Path(localMilliseconds, 0),
      chance: this.chance.fork('own'),
      installed,
      lanes: this.lanes,
      behaviourOf: (release) => this.behaviourOf(release),
      facts: {
        server,
        domain: brand<DomainName>('default'),
        inventory: { platform: fleetPlatform, os: 'Linux', memoryBytes: 8e9, machineId: name },
        jitterSeconds: options.jitterSeconds,
        withInformationServer: true,
        installId: `install-${server}`,
      },
    });
  }
}
