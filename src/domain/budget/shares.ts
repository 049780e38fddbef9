/**
 * Who gets which part of a budget now: max-min fair. All that want bytes rise together until
 * something is full: their server, their link, their upgrade, the site, or their own reader, who
 * takes no more; those stay there and the others rise on. So nobody gets less because another is
 * slow, and nothing that anybody could use is left over.
 *
 * Content goes first; programs get what it leaves, and a little at any rate, so that no connection
 * of theirs is believed dead. Servers are equal, whatever each of them fetches at once.
 */

import type { Lane } from '../names.ts';
import type { Speed, Speeds } from './budget.ts';

/** One transfer under way. */
export type Claim = {
  readonly server: string;
  readonly lane: Lane;
  /** null: its server lies behind none of the links. */
  readonly link: string | null;
  /** The upgrade that it belongs to, if that one has a budget of its own. */
  readonly upgrade: string | null;
  /** What its reader takes at most, in bytes per second; null: not known to be slow. */
  readonly taken: Speed;
};

/** Of whatever content and programs want at once, so much is kept for programs. */
export const programShareMin = 0.05;

/** What several claims draw on. */
type Pot = { left: number; weight: number };
type Claimant = {
  readonly place: number;
  readonly lane: Lane;
  readonly weight: number;
  readonly pots: readonly Pot[];
  speed: number;
};

/** Bytes per second of each claim, in their order; Infinity: as fast as it goes. */
export function shares(claims: readonly Claim[], speeds: Speeds): readonly number[] {
  const claimants = claimantsOf(claims, speeds);
  const content = claimants.filter(({ lane }) => lane === 'content');
  const programs = claimants.filter(({ lane }) => lane === 'program');
  const kept = new Map<Pot, number>();
  if (content.length > 0) {
    for (const pot of new Set(programs.flatMap(({ pots }) => pots))) {
      kept.set(pot, pot.left * programShareMin);
      pot.left -= pot.left * programShareMin;
    }
  }
  fill(content);
  for (const [pot, bytes] of kept) pot.left += bytes;
  fill(programs);
  return claimants.map(({ speed }) => speed);
}

function claimantsOf(claims: readonly Claim[], speeds: Speeds): readonly Claimant[] {
  const pots = new Map<string, Pot>();
  const potOf = (name: string, speed: Speed | undefined): readonly Pot[] => {
    if (speed === null || speed === undefined) return [];
    const pot = pots.get(name) ?? { left: speed, weight: 0 };
    pots.set(name, pot);
    return [pot];
  };
  const count = new Map<string, number>();
  const nameOf = ({ server, lane }: Claim): string => `${lane} ${server}`;
  for (const claim of claims) count.set(nameOf(claim), (count.get(nameOf(claim)) ?? 0) + 1);
  return claims.map((claim, place) => {
    const { server, lane, link, upgrade, taken } = claim;
    return {
      place,
      lane,
      weight: 1 / (count.get(nameOf(claim)) ?? 1),
      pots: [
        ...potOf('site', speeds.site),
        ...potOf(`server ${server}`, speeds.server),
        ...(link === null ? [] : potOf(`link ${link}`, speeds.links[link])),
        ...(upgrade === null ? [] : potOf(`upgrade ${upgrade}`, speeds.upgrades[upgrade])),
        ...potOf(`claim ${place}`, taken),
      ],
      speed: 0,
    };
  });
}

/** Less than a byte per second is a rounding of ours. */
const rounding = 1e-6;

function fill(claimants: readonly Claimant[]): void {
  let rising = [...claimants];
  for (const { pots, weight } of rising) for (const pot of pots) pot.weight += weight;
  while (rising.length > 0) {
    let step = Infinity;
    for (const { pots } of rising) {
      for (const { left, weight } of pots) step = Math.min(step, Math.max(0, left) / weight);
    }
    for (const one of rising) {
      one.speed += one.weight * step;
      for (const pot of one.pots) pot.left -= one.weight * step;
    }
    if (step === Infinity) return;
    const full = new Set(rising.filter((one) => one.pots.some(isFull)));
    for (const { pots, weight } of full) for (const pot of pots) pot.weight -= weight;
    rising = rising.filter((one) => !full.has(one));
  }
}

function isFull({ left, weight }: Pot): boolean {
  return left <= rounding * Math.max(1, weight);
}
