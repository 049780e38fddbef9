/**
 * I24: a site that is cut off from its control manager keeps serving. Whatever is above it, an
 * information server that can work answers every hello that reaches it, within seconds; so its own
 * servers are let in and hear what they should have. Hellos that the information server sends away
 * without a word wait on; those whose connection was lost do not. Whoever is hung up on before it can
 * say hello, and comes again, waits as well.
 */

import type { ServerId } from '#domain/names.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

/** An answer needs one commit; a server waits for it for 20 seconds before it hangs up. */
const patienceMs = 15_000;

/** A server that was hung up on dials again sooner; one that was away for longer begins anew. */
const againMs = 30_000;

/** Since when, by server: the one that has waited longest is the first. */
type Waiting = Map<ServerId, number>;

export function keepsServing({ facts }: Memory): Checker {
  const waiting = new Map<SiteName, Waiting>();
  const refused = new Map<ServerId, { readonly since: number; readonly last: number }>();

  function waitingAt(site: SiteName): Waiting {
    let found = waiting.get(site);
    if (found === undefined) waiting.set(site, (found = new Map()));
    return found;
  }

  function isTooLate(site: SiteName, since: number, now: number): boolean {
    const ableSince = facts.ableSince(site);
    return ableSince !== null && now - Math.max(since, ableSince) > patienceMs;
  }

  function late(site: SiteName, server: ServerId, milliseconds: number): Violation {
    return new Violation(24, `${site} did not answer ${server} for ${milliseconds} ms`);
  }

  function greets({ site, server, message }: Seen<'said'>, now: number): void {
    if (message.type !== 'hello' || !facts.isHonest(server)) return;
    const at = waitingAt(site);
    if (!at.has(server)) at.set(server, now);
  }

  function hangsUp({ site, server }: Seen<'hung-up'>, now: number): void {
    if (!facts.isHonest(server)) return;
    const before = refused.get(server);
    const since = before !== undefined && now - before.last < againMs ? before.since : now;
    if (isTooLate(site, since, now)) throw late(site, server, now - since);
    refused.set(server, { since, last: now });
  }

  function answers(seen: Seen<'sent'>, now: number): void {
    if (seen.message.type !== 'welcome' && seen.message.type !== 'bye') return;
    refused.delete(seen.server);
    ends(seen, now);
  }

  /** Answered, or lost; neither too late. */
  function ends({ site, server }: Seen<'sent' | 'hello-lost'>, now: number): void {
    const at = waitingAt(site);
    const since = at.get(server);
    if (since === undefined) return;
    if (isTooLate(site, since, now)) throw late(site, server, now - since);
    at.delete(server);
  }

  function recount(_view: FleetView, now: number): void {
    for (const [site, at] of waiting) {
      for (const [server, since] of at) {
        if (now - since <= patienceMs) break;
        if (facts.isHonest(server) && isTooLate(site, since, now)) {
          throw late(site, server, now - since);
        }
      }
    }
  }

  return {
    invariant: 24,
    sees: [
      on('said', greets),
      on('sent', answers),
      on('hello-lost', ends),
      on('hung-up', hangsUp),
      on('process-ended', ({ machine, process }) => {
        if (process === 'information-server') waiting.delete(machine);
      }),
    ],
    recount,
  };
}
