/**
 * I8: a version that does not prove itself goes back, and the one that ran before runs again.
 * At the end, no server that is up stands with a version that does not work, unless the one before
 * it did not work either.
 */

import type { ComponentName, Digest, ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

type Forward = { readonly from: Digest | null; readonly didWork: boolean };

export function failedGoesBack(memory: Memory): Checker {
  /** The last switch forward, by machine and component. */
  const forward = new Map<string, Forward>();

  function switches({ server, component, from, to, isReturn }: Seen<'switched'>): void {
    const key = keyOf(server, component);
    const last = forward.get(key);
    if (!isReturn) {
      const didWork = memory.standing(server, component)?.works ?? true;
      forward.set(key, { from, didWork });
    } else if (last !== undefined && last.from !== to) {
      throw new Violation(8, `${server} went back to ${to}, and not to ${last.from}`);
    }
  }

  function runs({ server, component, digest }: Seen<'running'>): void {
    const current = memory.standing(server, component)?.current ?? null;
    // A version that gets no session is stopped for a moment, to see whether the one before does.
    const isProbe = forward.get(keyOf(server, component))?.from === digest;
    if (digest !== null && current !== null && digest !== current && !isProbe) {
      throw new Violation(8, `${server} runs ${digest}, and ${current} is current`);
    }
  }

  function end(view: FleetView): void {
    for (const { server, isUp, installed, isLost } of view.servers) {
      if (!isUp || isLost) continue;
      for (const component of installed.keys()) {
        const standing = memory.standing(server, component);
        const last = forward.get(keyOf(server, component));
        if (standing === null || standing.works || last?.didWork !== true) continue;
        throw new Violation(8, `${server} is left with ${standing.current}, which does not work`);
      }
    }
  }

  return { invariant: 8, sees: [on('switched', switches), on('running', runs)], end };
}

function keyOf(server: ServerId, component: ComponentName): string {
  return `${server} ${component}`;
}
