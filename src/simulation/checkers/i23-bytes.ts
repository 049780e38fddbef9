/**
 * I23: bytes accounted are bytes sent. What leaves an information server for a server arrives there,
 * and no server is accounted more than it received. Less only where a process or a machine died
 * with bytes that it had not noted yet.
 */

import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { packageFor } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { on, Violation, type Checker, type FleetView } from './checker.ts';
import type { Memory } from './memory.ts';

type Bytes = { served: number; fetched: number };

export function bytesAreCounted({ facts }: Memory): Checker {
  const sums = new Map<ServerId, Map<Digest, Bytes>>();
  /** Rows that were right: what arrived only grows, so they stay right until they change. */
  const checked = new Map<ServerId, FleetServer>();

  function sumOf(server: ServerId, archive: Digest): Bytes {
    let ofServer = sums.get(server);
    if (ofServer === undefined) sums.set(server, (ofServer = new Map()));
    let found = ofServer.get(archive);
    if (found === undefined) ofServer.set(archive, (found = { served: 0, fetched: 0 }));
    return found;
  }

  function check(row: FleetServer): void {
    const { server, platform, bytesReceived } = row;
    const before = checked.get(server);
    if (before === row || !facts.isHonest(server)) return;
    for (const [digest, accounted] of Object.entries(bytesReceived)) {
      if (before?.bytesReceived[digest] === accounted) continue;
      const release = facts.published(brand<Digest>(digest));
      const chosen = release === null ? undefined : packageFor(release.manifest, platform);
      if (chosen === undefined) continue;
      const { fetched } = sumOf(server, chosen.archive.digest);
      if (accounted > fetched) {
        throw new Violation(
          23,
          `${server} is accounted ${accounted} bytes and received ${fetched}`,
        );
      }
    }
    checked.set(server, row);
  }

  return {
    invariant: 23,
    sees: [
      on('served', ({ server, digest, bytes }) => void (sumOf(server, digest).served += bytes)),
      on('fetched', ({ server, digest, bytes }) => {
        const sum = sumOf(server, digest);
        sum.fetched += bytes;
        if (sum.fetched > sum.served) {
          throw new Violation(23, `${server} received more of ${digest} than was sent to it`);
        }
      }),
    ],
    recount(view: FleetView) {
      for (const { journal } of view.sites) {
        for (const server of journal.servers) check(server);
      }
    },
  };
}
