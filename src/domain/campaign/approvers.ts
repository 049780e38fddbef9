/**
 * Whose signature makes a campaign: people whose keys the signers of programs have named, each as a
 * target of the program lane. So the people who release say once who may decide what goes where, and
 * a site needs nothing but the metadata that it has anyhow. Absent: arithmetic of signatures.
 */

import type { CampaignName } from '../names.ts';
import type { ApproverRule } from '../people/approval.ts';
import { problem, type Problem } from '../problem.ts';
import { approverIn } from '../trust/target-names.ts';
import type { SignedTarget } from '../trust/target.ts';
import { withdrawnBecause } from '../trust/program-rules.ts';

export type Approver = {
  readonly name: string;
  readonly keyId: string;
  /** The 32 bytes, hexadecimal. That it has this id is for whoever checks a signature by it. */
  readonly public: string;
};

export function approversIn(targets: Iterable<SignedTarget>): readonly Approver[] {
  return [...targets].flatMap((target): Approver[] => {
    const named = approverIn(target.name);
    const key = publicIn(target.custom);
    if (named === null || key === null || withdrawnBecause(target) !== null) return [];
    return [{ ...named, public: key }];
  });
}

function publicIn(custom: unknown): string | null {
  if (typeof custom !== 'object' || custom === null || !('public' in custom)) return null;
  return typeof custom.public === 'string' ? custom.public : null;
}

/** The organisation's rule, as for everything that people approve; of `auto` two, where there are. */
export function signaturesRequired(rule: ApproverRule, approvers: readonly Approver[]): 1 | 2 {
  if (rule !== 'auto') return rule;
  return peopleIn(approvers) >= 2 ? 2 : 1;
}

/** Two keys of one person are one person. */
function peopleIn(approvers: readonly Approver[]): number {
  return new Set(approvers.map(({ name }) => name)).size;
}

/** Why these signatures do not make it one of ours, or null. */
export function againstSignatures(
  campaign: CampaignName,
  signedBy: readonly Approver[],
  required: 1 | 2,
): Problem | null {
  const signatures = peopleIn(signedBy);
  if (signatures >= required) return null;
  return problem('CAMPAIGN_SIGNATURES', { campaign, signatures, required });
}
