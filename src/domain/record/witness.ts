/**
 * Heads that others were told: a server keeps the latest few, and its information server holds what
 * servers say against its own chain.
 */

import type { Digest } from '../names.ts';
import type { ToldHead } from './line.ts';

/** So few that any memory has room for them; an older one says less than a newer one. */
const headsKeptMax = 8;

/** The latest last. One that is told again moves to the end. */
export function keepHead(kept: readonly ToldHead[], told: ToldHead): readonly ToldHead[] {
  const others = kept.filter(({ site, number, hash }) => {
    return site !== told.site || number !== told.number || hash !== told.hash;
  });
  return [...others, told].slice(-headsKeptMax);
}

/** A line that says that an older journal was put back: with it the life of that epoch began. */
export type RestoreLine = { readonly number: number; readonly epoch: number };

/**
 * `kept`: the chain has it. `restored`: it was told in a life of which a backup was put back, and
 * lay behind that backup. `cut`: it should be here, and is not.
 */
export type HeadVerdict = 'kept' | 'restored' | 'cut';

export function judgeHead(
  told: ToldHead,
  /** The hash of the line of that number; null: the chain does not reach so far. */
  found: Digest | null,
  restores: readonly RestoreLine[],
): HeadVerdict {
  if (found === told.hash) return 'kept';
  const isRestored = restores.some(
    ({ number, epoch }) => told.epoch < epoch && number <= told.number,
  );
  return isRestored ? 'restored' : 'cut';
}
