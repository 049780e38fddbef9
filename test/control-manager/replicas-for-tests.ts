/** Replicas of a control manager over one database, and sites whose agents dial any that lives. */

import assert from 'node:assert/strict';
import { pino } from 'pino';
import { openDeliveryStore } from '#adapters/database/delivery-database.ts';
import { campaignReader } from '#adapters/identity/campaign-text.ts';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openControlManager, type ControlManager } from '#control-manager/program.ts';
import type { Settings } from '#control-manager/settings.ts';
import { brand, type ComponentName, type Digest, type ServerId } from '#domain/names.ts';
import { noCounts } from '#domain/ring/evidence.ts';
import { ringNamed } from '#domain/ring/ring.testing.ts';
import type { RecordLine } from '#domain/record/line.ts';
import type { FeedDownload } from '#ports/feed.ts';
import type { SocketLink } from '#ports/link.ts';
import { protocolVersion, toAgent, type ToAgent } from '#protocol/control-manager/messages.ts';

export const rings = ['first', 'second', 'third'] as const;
const gate = { soakSeconds: 0.2, decideSeconds: 600, percentMin: 100, sampleMin: 2, healthyMin: 2 };
export const sitesOfRing = (ring: string): ServerId[] =>
  [1, 2].map((number) => brand<ServerId>(`${ring}-${number}`));

const settings: Settings = {
  name: 'head-office',
  version: '5.80.1179',
  components: [brand<ComponentName>('pattern')],
  afterDownload: 'by-plan',
  activePlan: 'staged',
  pollSeconds: 0.1,
  folders: new Map(rings.map((ring) => [ring, sitesOfRing(ring)])),
  plansAt: () => [
    {
      name: 'staged',
      builtIn: false,
      schedules: rings.map((folder) => ({ form: 'delay', folder, delayMinutes: 0 })),
      rings: rings.map((ring) => ({ ...ringNamed(ring, gate), folders: [ring] })),
    },
  ],
  heartbeat: { reportMinutes: 60, abnormalMinutes: 180 },
};

/** What the feed has now: one pattern of that number. */
export class FeedOfTest {
  number = 1;
  downloads = 0;

  download(): FeedDownload {
    this.downloads += 1;
    const version = `1.${this.number}`;
    const digest = brand<Digest>(String(this.number).padStart(64, '0'));
    const component = brand<ComponentName>('pattern');
    return {
      items: [{ component, version, ordering: 'decimal', path: 'p', digest, bytes: 1 }],
      catalogue: `; ${version}\r\n`,
    };
  }
}

export type Replica = {
  readonly program: ControlManager;
  readonly links: Set<{ close(): void }>;
  isDead: boolean;
};

/** `failed`: told of one that may decide nothing any more, as its launcher would be. */
export async function openReplica(
  place: { readonly url: string } | { readonly file: string },
  feed: FeedOfTest,
): Promise<Replica> {
  const store = await openDeliveryStore(place);
  assert.ok(store.ok, JSON.stringify(store));
  const replica: { program: ControlManager | null } & Omit<Replica, 'program'> = {
    program: null,
    links: new Set(),
    isDead: false,
  };
  const program = await openControlManager({
    store: store.value,
    baton: store.value.baton ?? undefined,
    signer: null,
    campaigns: campaignReader,
    feed: {
      from: 'test',
      download: async () => ({ ok: true, download: feed.download() }),
      keepOnly: async () => undefined,
    },
    clock: systemClock,
    settings,
    log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    failed: () => die(opened),
  });
  const opened: Replica = Object.assign(replica, { program });
  return opened;
}

/** As a kill does it: nothing is said to anybody. */
export function die(replica: Replica): void {
  if (replica.isDead) return;
  replica.isDead = true;
  replica.program.end();
  for (const link of replica.links) link.close();
}

/** A site that takes every offer at once, says that its servers do well, and dials whoever lives. */
export class SiteOfTest {
  readonly name: ServerId;
  /** Versions that it was offered, each time. */
  readonly offered: string[] = [];
  readonly #replicas: readonly Replica[];
  #fence = { epoch: 0, number: 0 };
  #dials = 0;
  #timer: NodeJS.Timeout | null = null;
  isEnded = false;

  constructor(name: ServerId, replicas: readonly Replica[]) {
    this.name = name;
    this.#replicas = replicas;
    this.#dial();
  }

  end(): void {
    this.isEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #dial(): void {
    if (this.isEnded) return;
    const living = this.#replicas.filter(({ isDead }) => !isDead);
    const replica =
      living[(this.#dials + this.name.length + Number(this.name.at(-1))) % living.length];
    this.#dials += 1;
    if (replica === undefined) return this.#later();
    let hear: (input: unknown) => void = () => undefined;
    let closed: () => void = () => undefined;
    const link = {
      close: () => {
        if (!replica.links.delete(link)) return;
        closed();
        this.#later();
      },
    };
    replica.links.add(link);
    const told = (message: object): void => {
      setImmediate(() => {
        if (replica.links.has(link)) this.#hear(toAgent.parse(message), (say) => hear(say));
      });
    };
    const socket: SocketLink = {
      remote: this.name,
      peer: null,
      send: told,
      onMessage: (act) => (hear = act),
      onClose: (act) => (closed = act),
      close: () => link.close(),
    };
    replica.program.accept(socket);
    const agentVersion = '5.80';
    hear({ type: 'hello', protocol: protocolVersion, site: this.name, agentVersion });
  }

  #later(): void {
    if (!this.isEnded) this.#timer = setTimeout(() => this.#dial(), 50);
  }

  #hear(message: ToAgent, say: (message: object) => void): void {
    if (message.type !== 'offer') return;
    const { fence, items } = message;
    const isLower =
      fence.epoch < this.#fence.epoch ||
      (fence.epoch === this.#fence.epoch && fence.number < this.#fence.number);
    assert.ok(!isLower, `${this.name}: a fence went back`);
    this.#fence = fence;
    const contents = items.map(({ component, version, digest }) => ({
      component,
      version,
      digest,
    }));
    this.offered.push(...contents.map(({ version }) => version));
    const counts = { ...noCounts, given: 1, healthy: 1 };
    const evidence = contents.map(({ component, digest }) => ({ component, digest, counts }));
    const agentVersion = '5.80';
    const status = { agentVersion, programVersion: '5.80.1179', holds: [], contents, keptBack: [] };
    say({ type: 'site', site: this.name, ...status, evidence });
  }
}

/** What was decided, whoever did: each line without its time and the life that it was written in. */
export function decisions(lines: readonly RecordLine[]): string[] {
  return lines
    .filter(({ kind }) => kind !== 'epoch-begun')
    .map(({ kind, server, detail }) => {
      const { ring, download } = detail;
      return [kind, server, ring, download].map((one) => JSON.stringify(one ?? null)).join(' ');
    });
}
