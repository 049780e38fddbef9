/**
 * I8: a version that does not prove itself goes back, and the one that ran before runs again.
 * It runs within minutes wherever its machine can work; and at the end no server stands with a
 * version that does not work, unless the one before it did not work either.
 */

import type { ComponentName, Digest, ServerId } from '#domain/names.ts';
import {
  isLeftDown,
  isThere,
  on,
  Violation,
  type Checker,
  type FleetView,
  type Seen,
} from './checker.ts';
import type { Memory } from './memory.ts';

type Forward = { readonly from: Digest | null; readonly didWork: boolean };
type Returned = { readonly server: ServerId; readonly to: Digest; readonly downSince: number };

export function failedGoesBack(memory: Memory): Checker {
  /** The last switch forward, by machine and component. */
  const forward = new Map<string, Forward>();
  /** Who went back, and was not seen to run that since. */
  const returned = new Map<string, Returned>();

  function switches(seen: Seen<'switched'>, now: number): void {
    const { server, component, lane, from, to, isReturn } = seen;
    const key = keyOf(server, component);
    returned.delete(key);
    // Content does not run; and a version that was started to compare runs already.
    const doesRun = lane === 'content' || memory.standing(server, component)?.running === to;
    if (isReturn && to !== null && !doesRun) returned.set(key, { server, to, downSince: now });
    const last = forward.get(key);
    if (!isReturn) {
      const didWork = memory.standing(server, component)?.works ?? true;
      forward.set(key, { from, didWork });
    } else if (last !== undefined && last.from !== to) {
      throw new Violation(8, `${server} went back to ${to}, and not to ${last.from}`);
    }
  }

  function runs({ server, component, digest }: Seen<'running'>): void {
    const key = keyOf(server, component);
    if (digest !== null && digest === returned.get(key)?.to) returned.delete(key);
    const current = memory.standing(server, component)?.current ?? null;
    // A version that gets no session is stopped for a moment, to see whether the one before does.
    const isProbe = forward.get(key)?.from === digest;
    if (digest !== null && current !== null && digest !== current && !isProbe) {
      throw new Violation(8, `${server} runs ${digest}, and ${current} is current`);
    }
  }

  function recount(_view: FleetView, now: number): void {
    for (const { server, to, downSince } of returned.values()) {
      const ableSince = memory.facts.ableSince(server);
      if (!isLeftDown({ ableSince }, { downSince, now })) continue;
      throw new Violation(8, `${server} went back to ${to}, which was not started again`);
    }
  }

  function end(view: FleetView, now: number): void {
    for (const one of view.servers) {
      if (!isThere(one, now)) continue;
      const { server, installed } = one;
      for (const component of installed.keys()) {
        const standing = memory.standing(server, component);
        const last = forward.get(keyOf(server, component));
        if (standing === null || standing.works || last?.didWork !== true) continue;
        throw new Violation(8, `${server} is left with ${standing.current}, which does not work`);
      }
    }
  }

  return { invariant: 8, sees: [on('switched', switches), on('running', runs)], recount, end };
}

function keyOf(server: ServerId, component: ComponentName): string {
  return `${server} ${component}`;
}
