/** The rows with which an upgrade begins: nothing has happened, nobody has been told anything. */

import type { GroupName, Instant, ServerId } from '../names.ts';
import type { UpgradePlan } from './plan.ts';
import {
  newGroup,
  newServer,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from './state.ts';

export type UpgradeRows = {
  readonly head: UpgradeHead;
  /** In the order of the plan. */
  readonly groups: ReadonlyMap<GroupName, UpgradeGroup>;
  readonly servers: ReadonlyMap<ServerId, UpgradeServer>;
};

export type Beginning = {
  readonly startedAt: Instant;
  /** The release also runs on the information server (kind `self`). */
  readonly withInformationServer: boolean;
};

export function firstRows(plan: UpgradePlan, beginning: Beginning): UpgradeRows {
  const { startedAt } = beginning;
  return {
    head: firstHead(plan, beginning),
    groups: new Map(
      plan.groups.map(({ name, servers }) => [name, newGroup(name, servers.length, startedAt)]),
    ),
    servers: new Map(
      plan.groups.flatMap(({ name, servers }) =>
        servers.map((server) => [server, newServer(server, name)] as const),
      ),
    ),
  };
}

function firstHead(
  plan: UpgradePlan,
  { startedAt, withInformationServer }: Beginning,
): UpgradeHead {
  const startsWithSelf = withInformationServer && plan.form === 'upgrade';
  return {
    upgrade: plan.upgrade,
    form: plan.form,
    release: plan.release,
    withInformationServer,
    state: startsWithSelf ? 'self-staging' : 'baseline',
    because: null,
    resumeTo: null,
    turn: 0,
    startedAt,
    finishedAt: null,
    mixedUntil: startedAt + plan.mixedDaysMax * 86_400_000,
    ownHoldSince: startsWithSelf ? startedAt : null,
    agentStopped: false,
    resumes: 0,
  };
}
