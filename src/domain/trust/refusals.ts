/**
 * Which refused peers the record tells of, and when: at most one line per peer and hour, with how often
 * and why since its last, and no more peers in an hour than are counted by name. So whoever is turned
 * away stands in the record, and no flood makes it grow.
 */

import type { Instant } from '../names.ts';

/** Identity where a certificate proved one, address otherwise. */
export type RefusedName = string;

/** Why, by the code of each problem. */
export type RefusalCounts = Readonly<Record<string, number>>;

export type RefusalLine = {
  readonly name: RefusedName;
  /** Addresses that it came from, the newest last. */
  readonly remotes: readonly string[];
  readonly count: number;
  readonly codes: RefusalCounts;
};

type Standing = {
  readonly saidAt: Instant;
  readonly remotes: readonly string[];
  /** Not told yet. */
  readonly codes: RefusalCounts;
};

export type Refusals = ReadonlyMap<RefusedName, Standing>;

export const noRefusals: Refusals = new Map();

export const refusalLimits = {
  /** From one line of a peer to its next. */
  quietMs: 3_600_000,
  /** Peers that are told of by name; all others together are one. */
  namesMax: 200,
  remotesMax: 5,
} as const;

/** The one name under which those are counted that are too many. */
export const otherPeers: RefusedName = 'others';

/** `line`: to be written now; null: it is counted, and told when its hour is over. */
export function refusedOnce(
  refusals: Refusals,
  said: { readonly name: RefusedName; readonly remote: string; readonly code: string },
  now: Instant,
): { readonly refusals: Refusals; readonly line: RefusalLine | null } {
  const isNew = !refusals.has(said.name);
  const name = isNew && refusals.size >= refusalLimits.namesMax ? otherPeers : said.name;
  const standing = refusals.get(name);
  const codes = { ...standing?.codes };
  codes[said.code] = (codes[said.code] ?? 0) + 1;
  const before = (standing?.remotes ?? []).filter((remote) => remote !== said.remote);
  const remotes = [...before, said.remote].slice(-refusalLimits.remotesMax);
  const isDue = standing === undefined || isOver(standing, now);
  const next: Standing = isDue
    ? { saidAt: now, remotes, codes: {} }
    : { saidAt: standing.saidAt, remotes, codes };
  return {
    refusals: new Map(refusals).set(name, next),
    line: isDue ? lineOf(name, { remotes, codes }) : null,
  };
}

/** What was counted and whose hour is over; who was quiet for as long is forgotten. */
export function refusalsDue(
  refusals: Refusals,
  now: Instant,
): { readonly refusals: Refusals; readonly lines: readonly RefusalLine[] } {
  const next = new Map(refusals);
  const lines: RefusalLine[] = [];
  for (const [name, standing] of refusals) {
    if (!isOver(standing, now)) continue;
    const line = lineOf(name, standing);
    if (line.count === 0) next.delete(name);
    else {
      lines.push(line);
      next.set(name, { ...standing, saidAt: now, codes: {} });
    }
  }
  return { refusals: next, lines };
}

/** A clock that went back makes nobody wait for it. */
function isOver({ saidAt }: Standing, now: Instant): boolean {
  return now < saidAt || now >= saidAt + refusalLimits.quietMs;
}

function lineOf(
  name: RefusedName,
  { remotes, codes }: Pick<Standing, 'remotes' | 'codes'>,
): RefusalLine {
  const count = Object.values(codes).reduce((sum, one) => sum + one, 0);
  return { name, remotes, count, codes };
}
