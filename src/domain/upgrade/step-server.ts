/**
 * One server's part in an upgrade: (row, counters, head, event) -> changed rows and commands.
 *
 * A report that does not fit the row's state changes nothing: messages may be lost, repeated or
 * late. Knows nothing of other servers but their counts.
 */

import type { Cause, Digest, Instant, LeaseId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { RecordKind } from '../record/kinds.ts';
import type { Command, ServerEvent, ServerStep, StepInput } from './event.ts';
import { mayConfirm, mayLease, plannedGroup } from './lease.ts';
import { isLocal } from './method.ts';
import { countMove, isInFlight, type UpgradeServer } from './state.ts';

/**
 * A server that is gone for longer does not keep its group waiting: a minute while the group is
 * open and content is held, ten while it only downloads. It follows when it is seen again.
 */
function patienceMs(row: UpgradeServer): number {
  return row.state === 'staging' ? 600_000 : 60_000;
}

function keepsItsGroupWaiting({ group }: StepInput, row: UpgradeServer): boolean {
  return row.state === 'staging' || (row.state === 'staged' && group.state === 'switching');
}

type Change = Partial<Omit<UpgradeServer, 'server' | 'group'>>;

export function stepServer(
  input: StepInput,
  row: UpgradeServer,
  event: ServerEvent,
  now: Instant,
): ServerStep {
  switch (event.type) {
    case 'opened':
      return opened(input, row, event, now);
    case 'seen':
      return seen(input, row, event, now);
    case 'staged':
      return row.state === 'staging'
        ? move(input, row, { state: 'staged', because: null })
        : unchanged(input, row);
    case 'not-stageable':
      return row.state === 'staging' || row.state === 'staged'
        ? move(input, row, { state: 'held', because: event.because, cause: event.cause })
        : unchanged(input, row);
    case 'lease-requested':
      return leaseRequested(input, row, event, now);
    case 'lease-confirmed':
      return leaseConfirmed(input, row, event.lease, now);
    case 'installed':
      return row.state === 'upgraded' ? unchanged(input, row) : becomeUpgraded(input, row, now);
    case 'returned':
      return returned(input, row, event);
    case 'disconnected':
      return keepsItsGroupWaiting(input, row) && row.deadline === null
        ? move(input, row, { deadline: now + patienceMs(row) })
        : unchanged(input, row);
    case 'staging-closed':
      return stagingClosed(input, row);
    case 'deadline':
      return deadline(input, row, event.connected, now);
  }
}

function stagingClosed(input: StepInput, row: UpgradeServer): ServerStep {
  if (row.state === 'local') return move(input, row, { state: 'absent' });
  return row.state === 'staging' || row.state === 'waiting'
    ? move(input, row, { state: 'absent', because: problem('STAGING', versionOf(input)) })
    : unchanged(input, row);
}

function versionOf(input: StepInput): { version: string } {
  return { version: input.head.release.version };
}

function unchanged(input: StepInput, row: UpgradeServer): ServerStep {
  return { server: row, group: input.group, head: input.head, commands: [] };
}

function move(
  input: StepInput,
  row: UpgradeServer,
  change: Change,
  commands: readonly Command[] = [],
): ServerStep {
  const server = { ...row, ...change };
  return { server, group: countMove(input.group, row, server), head: input.head, commands };
}

function record(kind: RecordKind, row: UpgradeServer, detail: Record<string, unknown>): Command {
  return { type: 'record', kind, server: row.server, detail };
}

/** A place became free: let the next staged server ask. */
function nudgeNext(input: StepInput, row: UpgradeServer): readonly Command[] {
  return isInFlight(row.state) ? [{ type: 'nudge', group: input.group.name, count: 1 }] : [];
}

function becomeUpgraded(input: StepInput, row: UpgradeServer, now: Instant): ServerStep {
  const ended = {
    state: 'upgraded',
    because: null,
    cause: null,
    lease: null,
    deadline: null,
  } as const;
  if (row.state === 'local') return installedLocally(input, row, ended, now);
  return move(input, row, ended, [
    record('server-upgraded', row, versionOf(input)),
    ...nudgeNext(input, row),
  ]);
}

/** It counts in the gate like one that had a lease, and its group must stay well from now on. */
function installedLocally(
  input: StepInput,
  row: UpgradeServer,
  ended: Change,
  now: Instant,
): ServerStep {
  const detail = { ...versionOf(input), method: 'local' };
  const step = move(input, row, { ...ended, wasLeased: true }, [
    record('server-upgraded', row, detail),
    // It has it already, so nothing is sent; what it was to have before does not call it back.
    { type: 'want', server: row.server },
  ]);
  const isSettling = step.group.state === 'settling';
  return isSettling ? { ...step, group: { ...step.group, since: now } } : step;
}

function opened(
  input: StepInput,
  row: UpgradeServer,
  event: Extract<ServerEvent, { type: 'opened' }>,
  now: Instant,
): ServerStep {
  if (row.state === 'upgraded' || row.state === 'staged' || isInFlight(row.state)) {
    return unchanged(input, row);
  }
  if (event.running === input.head.release.digest) return becomeUpgraded(input, row, now);
  // It was here when the group opened: away for a moment is not absent.
  if (row.state === 'staging' || row.state === 'local') return unchanged(input, row);
  const hasFailed = row.state === 'returned' || row.state === 'vanished' || row.state === 'held';
  if (hasFailed && !event.retry) return unchanged(input, row);
  if (isLocal(plannedGroup(input), row.server)) return startStaging(input, row);
  if (!event.present) {
    if (row.state === 'absent' || row.state === 'vanished') return unchanged(input, row);
    const because = problem('SERVER_ABSENT', { server: row.server });
    return move(input, row, { ...fresh, state: 'absent', because }, [
      record('server-absent', row, { group: row.group }),
    ]);
  }
  return startStaging(input, row);
}

/** A retried server counts anew: its earlier end no longer speaks in the gate. */
const fresh = { cause: null, lease: null, wasLeased: false, deadline: null } as const;

function startStaging(input: StepInput, row: UpgradeServer): ServerStep {
  if (isLocal(plannedGroup(input), row.server)) {
    const because = problem('INSTALLER_AWAITED', versionOf(input));
    return move(input, row, { ...fresh, state: 'local', because });
  }
  return move(
    input,
    row,
    { ...fresh, state: 'staging', because: problem('STAGING', versionOf(input)) },
    [{ type: 'want', server: row.server }],
  );
}

/** A hello: the server runs this of the component now. Seen is not yet proved. */
function seen(
  input: StepInput,
  row: UpgradeServer,
  { running, against }: Extract<ServerEvent, { type: 'seen' }>,
  now: Instant,
): ServerStep {
  const isTarget = running === input.head.release.digest;
  if (row.state === 'absent' && !isTarget && mayFollow(input)) {
    // It may have become another machine while it was away (R2).
    return against === null
      ? startStaging(input, row)
      : move(input, row, { state: 'held', because: against, cause: 'precondition' });
  }
  // A program without a daemon of its own reports `installed`; nothing here proves it.
  if (!input.head.withInformationServer) return unchanged(input, row);
  if (row.state === 'upgraded' && !isTarget) {
    return returned(input, row, { cause: 'unknown', detail: 'seen with another version' });
  }
  if (!isTarget || row.state === 'upgraded' || row.state === 'proving')
    return unchanged(input, row);
  if (row.state === 'switching' || row.state === 'vanished') {
    const server = {
      state: 'proving',
      because: null,
      deadline: now + input.plan.proveSeconds * 1_000,
    } as const;
    return move(input, row, server, [record('server-seen-new', row, versionOf(input))]);
  }
  return becomeUpgraded(input, row, now);
}

/** Servers that were absent follow once their group has begun, even when it has passed. */
function mayFollow(input: StepInput): boolean {
  const { state } = input.group;
  const running = input.head.state === 'groups' || input.head.state === 'finished';
  return running && state !== 'waiting' && state !== 'failed' && state !== 'stopped';
}

/** The same reason again is the same row. */
function becauseOf(row: UpgradeServer, because: Problem): UpgradeServer {
  return row.because?.code === because.code ? row : { ...row, because };
}

function leaseRequested(
  input: StepInput,
  row: UpgradeServer,
  event: { readonly digest: Digest; readonly lease: LeaseId },
  now: Instant,
): ServerStep {
  const wasGiven = row.state === 'leased' || row.state === 'switching';
  // The answer, or the server that knew it, was lost: the same lease again, never a second one.
  if (wasGiven && row.lease !== null && now < row.lease.until) {
    return {
      ...unchanged(input, row),
      commands: [{ type: 'grant', server: row.server, lease: row.lease }],
    };
  }
  if (row.state === 'switching') return neverBegun(input, row);
  if (isLate(row) && mayFollow(input)) return followsLate(input, row);
  const verdict = mayLease(input, row, { digest: event.digest, now });
  if (!verdict.go) {
    return {
      ...unchanged(input, row.state === 'staged' ? becauseOf(row, verdict.because) : row),
      commands: [{ type: 'refuse', server: row.server, because: verdict.because }],
    };
  }
  const until = now + input.plan.leaseSeconds * 1_000;
  const lease = { id: event.lease, grantedAt: now, until };
  return move(
    input,
    row,
    { state: 'leased', because: null, lease, wasLeased: true, deadline: until },
    [
      { type: 'grant', server: row.server, lease },
      record('lease-granted', row, { lease: lease.id, until, group: row.group }),
    ],
  );
}

/** Its group stopped waiting for it while it was there and fetched. */
function isLate({ state, because }: UpgradeServer): boolean {
  return state === 'absent' && because?.code === 'STAGING';
}

/** It asks, so it has staged by now: it is wanted anew, and says again what it has. */
function followsLate(input: StepInput, row: UpgradeServer): ServerStep {
  const { server, group } = row;
  const because = problem('GROUP_NOT_OPEN', { group, state: row.state });
  const step = startStaging(input, row);
  return { ...step, commands: [{ type: 'refuse', server, because }, ...step.commands] };
}

/** Who asks for a lease has not switched, whatever it was told: it was killed before it could. */
function neverBegun(input: StepInput, row: UpgradeServer): ServerStep {
  const because = problem('LEASE_OVER', { lease: row.lease?.id ?? '' });
  return move(input, row, { ...fresh, state: 'staged', because }, [
    { type: 'refuse', server: row.server, because },
    record('lease-lapsed', row, { lease: row.lease?.id }),
    ...nudgeNext(input, row),
  ]);
}

function leaseConfirmed(
  input: StepInput,
  row: UpgradeServer,
  lease: LeaseId,
  now: Instant,
): ServerStep {
  const verdict = mayConfirm(input, row, { lease, now });
  const answer = (because: Problem | null): Command => ({
    type: 'confirm',
    server: row.server,
    lease,
    because,
  });
  if (verdict.go) {
    if (row.state === 'switching') {
      return { ...unchanged(input, row), commands: [answer(null)] };
    }
    const patience = input.plan.proveSeconds * 1_000;
    return move(
      input,
      row,
      { state: 'switching', deadline: (row.lease?.until ?? now) + patience },
      [answer(null), record('server-switching', row, { lease })],
    );
  }
  const refusal = [
    answer(verdict.because),
    record('lease-refused', row, { lease, because: verdict.because.code }),
  ];
  // Told no before it began: it keeps the old version and counts as never leased.
  if (isInFlight(row.state) && row.state !== 'proving' && row.lease?.id === lease) {
    const back = { ...fresh, state: 'staged', because: verdict.because } as const;
    return move(input, row, back, [...refusal, ...nudgeNext(input, row)]);
  }
  return { ...unchanged(input, row), commands: refusal };
}

function returned(
  input: StepInput,
  row: UpgradeServer,
  event: { readonly cause: Cause; readonly detail: string },
): ServerStep {
  const ended = row.state === 'upgraded' || row.state === 'vanished' || isInFlight(row.state);
  if (!ended) return unchanged(input, row);
  const { cause, detail } = event;
  const because = problem('SWITCH_RETURNED', { ...versionOf(input), cause, detail });
  return move(input, row, { state: 'returned', because, cause, lease: null, deadline: null }, [
    record('server-returned', row, { cause, detail }),
    ...nudgeNext(input, row),
  ]);
}

/** Silence ends a state: unconfirmed leases lapse, confirmed ones count as vanished. */
function deadline(
  input: StepInput,
  row: UpgradeServer,
  connected: boolean,
  now: Instant,
): ServerStep {
  if (row.deadline === null || now < row.deadline) return unchanged(input, row);
  if (row.state === 'leased') {
    // Never confirmed, so it never switched.
    const because = connected
      ? problem('LEASE_OVER', { lease: row.lease?.id ?? '' })
      : problem('SERVER_ABSENT', { server: row.server });
    return move(input, row, { ...fresh, state: connected ? 'staged' : 'absent', because }, [
      record('lease-lapsed', row, { lease: row.lease?.id }),
      ...nudgeNext(input, row),
    ]);
  }
  if (!connected && keepsItsGroupWaiting(input, row)) {
    const because = problem('SERVER_ABSENT', { server: row.server });
    return move(input, row, { ...fresh, state: 'absent', because }, [
      record('server-absent', row, { group: row.group }),
    ]);
  }
  if (row.state !== 'switching' && row.state !== 'proving') {
    return move(input, row, { deadline: null });
  }
  const because = problem('SERVER_VANISHED', { server: row.server, lease: row.lease?.id ?? '' });
  return move(input, row, { state: 'vanished', because, deadline: null }, [
    record('server-vanished', row, { lease: row.lease?.id }),
    ...nudgeNext(input, row),
  ]);
}
