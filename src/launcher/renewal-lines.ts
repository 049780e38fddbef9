/**
 * The lines of `launcher/intent.log`, version 1: what they are, and what they add up to. Pure. Only a
 * launcher writes there; lines of unknown types, and lines that do not fit, are passed over.
 */

import type { Renewal } from '#protocol/launcher/messages.ts';
import { isObject } from './entries.ts';
import { limits } from './limits.ts';

type Of = { readonly at: number; readonly pair: string; readonly version: string };

export type RenewalLine =
  /** It is about to be started to prove itself. */
  | ({ readonly type: 'attempt' } & Of)
  /** An orderly end in the middle of that; takes the attempts off. */
  | ({ readonly type: 'paused' } & Of)
  /** It proved itself; it is put into place from here on, whatever happens. */
  | ({ readonly type: 'proved' } & Of)
  | ({ readonly type: 'placed' } & Of)
  | ({ readonly type: 'failed'; readonly cause: string; readonly detail: string } & Of);

export type RenewalIntent = {
  readonly open:
    | null
    | { readonly state: 'trying'; readonly of: Of; readonly attempts: number }
    | { readonly state: 'placing'; readonly of: Of };
  /** The last ones, oldest first. */
  readonly ends: readonly Renewal[];
};

export const noRenewal: RenewalIntent = { open: null, ends: [] };

export function followRenewal(intent: RenewalIntent, line: RenewalLine): RenewalIntent {
  const { open, ends } = intent;
  const { at, pair, version } = line;
  const of = { at, pair, version };
  switch (line.type) {
    case 'attempt': {
      const isSame = open?.state === 'trying' && open.of.pair === pair;
      return { ends, open: { state: 'trying', of, attempts: isSame ? open.attempts + 1 : 1 } };
    }
    case 'paused':
      return { ends, open: { state: 'trying', of, attempts: 0 } };
    case 'proved':
      return { ends, open: { state: 'placing', of } };
    case 'placed':
      return ended(ends, { ended: 'placed', ...of, cause: null, detail: '' });
    case 'failed': {
      const { cause, detail } = line;
      return ended(ends, { ended: 'failed', ...of, cause, detail });
    }
  }
}

function ended(before: readonly Renewal[], end: Renewal): RenewalIntent {
  const others = before.filter(({ pair }) => pair !== end.pair);
  return { open: null, ends: [...others, end].slice(-limits.renewalsMax) };
}

/** The fewest lines that add up to the same. */
export function shortenRenewal({ open, ends }: RenewalIntent): RenewalLine[] {
  const lines: RenewalLine[] = ends.map(({ ended: type, at, pair, version, cause, detail }) =>
    type === 'placed'
      ? { type, at, pair, version }
      : { type, at, pair, version, cause: cause ?? 'unknown', detail },
  );
  if (open?.state === 'placing') lines.push({ type: 'proved', ...open.of });
  if (open?.state !== 'trying') return lines;
  if (open.attempts === 0) lines.push({ type: 'paused', ...open.of });
  for (let attempt = 0; attempt < open.attempts; attempt++) {
    lines.push({ type: 'attempt', ...open.of });
  }
  return lines;
}

/** One line of the file; null for what this launcher does not know. */
export function parseRenewalLine(input: unknown): RenewalLine | null {
  if (!isObject(input)) return null;
  const { type, at, pair, version, cause, detail } = input;
  if (typeof pair !== 'string' || typeof version !== 'string') return null;
  if (typeof at !== 'number' || !Number.isSafeInteger(at)) return null;
  const of = { at, pair, version };
  if (type === 'attempt' || type === 'paused' || type === 'proved' || type === 'placed') {
    return { type, ...of };
  }
  const isFailure = type === 'failed' && typeof cause === 'string' && typeof detail === 'string';
  return isFailure ? { type, ...of, cause, detail } : null;
}
