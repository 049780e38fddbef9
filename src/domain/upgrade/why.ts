/** One reason why a server is where it is: the answer to `upgrade why SERVER`. */

import type { Instant } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { UpgradePlan } from './plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from './state.ts';

export function why(input: {
  readonly plan: UpgradePlan;
  readonly head: UpgradeHead;
  readonly group: UpgradeGroup;
  readonly row: UpgradeServer;
  readonly now: Instant;
}): Problem {
  const { plan, head, group, row, now } = input;
  if (row.state === 'upgraded')
    return problem('SERVER_UP_TO_DATE', { version: head.release.version });
  const isItsOwnEnd = row.state === 'returned' || row.state === 'vanished' || row.state === 'held';
  if (isItsOwnEnd && row.because !== null) return row.because;
  if (head.because !== null) return head.because;
  if (row.because !== null && row.state !== 'waiting') return row.because;
  if (group.because !== null) return group.because;
  const planned = plan.groups.find((one) => one.name === group.name);
  if (planned !== undefined && now < planned.from) {
    return problem('GROUP_BEFORE_DAY', { group: group.name, from: planned.from });
  }
  if (row.state === 'waiting') {
    const turn = plan.groups[head.turn]?.name ?? group.name;
    return problem('GROUP_NOT_OPEN', {
      group: turn,
      state: head.state === 'groups' ? 'before' : head.state,
    });
  }
  return problem('STAGING', { version: head.release.version });
}
