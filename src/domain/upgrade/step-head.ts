/**
 * The upgrade as a whole and the group whose turn it is: what happens next, in which order.
 *
 * Level-triggered: `duties` says what must be under way in a state, so that entering it and
 * finding oneself in it after a restart ask for the same idempotent effects.
 */

import type { Instant } from '../names.ts';
import { problem } from '../problem.ts';
import type { Command, HeadEvent, HeadStep, StepInput } from './event.ts';
import {
  groupTo,
  headTo,
  isRunning,
  leaveLockedStep,
  ownHoldKey,
  pause,
  record,
  same,
  versionOf,
} from './moves.ts';
import { checked, groupDuties, moveGroup, passGroup, tickGroup } from './step-group.ts';
import type { HeadState, UpgradeHead } from './state.ts';

export function stepHead(input: StepInput, event: HeadEvent, now: Instant): HeadStep {
  switch (event.type) {
    case 'started':
      return same(input, duties(input, now));
    case 'tick':
      return tickGroup(input, now);
    case 'self-staged':
      return advance(input, 'self-staging', 'self-switching', now);
    case 'self-committed':
      return input.head.state === 'self-staging'
        ? advance(input, 'self-staging', 'baseline', now)
        : advance(input, 'self-switching', 'baseline', now);
    case 'self-returned':
      return selfReturned(input, event.cause, now);
    case 'baseline-laid': {
      const { head, plan } = input;
      const next = isWhole(head) && plan.agent.upgrade ? 'agent' : 'groups';
      return advance(input, 'baseline', next, now);
    }
    case 'agent-ready':
      return advance(input, 'agent', 'groups', now);
    case 'agent-returned': {
      const because = problem('AGENT_RETURNED', { ...versionOf(input), cause: event.cause });
      return input.head.state === 'agent' ? pause(input, because, now) : same(input, []);
    }
    case 'effect-failed':
      return isRunning(input.head.state) ? pause(input, event.because, now) : same(input, []);
    case 'hold-placed':
      return moveGroup(input, 'holding', 'checking', now);
    case 'checked':
      return checked(input, event, now);
    case 'restored':
      return input.group.lockedAt === event.lockedAt
        ? moveGroup(input, 'restoring', 'checking', now)
        : same(input, []);
    case 'approved':
      return approved(input, event.who, now);
    case 'paused':
      return isRunning(input.head.state)
        ? pause(input, problem('PAUSED_BY_PERSON', { who: event.who }), now)
        : same(input, []);
    case 'resumed':
      return resumed(input, event.who, now);
    case 'stopped':
      return stopped(input, event.who, now);
  }
}

/** What must be under way now; every command of it may be repeated harmlessly. */
export function duties(input: StepInput, now: Instant): readonly Command[] {
  const { head, group, plan } = input;
  const { ownHoldSince } = head;
  const ownHold: readonly Command[] =
    ownHoldSince === null
      ? []
      : [
          {
            type: 'place-hold',
            key: ownHoldKey,
            form: 'site',
            group: null,
            until: ownHoldSince + plan.holdMinutesMax * 60_000,
          },
        ];
  switch (head.state) {
    case 'self-staging':
      return [...ownHold, { type: 'stage-self' }];
    case 'self-switching':
      return [{ type: 'switch-self' }];
    case 'baseline':
      return [...ownHold, { type: 'lay-baseline' }];
    case 'agent':
      return [{ type: 'upgrade-agent' }];
    case 'groups':
      return [...groupDuties(input, group, now), ...follows(input)];
    case 'paused':
    case 'stopped':
    case 'finished':
      return [];
  }
}

/**
 * Who came back while nobody was let in said so only once: groups that wait for nobody any more are
 * looked at again. One that stages opens to all of its servers anyway.
 */
function follows({ plan, head, group: { state } }: StepInput): readonly Command[] {
  const isTurnIn = state !== 'waiting' && state !== 'staging';
  const begun = plan.groups.slice(0, isTurnIn ? head.turn + 1 : head.turn);
  return begun.map(({ name: group }) => ({ type: 'follow', group }));
}

/** The head goes on, if it stands where the event belongs; repeated events change nothing. */
function advance(
  input: StepInput,
  from: HeadState,
  to: 'self-switching' | 'baseline' | 'agent' | 'groups',
  now: Instant,
): HeadStep {
  if (input.head.state !== from) return same(input, []);
  let head = headTo(input.head, to, {});
  const commands: Command[] = [record(`upgrade-${to}`, versionOf(input))];
  if (to === 'groups' && head.ownHoldSince !== null) {
    if (!groupGoesOnAtOnce(input, now)) {
      head = { ...head, ownHoldSince: null };
      commands.push({ type: 'release-hold', key: ownHoldKey });
    } else if (input.plan.agent.stop) {
      head = { ...head, agentStopped: true };
      commands.push({ type: 'want-agent', wanted: 'stopped' }, record('agent-stopped', {}));
    }
  }
  const next = { ...input, head };
  return { head, group: input.group, commands: [...commands, ...duties(next, now)] };
}

/** Takes the information server, its agent and its servers from one release to another. */
function isWhole(head: UpgradeHead): boolean {
  return head.withInformationServer && head.form === 'upgrade';
}

/** D1's strict form: the pause lasts from the information server's upgrade to group A's end. */
function groupGoesOnAtOnce({ plan, head }: StepInput, now: Instant): boolean {
  const next = plan.groups[head.turn];
  return next !== undefined && next.hold === 'site' && next.from <= now && !next.approve;
}

function resumed(input: StepInput, who: string, now: Instant): HeadStep {
  const { head, group } = input;
  if (head.state === 'groups' && group.state === 'inconclusive') return retried(input, who, now);
  if (head.resumeTo === null) return same(input, []); // nothing is paused
  // The information server's own upgrade never goes on without its hold (D1).
  const needsOwnHold = head.resumeTo !== 'groups' && isWhole(head);
  const running = headTo(head, head.resumeTo, {
    resumes: head.resumes + 1,
    ownHoldSince: needsOwnHold ? now : null,
  });
  // What failed is staged again: people resume when they have seen to it.
  const again = group.state === 'failed' ? groupTo(group, 'staging', now) : group;
  const next = { ...input, head: running, group: again };
  return {
    head: running,
    group: again,
    commands: [record('upgrade-resumed', {}, who), ...duties(next, now).map(withRetry)],
  };
}

/** A person's word tries those again that failed; a restart's repetition never does. */
function withRetry(command: Command): Command {
  return command.type === 'open-group' ? { ...command, retry: true } : command;
}

/** A group without a verdict is staged again: servers that came since make its sample larger. */
function retried(input: StepInput, who: string, now: Instant): HeadStep {
  const group = groupTo(input.group, 'staging', now);
  const commands = [
    record('upgrade-resumed', {}, who),
    ...groupDuties(input, group, now).map(withRetry),
  ];
  return { head: { ...input.head, resumes: input.head.resumes + 1 }, group, commands };
}

function stopped(input: StepInput, who: string, now: Instant): HeadStep {
  if (input.head.state === 'stopped' || input.head.state === 'finished') return same(input, []);
  const because = problem('STOPPED_BY_PERSON', { who });
  const head = headTo(input.head, 'stopped', { because, finishedAt: now });
  const step = leaveLockedStep({ ...input, head }, now);
  return { ...step, commands: [record('upgrade-stopped', {}, who), ...step.commands] };
}

function approved(input: StepInput, who: string, now: Instant): HeadStep {
  const { group, head } = input;
  if (group.state === 'inconclusive' && head.state === 'groups') {
    return passGroup(input, { approved: true }, now, who);
  }
  if (group.state === 'failed' && head.state === 'paused') {
    // Going on despite a failed gate is a person's decision, and recorded as one.
    const running = headTo(head, 'groups', {});
    const next = { ...input, head: running };
    const step = passGroup(next, { despite: 'GATE_FAILED' }, now, who);
    return { ...step, commands: [...step.commands, ...follows(next)] };
  }
  const isEnded = head.state === 'stopped' || head.state === 'finished';
  if (group.state !== 'waiting' || group.approved || isEnded) return same(input, []);
  return {
    head,
    group: { ...group, approved: true },
    commands: [record('group-approved', { group: group.name }, who)],
  };
}

function selfReturned(input: StepInput, cause: string, now: Instant): HeadStep {
  if (input.head.state !== 'self-switching') return same(input, []);
  const because = problem('INFORMATION_SERVER_RETURNED', { ...versionOf(input), cause });
  return pause(input, because, now);
}
