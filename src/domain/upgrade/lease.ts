/**
 * May this server switch now? A lease permits one server one switch to one digest; it is
 * committed before it is answered, and asked for once more just before the switch.
 */

import type { Digest, Instant } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { go, invariant, noGo, type Verdict } from '../result.ts';
import type { SiteFacts, StepInput } from './event.ts';
import type { Interval, PlannedGroup } from './plan.ts';
import type { UpgradeServer } from './state.ts';

export function plannedGroup({ plan, group }: StepInput): PlannedGroup {
  const planned = plan.groups.find((one) => one.name === group.name);
  invariant(planned !== undefined, `group ${group.name} stands in the plan`);
  return planned;
}

/** Open now, or the instant at which it opens next (null: never again). */
export function windowAt(
  windows: readonly Interval[],
  now: Instant,
): { readonly open: true } | { readonly open: false; readonly opens: Instant | null } {
  if (windows.length === 0) return { open: true };
  let opens: Instant | null = null;
  for (const window of windows) {
    if (now >= window.from && now < window.until) return { open: true };
    if (window.from > now) opens = Math.min(opens ?? window.from, window.from);
  }
  return { open: false, opens };
}

export function becauseOfWindow(windows: readonly Interval[], now: Instant): Problem | null {
  const window = windowAt(windows, now);
  return window.open ? null : problem('WINDOW_CLOSED', { opens: window.opens ?? 'never' });
}

/** What holds for the lease and again for its confirmation. */
export function mayGo(input: StepInput, now: Instant): Verdict {
  const { head, group, site } = input;
  if (head.state !== 'groups' && head.state !== 'finished') {
    return noGo(
      head.because ?? problem('GROUP_NOT_OPEN', { group: group.name, state: head.state }),
    );
  }
  // A server that was absent follows after its group passed, under the same gate.
  if (group.state !== 'switching' && group.state !== 'passed') {
    return noGo(problem('GROUP_NOT_OPEN', { group: group.name, state: group.state }));
  }
  if (site.proving) return noGo(problem('INFORMATION_SERVER_PROVING', {}));
  if (site.heldBy !== null) return noGo(site.heldBy);
  const closed = becauseOfWindow(plannedGroup(input).windows, now);
  return closed === null ? go : noGo(closed);
}

export function mayLease(
  input: StepInput,
  row: UpgradeServer,
  asked: { readonly digest: Digest; readonly now: Instant },
): Verdict {
  if (asked.digest !== input.head.release.digest) {
    return noGo(problem('DIGEST_NOT_WANTED', { digest: asked.digest }));
  }
  if (row.state !== 'staged') {
    return noGo(problem('GROUP_NOT_OPEN', { group: row.group, state: row.state }));
  }
  const permitted = mayGo(input, asked.now);
  if (!permitted.go) return permitted;
  return roomInFlight(input.site);
}

function roomInFlight(site: SiteFacts): Verdict {
  if (site.inFlight < site.inFlightMax) return go;
  return noGo(
    problem('IN_FLIGHT_LIMIT', { inFlight: site.inFlight, inFlightMax: site.inFlightMax }),
  );
}

export function mayConfirm(
  input: StepInput,
  row: UpgradeServer,
  asked: { readonly lease: string; readonly now: Instant },
): Verdict {
  if (row.lease === null || row.lease.id !== asked.lease) {
    return noGo(problem('LEASE_UNKNOWN', { lease: asked.lease }));
  }
  // Asked again after a lost answer: the first answer stands while the lease lives.
  if (row.state !== 'leased' && row.state !== 'switching') {
    return noGo(problem('LEASE_OVER', { lease: asked.lease }));
  }
  if (asked.now >= row.lease.until) return noGo(problem('LEASE_OVER', { lease: asked.lease }));
  return mayGo(input, asked.now);
}
