/**
 * Where one site's part of a campaign stands. It is never stored: it follows from the campaign, from
 * what was heard of it last, and from the upgrade that the part has become. So a kill between any two
 * steps leaves nothing to repair, and asking twice begins nothing twice.
 */

import type { CampaignName, Instant, ServerId } from '../names.ts';
import type { Problem } from '../problem.ts';
import type { UpgradeHead } from '../upgrade/state.ts';
import { mayBegin, type Campaign, type CampaignNews } from './campaign.ts';

export type CampaignPart =
  /** This site does not believe it, or carries out none. */
  | { readonly state: 'refused'; readonly because: Problem }
  /** It may not begin yet. */
  | { readonly state: 'waiting'; readonly because: Problem }
  /** It may begin. `because`: why it did not all the same. */
  | { readonly state: 'ready'; readonly because: Problem | null }
  /** `because`: of the upgrade, while it is paused. */
  | { readonly state: 'running'; readonly because: Problem | null }
  | { readonly state: 'finished' }
  /** People of the site ended it. */
  | { readonly state: 'stopped'; readonly because: Problem | null }
  /** It never began and never will. */
  | { readonly state: 'over'; readonly because: Problem };

export type CampaignPartState = CampaignPart['state'];

/** What a site says upward of its part. */
export type PartReport = {
  readonly campaign: CampaignName;
  /** Of the text that it knows. */
  readonly number: number;
  readonly state: CampaignPartState;
  readonly because: Problem | null;
  /** Of its upgrade; null: it has not begun. */
  readonly servers: { readonly all: number; readonly upgraded: number } | null;
};

/** From each state, the states that may follow it. */
export const partSuccessors = {
  refused: ['waiting', 'ready', 'over'],
  waiting: ['ready', 'running', 'over'],
  ready: ['waiting', 'running', 'over'],
  running: ['finished', 'stopped'],
  finished: [],
  stopped: [],
  over: [],
} as const satisfies Record<CampaignPartState, readonly CampaignPartState[]>;

export const partStates = [
  'refused',
  'waiting',
  'ready',
  'running',
  'finished',
  'stopped',
  'over',
] as const satisfies readonly CampaignPartState[];

export function partOf(
  campaign: Campaign,
  seen: {
    readonly site: ServerId;
    readonly now: Instant;
    readonly news: CampaignNews | null;
    /** Of the upgrade with the campaign's name; null: there is none. */
    readonly head: Pick<UpgradeHead, 'state' | 'because'> | null;
    /** Why the last attempt to begin came to nothing. */
    readonly tried: Problem | null;
  },
): CampaignPart {
  const { head, tried } = seen;
  if (head !== null) {
    const { state, because } = head;
    if (state === 'finished') return { state };
    return { state: state === 'stopped' ? state : 'running', because };
  }
  const verdict = mayBegin(campaign, seen);
  if (verdict.go) return { state: 'ready', because: tried };
  const { because } = verdict;
  const isOver = campaign.withdrawn !== null || seen.now >= campaign.until;
  return { state: isOver ? 'over' : 'waiting', because };
}
