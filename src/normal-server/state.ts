/**
 * What a normal server knows when it decides, what can happen to it, and what it can do. Data
 * alone; reconcile.ts decides.
 */

import type { Cause, ComponentName, Digest, Fence, LeaseId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import type { HeldLease, Item, Return } from './progress.ts';

/** What the decision must know of this computer and never changes while it runs. */
export type Standing = {
  /** The component that this very daemon belongs to. */
  readonly self: ComponentName;
  /** Then the daemon is switched by the information server's own upgrade, never from here. */
  readonly withInformationServer: boolean;
  /** The longest random pause before a new wish is fetched. */
  readonly jitterMilliseconds: number;
};

export type State = {
  readonly standing: Standing;
  /** The highest fence ever obeyed. */
  readonly fence: Fence;
  /** A `wanted` was obeyed in the session that is open now. */
  readonly obeyed: boolean;
  readonly items: readonly Item[];
  readonly installed: ReadonlyMap<ComponentName, Digest>;
  readonly returns: ReadonlyMap<ComponentName, Return>;
  /** The one switch of a program that is under way; it outlives a change of what is wanted. */
  readonly underway: { readonly component: ComponentName; readonly digest: Digest } | null;
  readonly requests: number;
  /** Nothing is fetched before this: a whole fleet hears of a wish at the same moment. */
  readonly fetchFrom: number;
};

export type Of = { readonly component: ComponentName; readonly digest: Digest };

export type Event =
  | { readonly type: 'session-open' | 'session-closed' | 'tick' }
  | { readonly type: 'wanted'; readonly fence: Fence; readonly items: readonly WantedItem[] }
  | ({ readonly type: 'staged' } & Of)
  | ({ readonly type: 'stage-failed'; readonly because: Problem; readonly cause: Cause } & Of)
  | {
      readonly type: 'lease';
      readonly request: number;
      readonly lease: LeaseId;
      readonly digest: Digest;
      readonly seconds: number;
    }
  | { readonly type: 'refused'; readonly request: number }
  | ({ readonly type: 'prepared'; readonly intact: boolean } & Of)
  /** What depends on it was not said, because the disk did not take what must stand there first. */
  | ({ readonly type: 'not-remembered'; readonly because: Problem; readonly cause: Cause } & Of)
  | { readonly type: 'confirmed'; readonly lease: LeaseId; readonly go: boolean }
  /** A switch that an earlier run of this daemon began is still open; `before` is kept till then. */
  | ({ readonly type: 'underway'; readonly before: Digest | null } & Of)
  | ({ readonly type: 'proving' } & Of)
  | ({ readonly type: 'installed' } & Of)
  | ({
      readonly type: 'returned';
      readonly cause: Cause;
      readonly detail: string;
      readonly isNoneLeft?: boolean | undefined;
    } & Of)
  | ({ readonly type: 'switch-failed'; readonly because: Problem; readonly cause: Cause } & Of);

export type Action =
  | { readonly do: 'stage' | 'abandon'; readonly item: WantedItem }
  /** As it was at this moment. */
  | { readonly do: 'report'; readonly item: Item }
  | { readonly do: 'ask'; readonly item: WantedItem; readonly request: number }
  | { readonly do: 'prepare'; readonly item: WantedItem }
  | { readonly do: 'confirm'; readonly item: WantedItem; readonly lease: LeaseId }
  | { readonly do: 'switch'; readonly item: WantedItem; readonly lease: HeldLease | null }
  | { readonly do: 'remember' }
  | { readonly do: 'keep-downloads'; readonly digests: readonly Digest[] }
  | { readonly do: 'log'; readonly because: Problem };

export type Step = { readonly state: State; readonly actions: readonly Action[] };

/** Instants are monotonic milliseconds; `chance` is from 0 up to 1. */
export type Moment = { readonly now: number; readonly chance: number };

export function initialState(
  known: Pick<State, 'standing' | 'fence' | 'installed' | 'returns'>,
): State {
  return { ...known, obeyed: false, items: [], underway: null, requests: 0, fetchFrom: 0 };
}

export const only = (state: State, ...actions: Action[]): Step => ({ state, actions });

export function replaceItem(state: State, before: Item, after: Item): State {
  return { ...state, items: state.items.map((one) => (one === before ? after : one)) };
}

export function itemOf(state: State, { component, digest }: Of): Item | undefined {
  return state.items.find(
    ({ wanted: item }) => item.component === component && item.digest === digest,
  );
}

export const report = (item: Item): Action => ({ do: 'report', item });
