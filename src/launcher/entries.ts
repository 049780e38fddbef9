/**
 * The lines of a track's intent file, version 1: what they are, and what they add up to.
 * Pure. Lines of unknown types, and lines that do not fit, are passed over: an old launcher may
 * read the file of a newer one.
 */

import type { Outcome } from '#protocol/launcher/messages.ts';

/** One switch; `generation` is its identity, because no generation number is used twice. */
export type Change = {
  readonly from: string;
  readonly to: string;
  readonly fromGeneration: number;
  readonly generation: number;
  readonly tag: string;
  readonly proveSeconds: number;
};

export type Wanted = 'running' | 'stopped';

export type Entry = { readonly at: number } & (
  | ({ readonly type: 'switch' } & Change)
  | { readonly type: 'switched'; readonly generation: number }
  | { readonly type: 'attempt'; readonly generation: number }
  | { readonly type: 'paused'; readonly generation: number }
  | { readonly type: 'forward'; readonly generation: number }
  | { readonly type: 'committed'; readonly generation: number }
  | {
      readonly type: 'returning' | 'undone';
      readonly generation: number;
      readonly cause: string;
      readonly detail: string;
    }
  | { readonly type: 'returned'; readonly generation: number }
  | { readonly type: 'answered'; readonly outcome: Outcome }
  | { readonly type: 'wanted'; readonly wanted: Wanted }
  | { readonly type: 'settled'; readonly generationMax: number }
);

/** What a launcher that starts knows of a track from its intent file alone. */
export type Intent = {
  readonly open:
    | null
    | { readonly state: 'preparing'; readonly change: Change }
    | { readonly state: 'proving'; readonly change: Change; readonly attempts: number }
    | {
        readonly state: 'returning';
        readonly change: Change;
        readonly cause: string;
        readonly detail: string;
      };
  readonly wanted: Wanted;
  readonly outcome: Outcome | null;
  readonly generationMax: number;
};

export const noIntent: Intent = {
  open: null,
  wanted: 'running',
  outcome: null,
  generationMax: 0,
};

export function committedOutcome(change: Change, at: number): Outcome {
  const { from, to, tag } = change;
  return { ended: 'committed', from, to, cause: null, detail: '', tag, at };
}

export function returnedOutcome(
  change: Change,
  reason: { readonly cause: string; readonly detail: string },
  at: number,
): Outcome {
  const { from, to, tag } = change;
  return { ended: 'returned', from, to, cause: reason.cause, detail: reason.detail, tag, at };
}

/** Adds one line to what is known. */
export function follow(intent: Intent, entry: Entry): Intent {
  if (entry.type === 'wanted') {
    const { open } = intent;
    const rested = open?.state === 'proving' ? { ...open, attempts: 0 } : open;
    return { ...intent, open: rested, wanted: entry.wanted };
  }
  if (entry.type === 'answered') return { ...intent, outcome: entry.outcome };
  if (entry.type === 'settled') {
    const generationMax = Math.max(intent.generationMax, entry.generationMax);
    return { ...intent, open: null, generationMax };
  }
  if (entry.type === 'switch') {
    const { at: _, type: __, ...change } = entry;
    const generationMax = Math.max(intent.generationMax, change.generation);
    return { ...intent, open: { state: 'preparing', change }, generationMax };
  }
  return intent.open?.change.generation === entry.generation
    ? followSwitch(intent, intent.open, entry)
    : intent;
}

type SwitchEntry = Extract<Entry, { readonly generation: number }>;

function followSwitch(intent: Intent, open: NonNullable<Intent['open']>, entry: SwitchEntry) {
  const { change } = open;
  const attempts = open.state === 'proving' ? open.attempts : 0;
  switch (entry.type) {
    case 'switched':
    case 'paused':
    case 'forward':
      return { ...intent, open: { state: 'proving', change, attempts: 0 } } satisfies Intent;
    case 'attempt':
      return {
        ...intent,
        open: { state: 'proving', change, attempts: attempts + 1 },
      } satisfies Intent;
    case 'returning': {
      const { cause, detail } = entry;
      return { ...intent, open: { state: 'returning', change, cause, detail } } satisfies Intent;
    }
    case 'committed':
      return { ...intent, open: null, outcome: committedOutcome(change, entry.at) };
    case 'undone':
      return { ...intent, open: null, outcome: returnedOutcome(change, entry, entry.at) };
    case 'returned': {
      const reason = open.state === 'returning' ? open : { cause: 'unknown', detail: '' };
      return { ...intent, open: null, outcome: returnedOutcome(change, reason, entry.at) };
    }
    case 'switch':
      return intent;
  }
}

/** The fewest lines that add up to the same. */
export function shorten(intent: Intent, at: number): Entry[] {
  const { open, outcome, wanted, generationMax } = intent;
  const entries: Entry[] = [
    { at, type: 'settled', generationMax },
    { at, type: 'wanted', wanted },
  ];
  if (outcome !== null) entries.push({ at, type: 'answered', outcome });
  if (open === null) return entries;
  const { generation } = open.change;
  entries.push({ at, type: 'switch', ...open.change });
  if (open.state === 'proving') {
    entries.push({ at, type: 'switched', generation });
    for (let attempt = 0; attempt < open.attempts; attempt++) {
      entries.push({ at, type: 'attempt', generation });
    }
  }
  if (open.state === 'returning') {
    const { cause, detail } = open;
    entries.push({ at, type: 'returning', generation, cause, detail });
  }
  return entries;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value);

type Fields = { readonly [name: string]: unknown };

const fits: { readonly [Type in Entry['type']]: (fields: Fields) => boolean } = {
  switch: (fields) =>
    isText(fields['from']) &&
    isText(fields['to']) &&
    isText(fields['tag']) &&
    isCount(fields['fromGeneration']) &&
    isCount(fields['generation']) &&
    typeof fields['proveSeconds'] === 'number',
  switched: (fields) => isCount(fields['generation']),
  attempt: (fields) => isCount(fields['generation']),
  paused: (fields) => isCount(fields['generation']),
  forward: (fields) => isCount(fields['generation']),
  committed: (fields) => isCount(fields['generation']),
  returning: fitsReason,
  undone: fitsReason,
  returned: (fields) => isCount(fields['generation']),
  answered: (fields) => isOutcome(fields['outcome']),
  wanted: (fields) => fields['wanted'] === 'running' || fields['wanted'] === 'stopped',
  settled: (fields) => isCount(fields['generationMax']),
};

function fitsReason(fields: Fields): boolean {
  return isCount(fields['generation']) && isText(fields['cause']) && isText(fields['detail']);
}

function isOutcome(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { ended, from, to, cause, detail, tag, at } = value;
  return (
    (ended === 'committed' || ended === 'returned') &&
    [from, to, detail, tag].every(isText) &&
    (cause === null || isText(cause)) &&
    isCount(at)
  );
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One line of the file as an entry; null for what this launcher does not know. */
export function parseEntry(line: unknown): Entry | null {
  if (!isObject(line) || !isText(line['type']) || !isCount(line['at'])) return null;
  if (!Object.hasOwn(fits, line['type'])) return null;
  const fit = fits[line['type'] as Entry['type']];
  return fit(line) ? (line as unknown as Entry) : null;
}
