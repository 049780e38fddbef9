/**
 * What a person may say to an upgrade as it stands, and why not: asked before it is carried out, and
 * by whoever shows a button for it. Who may say it is a matter of rights, and not looked at here.
 */

import type { GroupName, UpgradeId } from '../names.ts';
import { problem } from '../problem.ts';
import { go, noGo, type Verdict } from '../result.ts';
import type { GroupState, HeadState } from './state.ts';

export const directions = ['pause', 'resume', 'stop'] as const;
export type Direction = (typeof directions)[number];

type Standing = {
  readonly upgrade: UpgradeId;
  readonly state: HeadState;
  /** Of the group whose turn it is; null: there is none. */
  readonly turn: GroupState | null;
};

const stateNeeded = { pause: 'running', resume: 'paused', stop: 'running' } as const;

export function isEnded({ state }: Pick<Standing, 'state'>): boolean {
  return state === 'finished' || state === 'stopped';
}

export function mayDirect(standing: Standing, wanted: Direction): Verdict {
  if (fits(standing, wanted)) return go;
  return notInState(standing, stateNeeded[wanted]);
}

function fits(standing: Standing, wanted: Direction): boolean {
  const { state, turn } = standing;
  // A group without a verdict is tried again with the servers that came since.
  const waits = state === 'groups' && turn === 'inconclusive';
  if (wanted === 'resume') return state === 'paused' || waits;
  return !isEnded(standing) && (wanted === 'stop' || state !== 'paused');
}

/** Does this group wait for somebody's word? */
export function mayApproveGroup(
  standing: Pick<Standing, 'upgrade' | 'state'>,
  group: { readonly name: GroupName; readonly state: GroupState },
): Verdict {
  // Approval is no second resume; a failed gate is what paused it, and the person's to overrule.
  const isPaused = group.state === 'inconclusive' && standing.state === 'paused';
  if (isEnded(standing) || isPaused) return notInState(standing, 'running');
  const waits = ['waiting', 'inconclusive', 'failed'].includes(group.state);
  if (waits) return go;
  const { name, state } = group;
  return noGo(problem('GROUP_NOT_WAITING_FOR_PERSON', { group: name, state }));
}

function notInState(
  { upgrade, state }: Pick<Standing, 'upgrade' | 'state'>,
  wanted: string,
): Verdict {
  return noGo(problem('UPGRADE_NOT_IN_STATE', { upgrade, state, wanted }));
}
