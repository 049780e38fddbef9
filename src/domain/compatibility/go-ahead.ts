/**
 * Which reasons against an upgrade a person may take upon himself, in the plan and with a reason
 * of his own. The table is the whole rule; whatever does not stand here is never overridden.
 */

import type { ProblemCode } from '../problem.ts';

/** Why each is only unwise: its remedy is in the hands of whoever answers for the site. */
const goAheadFor = {
  /** S5: without holds one delivery between groups drifts the share; check and restore remain. */
  DELIVERIES_CANNOT_BE_HELD: true,
  /** S4: everything at once loads the link, and a bad release reaches everyone. */
  ALL_IN_ONE_GROUP: true,
  /** S4, R6: the group only takes longer than its day was meant to. */
  GROUP_TRAFFIC_TOO_MUCH: true,
  /** D1: a hold that may end too early pauses the group; nothing is lost. */
  HOLD_NOT_COVERING: true,
  /** Going back is possible, and a decision: one stale line in a plan must not do it. */
  RELEASE_OLDER: true,
  /** N2: a server before its information server, with a recorded reason. */
  INFORMATION_SERVER_BEHIND: true,

  /** S2, N2: no override at all. */
  CONTROL_MANAGER_LEVEL_LOW: false,
  CONTROL_MANAGER_UNSEEN: false,
  /** What signers did not allow, nobody at a site can allow himself. */
  RELEASE_UNSIGNED: false,
  RELEASE_NOT_AS_SIGNED: false,
  RELEASE_WITHDRAWN: false,
  RETURN_NOT_PERMITTED: false,
  /** R2: it would not run there, whatever anyone decides. */
  VERSION_OUT_OF_RANGE: false,
  FLOOR_NOT_REACHED: false,
  VERSION_DEAD_END: false,
  PREREQUISITE_ABSENT: false,
  PREREQUISITE_LOW: false,
  PLATFORM_UNSUPPORTED: false,
  DISK_TOO_SMALL: false,
  MEMORY_TOO_SMALL: false,
  /** Mistakes of the plan, mended in the plan. */
  SERVER_IN_TWO_GROUPS: false,
  PLAN_UNKNOWN_SERVER: false,
  SAMPLE_LARGER_THAN_GROUP: false,
  /** R1: it is read and acknowledged, not overridden. */
  PRECAUTIONS_UNREAD: false,
} as const satisfies { readonly [Code in ProblemCode]?: boolean };

export type PreflightCode = keyof typeof goAheadFor;

function isPreflightCode(code: string): code is PreflightCode {
  return Object.hasOwn(goAheadFor, code);
}

export function goAheadPossible(code: ProblemCode): boolean {
  return isPreflightCode(code) && goAheadFor[code];
}

/** What a plan's `goAhead` may name. */
export const goAheadCodes: readonly ProblemCode[] = Object.keys(goAheadFor)
  .filter(isPreflightCode)
  .filter((code) => goAheadFor[code]);
