/**
 * Who had somebody's account in his hands of late: made it, changed it, or made a token for it. Nothing
 * can keep an administrator from making a second person and being both; but whoever reads what the
 * two approved can be told.
 */

import type { Instant, PersonName } from '../names.ts';

/** Of another about this account: the newest of each. */
export type AccountDecision = { readonly who: PersonName; readonly at: Instant };

/** `by` had the account of `person` in his hands. */
export type Tie = { readonly person: PersonName; readonly by: PersonName; readonly at: Instant };

/** A second person who is made for one approval is not made a month before. */
export const tieMs = 30 * 24 * 3_600_000;
const decisionsMax = 20;

export function decidedOver(
  before: readonly AccountDecision[],
  {
    person,
    who,
    now,
  }: { readonly person: PersonName; readonly who: PersonName; readonly now: Instant },
): readonly AccountDecision[] {
  const others = before.filter((one) => one.who !== who && now - one.at < tieMs);
  // What one does about his own account says nothing of another.
  const own = person === who ? [] : [{ who, at: now }];
  return [...others, ...own].slice(-decisionsMax);
}

/** Of those who stand behind something, asker and approvers alike. */
export function tiesOf(
  people: readonly {
    readonly name: PersonName;
    readonly decidedBy?: readonly AccountDecision[] | undefined;
  }[],
  now: Instant,
): readonly Tie[] {
  return people.flatMap(({ name: person, decidedBy = [] }) =>
    decidedBy.filter(({ at }) => now - at < tieMs).map(({ who, at }) => ({ person, by: who, at })),
  );
}
