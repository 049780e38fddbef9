/**
 * Habits out of what upgrades journalled: how long each step of a server took, who was absent,
 * failed or vanished. What was seen too seldom says nothing and is left out.
 */

import { causes, type Cause, type Instant, type ServerId } from '#domain/names.ts';
import type { HeadEvent, ServerEvent } from '#domain/upgrade/event.ts';
import type { Habits, PastInput, PastUpgrade, Share, Spread } from '#ports/forecast.ts';
import { defaultHabits } from './habits.ts';
import { unpackSeconds, type Staging } from './history-staging.ts';

/** One time is an accident; but what an upgrade does once is told by one. */
const timesMin = 2;
/** A share of one in fifty shows itself among so many servers, or never. */
const serversMin = 50;
const samplesMax = 200;

type Timed =
  | 'unpack'
  | 'prepare'
  | 'switch'
  | 'prove'
  | 'catalogueCheck'
  | 'informationServer'
  | 'agent'
  | 'returns'
  | 'decision';

const oncePerUpgrade: ReadonlySet<Timed> = new Set([
  'catalogueCheck',
  'informationServer',
  'agent',
]);

type Counts = {
  /** From a group's opening to the first question for a lease: both tiers were heard once. */
  readonly asks: number[];
  readonly seconds: { readonly [Name in Timed]: number[] };
  opened: number;
  absent: number;
  switched: number;
  vanished: number;
  readonly failed: Map<Cause, number>;
  bytesArchive: number;
  bytesReceived: number;
};

export function habitsOf(past: readonly PastUpgrade[]): Partial<Habits> {
  const counts: Counts = {
    asks: [],
    seconds: {
      unpack: [],
      prepare: [],
      switch: [],
      prove: [],
      catalogueCheck: [],
      informationServer: [],
      agent: [],
      returns: [],
      decision: [],
    },
    opened: 0,
    absent: 0,
    switched: 0,
    vanished: 0,
    failed: new Map(),
    bytesArchive: 0,
    bytesReceived: 0,
  };
  for (const upgrade of past) read(upgrade, counts);
  return { ...spreadsOf(counts), ...sharesOf(counts) };
}

function read(upgrade: PastUpgrade, counts: Counts): void {
  const head = new HeadHistory(upgrade, counts);
  const servers = new Map<ServerId, ServerHistory>();
  const stagings: Staging[] = [];
  let openedAt: Instant | null = null;
  for (const input of upgrade.inputs) {
    if (!isOfServer(input)) {
      if (isOfHead(input)) head.heard(input.event, input.at);
      if (input.event.type === 'checked' && input.event.drifts === 0) openedAt = input.at;
      continue;
    }
    if (input.event.type === 'lease-requested' && openedAt !== null) {
      counts.asks.push((input.at - openedAt) / 1_000);
      openedAt = null;
    }
    let server = servers.get(input.server);
    if (server === undefined) {
      server = new ServerHistory(input.server, upgrade, counts, stagings);
      servers.set(input.server, server);
    }
    server.heard(input.event, input.at);
  }
  const archives = new Map(upgrade.bytes.map((one) => [one.server, one.archive]));
  const { linkBitsPerSecond } = upgrade.plan;
  counts.seconds.unpack.push(...unpackSeconds(stagings, archives, linkBitsPerSecond));
  for (const { archive, received } of upgrade.bytes) {
    if (received < archive) continue;
    counts.bytesArchive += archive;
    counts.bytesReceived += received;
  }
}

type OfServer = { readonly at: Instant; readonly server: ServerId; readonly event: ServerEvent };
type OfHead = { readonly at: Instant; readonly event: HeadEvent };

const serverEvents: ReadonlySet<string> = new Set<ServerEvent['type']>([
  'opened',
  'seen',
  'staged',
  'not-stageable',
  'lease-requested',
  'lease-confirmed',
  'installed',
  'returned',
  'disconnected',
  'staging-closed',
  'deadline',
]);

function isOfServer(input: PastInput): input is PastInput & OfServer {
  return input.server !== null && serverEvents.has(input.event.type);
}

function isOfHead(input: PastInput): input is PastInput & OfHead {
  return input.server === null && !serverEvents.has(input.event.type);
}

/** What the upgrade itself waited for: its own program, checks, people. */
class HeadHistory {
  readonly #upgrade: PastUpgrade;
  readonly #counts: Counts;
  #last: { readonly type: HeadEvent['type']; readonly at: Instant };
  readonly #done = new Set<HeadEvent['type']>();

  constructor(upgrade: PastUpgrade, counts: Counts) {
    this.#upgrade = upgrade;
    this.#counts = counts;
    this.#last = { type: 'started', at: upgrade.startedAt };
  }

  heard(event: HeadEvent, at: Instant): void {
    const { seconds } = this.#counts;
    const since = (at - this.#last.at) / 1_000;
    const isFirst = !this.#done.has(event.type);
    const isUndisturbed = !this.#done.has('resumed');
    if (event.type === 'self-committed' && isFirst && isUndisturbed) {
      seconds.informationServer.push((at - this.#upgrade.startedAt) / 1_000);
    }
    if (event.type === 'agent-ready' && this.#last.type === 'baseline-laid') {
      seconds.agent.push(since);
    }
    if (event.type === 'checked') seconds.catalogueCheck.push(since);
    // What went before made it wait for a person: time passed, and nothing could go on.
    const isDecision = event.type === 'resumed' || event.type === 'approved';
    if (isDecision && this.#last.type === 'tick') seconds.decision.push(since);
    this.#last = { type: event.type, at };
    this.#done.add(event.type);
  }
}

class ServerHistory {
  readonly #server: ServerId;
  readonly #release: PastUpgrade['plan']['release'];
  readonly #counts: Counts;
  readonly #stagings: Staging[];
  #absentSince: Instant | null = null;
  #openedAt: Instant | null = null;
  #askedAt: Instant | null = null;
  #confirmedAt: Instant | null = null;
  #seenAt: Instant | null = null;

  constructor(server: ServerId, upgrade: PastUpgrade, counts: Counts, stagings: Staging[]) {
    this.#server = server;
    this.#release = upgrade.plan.release;
    this.#counts = counts;
    this.#stagings = stagings;
  }

  heard(event: ServerEvent, at: Instant): void {
    switch (event.type) {
      case 'opened':
        return this.#opened(event, at);
      case 'seen':
        return this.#seen(event.running === this.#release.digest, at);
      case 'staged':
        if (this.#openedAt !== null) {
          this.#stagings.push({ server: this.#server, from: this.#openedAt, until: at });
        }
        this.#openedAt = null;
        return undefined;
      case 'lease-requested':
        this.#askedAt = at;
        return undefined;
      case 'lease-confirmed':
        return this.#confirmed(at);
      case 'installed':
        return this.#installed(at);
      case 'returned':
        if (this.#confirmedAt !== null) this.#failed(event.cause);
        return undefined;
      case 'deadline':
        if (this.#confirmedAt !== null) this.#counts.vanished += 1;
        return this.#ended();
      default:
        return undefined;
    }
  }

  #opened(event: Extract<ServerEvent, { type: 'opened' }>, at: Instant): void {
    this.#openedAt = null;
    // Who is tried again has its package already, and is no new server.
    if (event.retry || event.running === this.#release.digest) return;
    this.#counts.opened += 1;
    if (event.present) this.#openedAt = at;
    else {
      this.#counts.absent += 1;
      this.#absentSince = at;
    }
  }

  #seen(isRelease: boolean, at: Instant): void {
    if (this.#absentSince !== null) {
      this.#counts.seconds.returns.push((at - this.#absentSince) / 1_000);
      this.#absentSince = null;
      if (!isRelease) this.#openedAt = at;
    }
    if (!isRelease || this.#confirmedAt === null || this.#seenAt !== null) return;
    this.#counts.seconds.switch.push((at - this.#confirmedAt) / 1_000);
    this.#seenAt = at;
  }

  #confirmed(at: Instant): void {
    if (this.#askedAt === null) return;
    this.#counts.seconds.prepare.push((at - this.#askedAt) / 1_000);
    this.#counts.switched += 1;
    this.#confirmedAt = at;
    this.#askedAt = null;
    this.#seenAt = null;
  }

  #installed(at: Instant): void {
    if (this.#confirmedAt === null) return;
    const { seconds } = this.#counts;
    // A program without a daemon of its own is not seen before it reports.
    if (this.#seenAt === null) seconds.switch.push((at - this.#confirmedAt) / 1_000);
    seconds.prove.push(this.#seenAt === null ? 0 : (at - this.#seenAt) / 1_000);
    this.#ended();
  }

  #failed(cause: Cause): void {
    const { failed } = this.#counts;
    failed.set(cause, (failed.get(cause) ?? 0) + 1);
    this.#ended();
  }

  #ended(): void {
    this.#confirmedAt = null;
    this.#seenAt = null;
  }
}

function spreadsOf({ seconds, asks }: Counts): Partial<Habits> {
  const found: { -readonly [Name in Timed]?: Spread } = {};
  for (const name of timed) {
    // A wall clock that was set back meanwhile measured nothing.
    const samples = seconds[name].filter((one) => one >= 0);
    if (samples.length < (oncePerUpgrade.has(name) ? 1 : timesMin)) continue;
    const before = name === 'prepare' ? middleOf(asks) : 0;
    found[name] = { from: 'samples', samples: thinned(samples).map((one) => one + before) };
  }
  // What passed before the first byte is in the samples of unpacking: see history-staging.ts.
  return found.unpack === undefined
    ? found
    : { ...found, begin: { from: 'samples', samples: [0] } };
}

function middleOf(values: readonly number[]): number {
  const sorted = values.filter((one) => one >= 0).toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const timed: readonly Timed[] = [
  'unpack',
  'prepare',
  'switch',
  'prove',
  'catalogueCheck',
  'informationServer',
  'agent',
  'returns',
  'decision',
];

/** Their shape, in no more samples than a message should carry. */
function thinned(samples: readonly number[]): number[] {
  const sorted = samples.toSorted((left, right) => left - right);
  if (sorted.length <= samplesMax) return sorted;
  return Array.from(
    { length: samplesMax },
    (_, place) => sorted[Math.floor(((place + 0.5) * sorted.length) / samplesMax)] ?? 0,
  );
}

function sharesOf(counts: Counts): Partial<Habits> {
  const found: { -readonly [Name in keyof Habits]?: Habits[Name] } = {};
  const share = (count: number, of: number): Share => ({ from: 'history', value: count / of });
  if (counts.opened >= serversMin) found.absent = share(counts.absent, counts.opened);
  if (counts.switched >= serversMin) {
    found.vanishes = share(counts.vanished, counts.switched);
    found.fails = Object.fromEntries(
      causes
        .filter((cause) => counts.failed.has(cause) || cause in defaultHabits.fails)
        .map((cause) => [cause, share(counts.failed.get(cause) ?? 0, counts.switched)]),
    );
  }
  if (counts.bytesArchive > 0) {
    found.bytesOverhead = share(counts.bytesReceived, counts.bytesArchive);
  }
  return found;
}
