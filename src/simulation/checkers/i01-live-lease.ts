/**
 * I1: no program is switched without a live lease that was confirmed just before.
 *
 * A lease lives from the commit that granted it, for as long as the plan says, by the time of the
 * world; a machine whose clock runs slow may believe it a little longer. A machine that stands
 * still between that answer and its switch is the one exception: nothing on it can know. The
 * program of an information server's own computer is switched by that server's own upgrade (D3),
 * without a lease.
 */

import type { ComponentName, Digest, LeaseId, ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

/** From a word to a launcher to the line that begins a switch. */
const momentMs = 1_000;

type Begun = { readonly component: ComponentName; readonly digest: Digest };

export function liveLease(memory: Memory): Checker {
  const { facts } = memory;
  const told = new Map<ServerId, { readonly lease: LeaseId; readonly at: number }>();
  const begun = new Map<ServerId, Begun>();

  function toldToGo({ server, message }: Seen<'told'>, now: number): void {
    if (message.type !== 'confirmed' || !message.go) return;
    const known = memory.lease(server, message.lease);
    if (known === null || known.confirmedAt === null) {
      const sentence = `${server} was told to go by ${message.lease}, which no commit confirmed`;
      throw new Violation(1, sentence);
    }
    told.set(server, { lease: message.lease, at: now });
  }

  function begins({ server, component, digest, lease }: Seen<'switch-begun'>, now: number): void {
    if (isContent(memory, digest)) return;
    const known = lease === null ? null : memory.lease(server, lease);
    if (known === null) throw new Violation(1, `${server} begins ${digest} without a lease`);
    const answer = told.get(server);
    if (answer?.lease !== lease) {
      throw new Violation(1, `${server} begins by ${lease}, which was not confirmed to it last`);
    }
    const plan = memory.siteOf(server).upgrades.get(known.upgrade)?.plan;
    if (plan !== undefined && plan.release.digest !== digest) {
      throw new Violation(1, `${server} begins ${digest} by a lease for ${plan.release.digest}`);
    }
    const until = known.grantedAt + longest(memory, known.milliseconds);
    if (now > until && !stoodStill(memory, { server, from: answer.at, now })) {
      throw new Violation(1, `${server} begins ${now - until} ms after ${lease} was over`);
    }
    begun.set(server, { component, digest });
  }

  function switches({ server, component, lane, to, isReturn }: Seen<'switched'>): void {
    if (lane !== 'program' || isReturn || to === null) return;
    if (component === facts.ownComponent && facts.placeOf(server).isOwn) return;
    const one = begun.get(server);
    if (one?.digest !== to || one.component !== component) {
      throw new Violation(1, `${server} switched ${component} to ${to}, which it had not begun`);
    }
  }

  return {
    invariant: 1,
    sees: [on('told', toldToGo), on('switch-begun', begins), on('switched', switches)],
  };
}

/** Some of that time, up to a moment ago. */
export function stoodStill(
  { facts }: Memory,
  { server, from, now }: { readonly server: ServerId; readonly from: number; readonly now: number },
): boolean {
  const thawsAt = facts.thawsAt(server);
  return thawsAt > from && now - thawsAt <= momentMs;
}

/** In the time of the world, on a machine whose clock is as slow as clocks may be. */
export function longest({ facts }: Memory, milliseconds: number): number {
  return milliseconds / (1 - facts.clockDriftMax);
}

export function isContent({ facts }: Memory, digest: Digest): boolean {
  return facts.published(digest)?.manifest.lane === 'content';
}
