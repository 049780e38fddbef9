/**
 * I11: a lower fence is not obeyed, not even after a restart. A generation of the daemons has its
 * own memory, so that going back goes back to what the old version had obeyed.
 */

import { compareFences, type Fence, type LeaseId, type ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

export function fencesOnlyRise(memory: Memory): Checker {
  const { facts } = memory;
  const said = new Map<ServerId, Fence>();
  /** Told to go under a list that named it: it goes on, whatever is wanted or forgotten meanwhile. */
  const going = new Map<ServerId, LeaseId>();

  /** As it leaves: on the way a hello may be overtaken by the next one. */
  function greets({ server, fence }: Seen<'greeted'>): void {
    const before = said.get(server);
    if (before !== undefined && compareFences(fence, before) < 0) {
      const [low, high] = [fence, before].map(({ epoch, number }) => `${epoch}.${number}`);
      throw new Violation(11, `${server} said that it obeyed ${high}, and now ${low}`);
    }
    said.set(server, fence);
  }

  function goes({ server, message }: Seen<'told'>): void {
    if (message.type !== 'confirmed' || !message.go) return;
    const known = memory.lease(server, message.lease);
    const upgrade = known === null ? undefined : memory.siteOf(server).upgrades.get(known.upgrade);
    if (upgrade === undefined) return;
    const { digest } = upgrade.plan.release;
    if (memory.wishes.of(server).digests.has(digest)) going.set(server, message.lease);
  }

  function begins({ server, component, digest, lease }: Seen<'switch-begun'>): void {
    if (component === facts.ownComponent && facts.placeOf(server).isOwn) return;
    if (lease !== null && going.get(server) === lease) return;
    if (!memory.wishes.of(server).digests.has(digest)) {
      throw new Violation(11, `${server} begins ${digest}, which the list it obeys does not name`);
    }
  }

  function switches({ server, component, isReturn }: Seen<'switched'>): void {
    if (isReturn && component === facts.ownComponent) said.delete(server);
  }

  return {
    invariant: 11,
    sees: [
      on('greeted', greets),
      on('told', goes),
      on('switch-begun', begins),
      on('switched', switches),
    ],
  };
}
