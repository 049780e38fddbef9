/**
 * Habits out of what upgrades journalled: how long each step of a server took, who was absent,
 * failed or vanished. What was seen too seldom says nothing and is left out.
 */

import { causes, type Instant, type ServerId } from '#domain/names.ts';
import type { HeadEvent, ServerEvent } from '#domain/upgrade/event.ts';
import type { Habits, PastInput, PastUpgrade, Share, Spread } from '#ports/forecast.ts';
import { defaultHabits } from './habits.ts';
import { noCounts, timed, type Counts, type Timed } from './history-counts.ts';
import { HeadHistory } from './history-head.ts';
import { ServerHistory } from './history-server.ts';
import { unpackSeconds, type Staging } from './history-staging.ts';

/** One time is an accident; but what an upgrade does once is told by one. */
const timesMin = 2;
/** A share of one in fifty shows itself among so many servers, or never. */
const serversMin = 50;
const samplesMax = 200;

const oncePerUpgrade: ReadonlySet<Timed> = new Set([
  'catalogueCheck',
  'informationServer',
  'agent',
]);

export function habitsOf(past: readonly PastUpgrade[]): Partial<Habits> {
  const counts = noCounts();
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
