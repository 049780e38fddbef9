/** What every kind of component can do here; the loop knows no kind. */

import type { Release } from '#domain/catalogue/release.ts';
import type { Cause, Instant, LeaseId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';

/** How a switch ended. It may end in another process than it began in. */
export type SwitchEnd =
  | { readonly end: 'installed' }
  | {
      readonly end: 'returned';
      readonly cause: Cause;
      readonly detail: string;
      /** Of a switch that is not atomic: not even the version before stands whole. */
      readonly isNoneLeft?: boolean;
    }
  /** Nothing was switched. */
  | { readonly end: 'failed'; readonly because: Problem };

/** A permission as the installers see it: `until` is wall time, so that a later process can ask. */
export type SwitchLease = { readonly id: LeaseId; readonly until: Instant };

export type Installer = {
  /** Why it cannot be installed here at all, before anything is fetched. */
  refusal(release: Release): Problem | null;
  /** What stands here of that component: a delta may be from it. */
  standing(release: Release): Promise<readonly Release[]>;
  add(release: Release, file: string, from?: Release): Promise<Result<null>>;
  isIntact(release: Release): Promise<boolean>;
  /**
   * `proving` is told when the new version stands and has to show that it works. `isWanted`: content
   * that takes its time is asked about once more before it is used; absent: nobody can say.
   */
  switchTo(
    release: Release,
    lease: SwitchLease | null,
    proving: () => void,
    isWanted?: () => boolean,
  ): Promise<SwitchEnd>;
};
