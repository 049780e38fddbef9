/** A link that signs in once: taken from the address when the page begins, and removed from it. */

import type { Problem } from '#domain/problem.ts';
import { signInMark } from '#protocol/console/people-calls.ts';
import { callSession } from '../data/call.ts';

/** Why it does not sign in; null: it did, or there was none. */
export async function takeSignInLink(): Promise<Problem | null> {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(signInMark)) return null;
  // Not in the history either: it is worth nothing afterwards, but need not be shown.
  window.history.replaceState(null, '', `${pathname}${search}`);
  const begun = await callSession('session.redeem', { secret: hash.slice(signInMark.length) });
  return begun.ok ? null : begun.because;
}
