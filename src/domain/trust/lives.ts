/**
 * Tells the copy of a whole disk, which says of itself all that the first one says, by what no copy
 * can share: its process. One computer goes from one life of its daemon to the next and never comes
 * back to an earlier one; two that throw each other out do.
 * Absent here: two machines that woke from one image of a running memory. Their lives are the same;
 * turns.ts tells them apart.
 */

/** A counted moment: what has the higher number was later. */
export type Order = number;

/** One process of a server's daemon, and when it was heard first since another was. */
export type HeardLife = { readonly life: string; readonly from: Order };

export type LifeVerdict =
  /** The one that is heard now, or a new one. */
  | 'lives'
  /** Its connection is older than the life that is heard now: a word that was under way. */
  | 'left-over'
  /** It was heard, then another, and now it is here again. */
  | 'copy';

/** Of one server: so many copies of one disk are told apart. */
const livesMax = 4;

/** `lives`: what was heard of the server so far, the newest last. */
export function hearLife(
  lives: readonly HeardLife[],
  {
    life,
    connected,
    now,
  }: { readonly life: string; readonly connected: Order; readonly now: Order },
): { readonly verdict: LifeVerdict; readonly lives: readonly HeardLife[] } {
  const newest = lives.at(-1);
  if (newest?.life === life) return { verdict: 'lives', lives };
  if (newest !== undefined && connected < newest.from) return { verdict: 'left-over', lives };
  const others = lives.filter((one) => one.life !== life);
  return {
    verdict: others.length < lives.length ? 'copy' : 'lives',
    lives: [...others, { life, from: now }].slice(-livesMax),
  };
}
