/**
 * How versions behave on a simulated computer: how long they take, and whether they work. Faults
 * say it by digest, so that a program knows nothing of it before it runs the version.
 */

export type Conduct =
  | { readonly is: 'works' }
  /** Ends by itself, so long after each of its starts. */
  | { readonly is: 'ends'; readonly afterMilliseconds: number }
  /** Starts, and then does nothing at all. */
  | { readonly is: 'hangs' }
  /** Reaches nobody: a daemon gets no session, a tree's health command says no. */
  | { readonly is: 'mute' }
  /** Works, and so long after each of its starts does nothing any more. */
  | { readonly is: 'fades'; readonly afterMilliseconds: number };

export type Behaviour = {
  /** Between the start of its process and its first word. */
  readonly startMilliseconds: number;
  readonly stopMilliseconds: number;
  readonly unpackMilliseconds: number;
  readonly conduct: Conduct;
};

export const wellBehaved: Behaviour = {
  startMilliseconds: 700,
  stopMilliseconds: 200,
  unpackMilliseconds: 2_000,
  conduct: { is: 'works' },
};

/** It would prove itself if it were asked. */
export function works({ conduct }: Behaviour): boolean {
  return conduct.is === 'works' || conduct.is === 'fades';
}

/** Its process goes on and does nothing, so that nobody starts it again by himself. */
export function standsStill({ is }: Conduct): boolean {
  return is === 'hangs' || is === 'mute' || is === 'fades';
}
