/**
 * How several replicas of a control manager over one database decide one at a time, each knowing
 * all that the others decided before. A replica is named by the epoch of its life.
 */

import type { DeliveryChanges } from './delivery-store.ts';

export type Baton = {
  /** Waits until nobody else decides; answers what the others changed since, in their order. */
  take(): Promise<readonly DeliveryChanges[]>;
  give(): Promise<void>;
  /** As it was when this one had the baton last, or a second ago. */
  isAlive(replica: number): boolean;
  /** Does what one alone should do: follow the feed, and tidy up after the others. */
  isLeading(): boolean;
  /** No two replicas do such a thing at once; it may take long, and decides nothing. */
  exclusively<Answer>(act: () => Promise<Answer>): Promise<Answer>;
  watch(of: {
    /** Others changed something, came or went, or this one leads now. */
    others(): void;
    /** This one may decide nothing any more, and has to begin anew. */
    failed(error: unknown): void;
  }): void;
};
