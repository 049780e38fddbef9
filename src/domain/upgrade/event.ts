/** What `step` is told, and what it asks the world to do. Data only. */

import type { Cause, Digest, GroupName, Instant, LeaseId, ServerId } from '../names.ts';
import type { Problem } from '../problem.ts';
import type { RecordKind } from '../record/kinds.ts';
import type { HoldForm, UpgradePlan } from './plan.ts';
import type { Lease, UpgradeGroup, UpgradeHead, UpgradeServer } from './state.ts';

/** Events of the upgrade as a whole and of the group whose turn it is. */
export type HeadEvent =
  | { readonly type: 'started' }
  /** Time passed; also the retry of everything that is level-triggered. */
  | { readonly type: 'tick' }
  | { readonly type: 'self-staged' }
  | { readonly type: 'self-committed' }
  | { readonly type: 'self-returned'; readonly cause: string }
  | { readonly type: 'baseline-laid' }
  | { readonly type: 'agent-ready' }
  | { readonly type: 'agent-returned'; readonly cause: string }
  /** An effect could not be done; the upgrade pauses with the reason. */
  | { readonly type: 'effect-failed'; readonly because: Problem }
  | { readonly type: 'hold-placed' }
  /** `lockedAt` names the locked step that asked: an answer to an earlier one says nothing. */
  | { readonly type: 'checked'; readonly drifts: number; readonly lockedAt: Instant }
  | { readonly type: 'restored'; readonly lockedAt: Instant }
  | { readonly type: 'approved'; readonly group: GroupName; readonly who: string }
  | { readonly type: 'paused'; readonly who: string }
  | { readonly type: 'resumed'; readonly who: string }
  | { readonly type: 'stopped'; readonly who: string };

/** Events of one server. `digest` is always the release manifest's. */
export type ServerEvent =
  /** Its group begins to stage. `running`: what it runs of this component, if it is connected. */
  | {
      readonly type: 'opened';
      readonly present: boolean;
      readonly running: Digest | null;
      /** A person wants those tried again that failed; else only who has not begun begins. */
      readonly retry: boolean;
    }
  /** A session's hello. */
  | {
      readonly type: 'seen';
      readonly running: Digest | null;
      /** Why this server may not have the release (R2); null: it may. */
      readonly against: Problem | null;
    }
  | { readonly type: 'staged' }
  | { readonly type: 'not-stageable'; readonly cause: Cause; readonly because: Problem }
  | { readonly type: 'lease-requested'; readonly digest: Digest; readonly lease: LeaseId }
  | { readonly type: 'lease-confirmed'; readonly lease: LeaseId }
  | { readonly type: 'installed' }
  | { readonly type: 'returned'; readonly cause: Cause; readonly detail: string }
  | { readonly type: 'disconnected' }
  /** The group no longer waits for servers that have not staged. */
  | { readonly type: 'staging-closed' }
  /** The row's deadline is over. `connected` says whether a session stands. */
  | { readonly type: 'deadline'; readonly connected: boolean };

/** What the whole site contributes to a decision. */
export type SiteFacts = {
  /** In flight over the union of all running upgrades of the site. */
  readonly inFlight: number;
  readonly inFlightMax: number;
  /**
   * What keeps this server's program back: a hold, not of this upgrade, a tier above behind it, or a
   * release that its signers withdrew.
   */
  readonly heldBy: Problem | null;
  /** The information server itself has not proved its own new version yet. */
  readonly proving: boolean;
};

export type StepInput = {
  readonly plan: UpgradePlan;
  readonly head: UpgradeHead;
  readonly group: UpgradeGroup;
  readonly site: SiteFacts;
};

export type Command =
  | { readonly type: 'stage-self' }
  | { readonly type: 'switch-self' }
  | { readonly type: 'lay-baseline' }
  | { readonly type: 'upgrade-agent' }
  | { readonly type: 'want-agent'; readonly wanted: 'running' | 'stopped' }
  | {
      readonly type: 'place-hold';
      readonly key: string;
      readonly form: HoldForm;
      readonly group: GroupName | null;
      readonly until: Instant;
    }
  | { readonly type: 'release-hold'; readonly key: string }
  | { readonly type: 'check-catalogue'; readonly lockedAt: Instant }
  | { readonly type: 'restore-catalogue'; readonly lockedAt: Instant }
  /** Tell every server of the group `opened`; `retry` after a person's resume. */
  | { readonly type: 'open-group'; readonly group: GroupName; readonly retry: boolean }
  | { readonly type: 'close-staging'; readonly group: GroupName }
  /** Tell those absent of the group who are here by now that they are `seen`. */
  | { readonly type: 'follow'; readonly group: GroupName }
  /** Have so many staged servers ask (again) for their lease. */
  | { readonly type: 'nudge'; readonly group: GroupName; readonly count: number }
  /** This server is to have the release: write its desired state and send it. */
  | { readonly type: 'want'; readonly server: ServerId }
  /** Answers to the server that asked; sent after the commit. */
  | { readonly type: 'grant'; readonly server: ServerId; readonly lease: Lease }
  | { readonly type: 'refuse'; readonly server: ServerId; readonly because: Problem }
  | {
      readonly type: 'confirm';
      readonly server: ServerId;
      readonly lease: LeaseId;
      readonly because: Problem | null;
    }
  /** One line of the record, for people. */
  | {
      readonly type: 'record';
      readonly kind: RecordKind;
      /** The person who wanted it; else the upgrade itself. */
      readonly who?: string;
      readonly server: ServerId | null;
      readonly detail: Readonly<Record<string, unknown>>;
    };

export type HeadStep = {
  readonly head: UpgradeHead;
  readonly group: UpgradeGroup;
  readonly commands: readonly Command[];
};

export type ServerStep = {
  readonly server: UpgradeServer;
  readonly group: UpgradeGroup;
  readonly head: UpgradeHead;
  readonly commands: readonly Command[];
};
