/**
 * A fault: drawn at the beginning of a run into dated events that each stand for themselves, so
 * that a failing run can be cut down by leaving events out.
 */

import type { Chance } from '../world/chance.ts';
import type { Fleet } from '../fleet/fleet.ts';

export type FaultEvent = {
  /** Milliseconds after the start of the run. */
  readonly after: number;
  /** The fault's name; see `faults.ts`. */
  readonly fault: string;
  /** What happens, and to what, for people. */
  readonly what: string;
  /** What it makes happen needs at least so long from the start, before everything is mended. */
  readonly lastsUntil?: number;
  act(fleet: Fleet): void;
};

/** What a fault may know when it is drawn; nothing has happened yet. */
export type Outline = {
  readonly fleet: Fleet;
  /** Faults begin and end within this time; afterwards the fleet is left to mend. */
  readonly milliseconds: number;
};

export type Fault = {
  readonly name: string;
  plan(chance: Chance, outline: Outline): readonly FaultEvent[];
};

/** So many dates within the run, in order. */
export function dates(chance: Chance, { milliseconds }: Outline, count: number): number[] {
  return Array.from({ length: count }, () => Math.floor(chance.between(0, milliseconds))).toSorted(
    (left, right) => left - right,
  );
}

/** How long one that begins then lasts: over by the time at which the fleet is left to mend. */
export function lastsFrom(
  chance: Chance,
  { milliseconds }: Outline,
  drawn: { readonly after: number; readonly mean: number },
): number {
  return Math.ceil(Math.min(chance.exponential(drawn.mean), milliseconds - drawn.after)) + 1;
}

/** 12 s, 4 min: as people say it. */
export function spoken(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
