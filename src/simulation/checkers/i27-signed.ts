/**
 * I27: no computer stages or switches to what its own lane did not sign, whoever offers it; and what
 * is withdrawn does not start any more where that is known.
 */

import type { Digest, Lane, ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

/**
 * It is asked before the last question for a lease, and a lease lasts ten minutes at most, on a clock
 * that may be slow. Who was told to go then goes.
 */
const goneMsMax = 12 * 60_000;

export function signedOnly({ facts }: Memory): Checker {
  /** Since when each computer knows of what is withdrawn. */
  const known = new Map<ServerId, ReadonlyMap<Digest, number>>();

  function trusts({ server, withdrawn }: Seen<'trusted'>, now: number): void {
    const before = known.get(server);
    if (before === undefined && withdrawn.length === 0) return;
    known.set(server, new Map(withdrawn.map((digest) => [digest, before?.get(digest) ?? now])));
  }

  function check(server: ServerId, digest: Digest, lane: Lane | null): void {
    const signed = facts.signedIn(digest);
    if (signed === null) throw new Violation(27, `${server} took ${digest}, signed by nobody`);
    if (lane === null || lane === signed) return;
    throw new Violation(27, `${server} took ${digest} as ${lane}, signed as ${signed}`);
  }

  function begins({ server, digest }: Seen<'switch-begun'>, now: number): void {
    const since = known.get(server)?.get(digest);
    // A machine that stood still goes on where it was.
    if (since === undefined || now - Math.max(since, facts.thawsAt(server)) <= goneMsMax) return;
    throw new Violation(27, `${server} switches to ${digest}, withdrawn as it knows`);
  }

  return {
    invariant: 27,
    sees: [
      on('trusted', trusts),
      on('unpacked', ({ server, digest }) => check(server, digest, null)),
      on('switched', ({ server, to, lane }) => {
        if (to !== null) check(server, to, lane);
      }),
      on('switch-begun', begins),
    ],
  };
}
