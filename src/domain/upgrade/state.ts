/**
 * The rows of an upgrade: its head, its groups, its servers, and which state may follow which.
 *
 * Every row carries why it is where it is. Counters of a group change with its servers, one by
 * one, so that no decision ever looks at the whole fleet; `recount` exists for the checker.
 */

import type { GateCounts } from '../gate/gate.ts';
import type {
  Cause,
  ComponentName,
  Digest,
  GroupName,
  Instant,
  LeaseId,
  ServerId,
  UpgradeId,
} from '../names.ts';
import type { Problem } from '../problem.ts';
import { invariant } from '../result.ts';
import type { UpgradePlan } from './plan.ts';

// -- servers ---------------------------------------------------------------------------------

export const serverSuccessors = {
  /** Its group has not begun. */
  waiting: ['staging', 'local', 'absent', 'upgraded'],
  /** An installer is to be run on it; nothing is sent. */
  local: ['upgraded', 'absent'],
  /** Downloads and unpacks; outside any hold. */
  staging: ['staged', 'absent', 'upgraded', 'held'],
  /** Has everything, asks for a lease. */
  staged: ['leased', 'absent', 'upgraded', 'held'],
  /** May switch, has not said yet that it does. */
  leased: ['switching', 'staged', 'absent', 'upgraded', 'returned'],
  /** Was told to go just before its switch; silent since. */
  switching: ['proving', 'upgraded', 'returned', 'vanished', 'staged'],
  /** Seen with the new version; not proved yet. */
  proving: ['upgraded', 'returned', 'vanished'],
  upgraded: ['returned'],
  /** Back on the old version, with a cause. */
  returned: ['staging', 'local', 'upgraded', 'absent'],
  /** Lost after its lease. Silence is never success. */
  vanished: ['proving', 'upgraded', 'returned', 'staging', 'local'],
  /** Not seen when its group opened; follows later. */
  absent: ['staging', 'local', 'upgraded', 'held'],
  /** Could not take the release (disk, platform, signature): needs a person. */
  held: ['staging', 'local', 'upgraded', 'absent'],
} as const;
export type ServerState = keyof typeof serverSuccessors;

export type Lease = {
  readonly id: LeaseId;
  readonly grantedAt: Instant;
  readonly until: Instant;
};

export type UpgradeServer = {
  readonly server: ServerId;
  readonly group: GroupName;
  readonly state: ServerState;
  readonly because: Problem | null;
  readonly cause: Cause | null;
  readonly lease: Lease | null;
  /** Counts in its group's gate. */
  readonly wasLeased: boolean;
  /** When silence ends this state; null: it may last. */
  readonly deadline: Instant | null;
};

// -- groups ----------------------------------------------------------------------------------

export const groupSuccessors = {
  waiting: ['staging', 'stopped'],
  staging: ['holding', 'settling', 'stopped'],
  /** The locked step: hold, check, restore, switch, with nothing in between. */
  holding: ['checking', 'staging', 'stopped'],
  checking: ['switching', 'restoring', 'staging', 'stopped'],
  restoring: ['checking', 'staging', 'stopped'],
  switching: ['settling', 'staging', 'failed', 'stopped'],
  settling: ['passed', 'failed', 'inconclusive', 'stopped'],
  inconclusive: ['passed', 'staging', 'stopped'],
  failed: ['passed', 'staging', 'stopped'],
  passed: [],
  stopped: [],
} as const;
export type GroupState = keyof typeof groupSuccessors;

export const lockedStates: readonly GroupState[] = [
  'holding',
  'checking',
  'restoring',
  'switching',
];

export type GroupCounts = Readonly<Record<ServerState, number>>;

export type UpgradeGroup = {
  readonly name: GroupName;
  readonly state: GroupState;
  readonly because: Problem | null;
  /** When this state began. */
  readonly since: Instant;
  /** When the hold of the present locked step was asked for. */
  readonly lockedAt: Instant | null;
  readonly openedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly approved: boolean;
  /** Restores in the present locked step; bounded. */
  readonly restores: number;
  readonly counts: GroupCounts;
  readonly gate: GateCounts;
};

// -- the head --------------------------------------------------------------------------------

export const headSuccessors = {
  /** The information server first: its package is unpacked beside the running one (D2). */
  'self-staging': ['self-switching', 'baseline', 'paused', 'stopped'],
  'self-switching': ['baseline', 'paused', 'stopped'],
  /** The release is laid down in the catalogue, the share is checked (D6–D8). */
  baseline: ['agent', 'groups', 'paused', 'stopped'],
  agent: ['groups', 'paused', 'stopped'],
  groups: ['finished', 'paused', 'stopped'],
  /** `finished`: a person approves the last group although its gate failed. */
  paused: ['self-staging', 'baseline', 'agent', 'groups', 'finished', 'stopped'],
  stopped: [],
  finished: [],
} as const;
export type HeadState = keyof typeof headSuccessors;
export type ResumableState = 'self-staging' | 'baseline' | 'agent' | 'groups';

export type UpgradeHead = {
  readonly upgrade: UpgradeId;
  readonly form: UpgradePlan['form'];
  readonly release: {
    readonly component: ComponentName;
    readonly version: string;
    readonly digest: Digest;
  };
  /** The release also runs on the information server (kind `self`). */
  readonly withInformationServer: boolean;
  readonly state: HeadState;
  readonly because: Problem | null;
  /** Where `resume` goes; only while paused. */
  readonly resumeTo: ResumableState | null;
  /** Index of the group whose turn it is. */
  readonly turn: number;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  /** End of the time in which versions may differ (S7). */
  readonly mixedUntil: Instant;
  /** Since when the hold of the information server's own upgrade stands (D1: D2 to D10). */
  readonly ownHoldSince: Instant | null;
  /** This upgrade stopped the agent (D5) and will start it again (D10). */
  readonly agentStopped: boolean;
  /** How often a person resumed it, so that what failed before is known from what fails anew. */
  readonly resumes: number;
};

// -- moves -----------------------------------------------------------------------------------

const zeroCounts = Object.fromEntries(
  Object.keys(serverSuccessors).map((state) => [state, 0]),
) as Record<ServerState, number>;

export function newGroup(name: GroupName, servers: number, now: Instant): UpgradeGroup {
  return {
    name,
    state: 'waiting',
    because: null,
    since: now,
    lockedAt: null,
    openedAt: null,
    closedAt: null,
    approved: false,
    restores: 0,
    counts: { ...zeroCounts, waiting: servers },
    gate: { leased: 0, healthy: 0, vanished: 0, failedBy: {} },
  };
}

export function newServer(server: ServerId, group: GroupName): UpgradeServer {
  return {
    server,
    group,
    state: 'waiting',
    because: null,
    cause: null,
    lease: null,
    wasLeased: false,
    deadline: null,
  };
}

export function mayFollow<State extends string>(
  successors: Readonly<Record<State, readonly string[]>>,
  from: State,
  to: State,
): boolean {
  return successors[from].includes(to);
}

/** What a server adds to its group's gate. */
function gateShare(row: UpgradeServer): GateCounts {
  if (!row.wasLeased) return { leased: 0, healthy: 0, vanished: 0, failedBy: {} };
  return {
    leased: 1,
    healthy: row.state === 'upgraded' ? 1 : 0,
    vanished: row.state === 'vanished' ? 1 : 0,
    failedBy: row.state === 'returned' ? { [row.cause ?? 'unknown']: 1 } : {},
  };
}

function addGate(counts: GateCounts, share: GateCounts, sign: 1 | -1): GateCounts {
  const failedBy: Partial<Record<Cause, number>> = { ...counts.failedBy };
  for (const [cause, number] of Object.entries(share.failedBy) as [Cause, number][]) {
    failedBy[cause] = (failedBy[cause] ?? 0) + sign * number;
  }
  return {
    leased: counts.leased + sign * share.leased,
    healthy: counts.healthy + sign * share.healthy,
    vanished: counts.vanished + sign * share.vanished,
    failedBy,
  };
}

/** The group after one of its servers changed: the only place where counters change. */
export function countMove(
  group: UpgradeGroup,
  before: UpgradeServer,
  after: UpgradeServer,
): UpgradeGroup {
  invariant(
    before.state === after.state || mayFollow(serverSuccessors, before.state, after.state),
    `server ${before.server}: ${before.state} -> ${after.state}`,
  );
  const counts = { ...group.counts };
  counts[before.state] -= 1;
  counts[after.state] += 1;
  invariant(counts[before.state] >= 0, `group ${group.name} counts below zero`);
  const gate = addGate(addGate(group.gate, gateShare(before), -1), gateShare(after), 1);
  return { ...group, counts, gate };
}

/** As an earlier version wrote it, which did not know every state. */
export function wholeGroup(group: UpgradeGroup): UpgradeGroup {
  return { ...group, counts: { ...zeroCounts, ...group.counts } };
}

/** Counters from the rows themselves, for the checker. */
export function recount(rows: readonly UpgradeServer[]): Pick<UpgradeGroup, 'counts' | 'gate'> {
  const counts = { ...zeroCounts };
  let gate: GateCounts = { leased: 0, healthy: 0, vanished: 0, failedBy: {} };
  for (const row of rows) {
    counts[row.state] += 1;
    gate = addGate(gate, gateShare(row), 1);
  }
  return { counts, gate };
}

/** Servers that hold a lease or were told to go and have not ended. */
export function inFlight(counts: GroupCounts): number {
  return counts.leased + counts.switching + counts.proving;
}

export function isInFlight(state: ServerState): boolean {
  return state === 'leased' || state === 'switching' || state === 'proving';
}
