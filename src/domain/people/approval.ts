/**
 * How many people must stand behind what passes a gate or ends a hold early, who counts, and when
 * a request is over. What is done once enough stand behind it is the program's.
 */

import type { Instant, PersonName, RequestId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { covers, isAtLeast, type Asker, type Person, type Target } from './person.ts';

/** The organisation's rule. `auto`: two as soon as two people may approve, else one, recorded. */
export const approverRules = [1, 2, 'auto'] as const;
export type ApproverRule = (typeof approverRules)[number];

/** Nobody should act tomorrow on what somebody wanted the day before yesterday. */
export const requestMsMax = 24 * 3_600_000;

/** What one person asked for and others must approve. */
export type Request = {
  readonly id: RequestId;
  readonly call: string;
  /** As they were parsed; carried out with these very ones. */
  readonly params: unknown;
  readonly target: Target;
  readonly by: PersonName;
  readonly at: Instant;
  readonly until: Instant;
  /** People who may approve and did; the one who asked among them if he may approve himself. */
  readonly approvedBy: readonly PersonName[];
  readonly state: 'waiting' | 'done';
};

export function mayApprove(person: Person, target: Target): boolean {
  return isAtLeast(person.role, 'approver') && covers(person.scope, target);
}

/** Counted among those who are known by name; the installation's own token is nobody of them. */
export function approversRequired(
  rule: ApproverRule,
  people: readonly Person[],
  target: Target,
): 1 | 2 {
  if (rule !== 'auto') return rule;
  return people.filter((person) => mayApprove(person, target)).length >= 2 ? 2 : 1;
}

export function isWaiting(request: Request, now: Instant): boolean {
  return request.state === 'waiting' && now < request.until;
}

/** Whose approvals count already when somebody asks: his own, if it may. */
export function firstApprovals(
  asker: Asker,
  target: Target,
  required: 1 | 2,
): readonly PersonName[] {
  const counts = mayApprove(asker, target) && (required === 1 || !asker.isUnnamed);
  return counts ? [asker.name] : [];
}

/** Of those who approved the ones who may still: who left or lost the right is behind it no more. */
export function stillBehind(
  { approvedBy, target }: Pick<Request, 'approvedBy' | 'target'>,
  people: readonly Person[],
): readonly PersonName[] {
  return approvedBy.filter((name) =>
    people.some((person) => person.name === name && mayApprove(person, target)),
  );
}

/** Why this one's approval does not count for that request, or null. */
export function againstApproval(
  request: Request,
  asked: { readonly asker: Asker; readonly required: 1 | 2; readonly now: Instant },
): Problem | null {
  const { asker, required, now } = asked;
  const { id, call, by, target, approvedBy } = request;
  if (!isWaiting(request, now)) return problem('REQUEST_OVER', { request: id });
  if (!mayApprove(asker, target)) return problem('APPROVER_NEEDED', { person: asker.name, call });
  if (required === 1) return null;
  if (by === asker.name) return problem('APPROVAL_OWN', { request: id });
  if (asker.isUnnamed) return problem('APPROVER_UNNAMED', { request: id });
  return approvedBy.includes(asker.name) ? problem('APPROVAL_TWICE', { request: id }) : null;
}

/** Enough different people stand behind it. */
export function isApproved(approvedBy: readonly PersonName[], required: 1 | 2): boolean {
  return new Set(approvedBy).size >= required;
}
