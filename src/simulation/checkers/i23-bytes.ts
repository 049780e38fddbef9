/**
 * I23: bytes accounted are bytes sent. What leaves an information server for a server arrives there,
 * and no server is accounted more than it received; nor less, once it said that it has all.
 *
 * Less is right where somebody lost count: a process that ended before its bytes were accounted, a
 * machine that stood still, lost its power or could not write, a version that came back with what
 * it remembered then, and a release that was wanted again after many others: its server remembers
 * so many and no more.
 */

import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { packageFor } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Status } from '#protocol/normal-server/messages.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type Facts, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

type Bytes = {
  served: number;
  fetched: number;
  /** Of those fetched, how many had arrived when its server said last that it has all. */
  said: number;
  readonly firstAt: number;
  /** How many releases its server had fetched anything of, when it last fetched of this one. */
  releases: number;
  /** Somebody lost count of them. */
  isLost: boolean;
};

/** It takes one commit to account what a server says. */
const patienceMs = 60_000;
/** Half of what a normal server remembers: those of which no byte arrived are not seen here. */
const releasesRemembered = 10;

/** Who said to have all of a release, by its digest: when, and how much had arrived by then. */
type Said = Map<Digest, { readonly at: number; readonly fetched: number }>;

export function bytesAreCounted(memory: Memory): Checker {
  const { facts } = memory;
  const sums = new Map<ServerId, Map<Digest, Bytes>>();
  const said = new Map<SiteName, Map<ServerId, Said>>();
  /** Rows that were right: what arrived only grows, so they stay right until they change. */
  const checked = new Map<ServerId, FleetServer>();

  function sumOf(server: ServerId, archive: Digest, now: number): Bytes {
    let ofServer = sums.get(server);
    if (ofServer === undefined) sums.set(server, (ofServer = new Map()));
    let found = ofServer.get(archive);
    if (found === undefined) {
      found = { served: 0, fetched: 0, said: 0, firstAt: now, releases: 0, isLost: false };
      ofServer.set(archive, found);
    }
    return found;
  }

  function says({ site, server, message }: Seen<'said'>, now: number): void {
    if (message.type !== 'status' || !hasAll(message)) return;
    const { digest } = message;
    const archive = archiveOf(facts, digest);
    const sum = archive === null ? undefined : sums.get(server)?.get(archive);
    if (sum === undefined || sum.said === sum.fetched) return;
    sum.said = sum.fetched;
    let atSite = said.get(site);
    if (atSite === undefined) said.set(site, (atSite = new Map()));
    let ofServer = atSite.get(server);
    if (ofServer === undefined) atSite.set(server, (ofServer = new Map()));
    ofServer.set(digest, { at: now, fetched: sum.fetched });
  }

  /** What its daemon had not said yet may be forgotten; whatever comes after a return is. */
  function losesCount(server: ServerId, isReturn: boolean): void {
    for (const sum of sums.get(server)?.values() ?? []) {
      if (isReturn || sum.said !== sum.fetched) sum.isLost = true;
    }
  }

  function checkNotMore(row: FleetServer): void {
    const { server, bytesReceived } = row;
    const before = checked.get(server);
    if (before === row) return;
    for (const [digest, accounted] of Object.entries(bytesReceived)) {
      if (before?.bytesReceived[digest] === accounted) continue;
      const archive = archiveOf(facts, brand<Digest>(digest), row);
      if (archive === null) continue;
      const fetched = sums.get(server)?.get(archive)?.fetched ?? 0;
      if (accounted > fetched) throw wrong(server, accounted, fetched);
    }
    checked.set(server, row);
  }

  function checkNotLess(row: FleetServer, ofServer: Said, since: (at: number) => number): void {
    const { server, bytesReceived } = row;
    for (const [digest, { at, fetched }] of ofServer) {
      const archive = archiveOf(facts, digest, row);
      const sum = archive === null ? undefined : sums.get(server)?.get(archive);
      const accounted = bytesReceived[digest] ?? 0;
      if (sum === undefined || since(at) <= patienceMs) continue;
      ofServer.delete(digest);
      if (accounted < fetched && !isExcused(server, sum)) throw wrong(server, accounted, fetched);
    }
  }

  function isExcused(server: ServerId, { isLost, firstAt }: Bytes): boolean {
    const ableSince = facts.ableSince(server);
    return isLost || ableSince === null || ableSince > firstAt;
  }

  function recount({ sites }: FleetView, now: number): void {
    for (const { site, journal } of sites) {
      const atSite = said.get(site);
      const ableSince = facts.ableSince(site);
      for (const row of journal.servers) {
        if (!facts.isHonest(row.server)) continue;
        checkNotMore(row);
        const ofServer = atSite?.get(row.server);
        if (ofServer === undefined || ableSince === null) continue;
        checkNotLess(row, ofServer, (at) => now - Math.max(at, ableSince));
      }
    }
  }

  function end(): void {
    for (const [server, ofServer] of sums) {
      for (const [digest, { served, fetched }] of ofServer) {
        if (served === fetched) continue;
        throw new Violation(23, `${served} of ${digest} left for ${server}, ${fetched} arrived`);
      }
    }
  }

  return {
    invariant: 23,
    sees: [
      on('served', ({ server, digest, bytes }, now) => {
        sumOf(server, digest, now).served += bytes;
      }),
      on('fetched', ({ server, digest, bytes }, now) => {
        const sum = sumOf(server, digest, now);
        const releases = sums.get(server)?.size ?? 0;
        const others = releases - sum.releases;
        if (sum.fetched > 0 && others > releasesRemembered) sum.isLost = true;
        sum.releases = releases;
        sum.fetched += bytes;
        // What is found to have arrived when its process ends is noted by nobody.
        if (memory.standing(server, facts.ownComponent)?.running === null) sum.isLost = true;
        if (sum.fetched > sum.served) {
          throw new Violation(23, `${server} received more of ${digest} than was sent to it`);
        }
      }),
      on('said', says),
      on('running', ({ server, component, digest }) => {
        if (component === facts.ownComponent && digest === null) losesCount(server, false);
      }),
      on('switched', ({ server, component, isReturn }) => {
        if (component === facts.ownComponent && isReturn) losesCount(server, true);
      }),
      // What it had heard and not committed, or committed and lost, servers say again, or not.
      on('journal-replaced', ({ site }) => void said.delete(site)),
      on('process-ended', ({ machine, process }) => {
        if (process === 'information-server') said.delete(machine);
      }),
    ],
    recount,
    end,
  };
}

function hasAll({ state }: Status): boolean {
  return state !== 'downloading' && state !== 'failed' && state !== 'returned';
}

/** `row`: for its platform; else the only one there is. */
function archiveOf(facts: Facts, release: Digest, row: FleetServer | null = null): Digest | null {
  const manifest = facts.published(release)?.manifest;
  if (manifest === undefined) return null;
  const chosen = row === null ? manifest.packages[0] : packageFor(manifest, row.platform);
  return chosen?.archive.digest ?? null;
}

function wrong(server: ServerId, accounted: number, fetched: number): Violation {
  return new Violation(23, `${server} is accounted ${accounted} bytes and received ${fetched}`);
}
