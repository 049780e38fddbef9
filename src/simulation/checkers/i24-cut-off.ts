/**
 * I24: a site that is cut off from its control manager keeps serving. Whatever is above it, an
 * information server that is there answers every hello; so, whenever its own servers can reach it,
 * they are let in and hear what they should have.
 */

import type { ServerId } from '#domain/names.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView } from './checker.ts';
import type { Memory } from './memory.ts';

/** An answer needs one commit; a machine may be frozen or its disk full for longer. */
const patienceMs = 60_000;

type Waiting = { readonly site: SiteName; readonly since: number };

export function keepsServing({ facts }: Memory): Checker {
  const waiting = new Map<ServerId, Waiting>();
  /** Cut off: then there is nobody whom it could ask. */
  function answered(server: ServerId): void {
    waiting.delete(server);
  }
  function siteEnded(machine: string): void {
    for (const [server, { site }] of waiting) if (site === machine) waiting.delete(server);
  }
  function end({ sites, servers }: FleetView, now: number): void {
    const up = new Set(sites.filter(({ isUp }) => isUp).map(({ site }) => site));
    for (const { server, isUp, isLost } of servers) {
      const one = waiting.get(server);
      if (one === undefined || !isUp || isLost || !up.has(one.site)) continue;
      if (facts.isHonest(server) && now - one.since > patienceMs) {
        throw new Violation(24, `${one.site} did not answer ${server} for ${now - one.since} ms`);
      }
    }
  }
  return {
    invariant: 24,
    sees: [
      on('said', ({ site, server, message }, now) => {
        if (message.type === 'hello') waiting.set(server, { site, since: now });
      }),
      on('sent', ({ server, message }) => {
        if (message.type === 'welcome' || message.type === 'bye') answered(server);
      }),
      on('process-ended', ({ machine }) => siteEnded(machine)),
    ],
    end,
  };
}
