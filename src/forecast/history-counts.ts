/** What was counted and timed in the upgrades of the past, before it is made into habits. */

import type { Cause } from '#domain/names.ts';
import type { Habits } from '#ports/forecast.ts';

/** Habits that are times, and that a journal shows. */
export const timed = [
  'unpack',
  'prepare',
  'switch',
  'prove',
  'catalogueCheck',
  'informationServer',
  'agent',
  'returns',
  'decision',
] as const satisfies readonly (keyof Habits)[];
export type Timed = (typeof timed)[number];

export type Counts = {
  /** From a group's opening to the first question for a lease: both tiers were heard once. */
  readonly asks: number[];
  readonly seconds: { readonly [Name in Timed]: number[] };
  opened: number;
  absent: number;
  switched: number;
  vanished: number;
  readonly failed: Map<Cause, number>;
  bytesArchive: number;
  bytesReceived: number;
};

export function noCounts(): Counts {
  return {
    asks: [],
    seconds: {
      unpack: [],
      prepare: [],
      switch: [],
      prove: [],
      catalogueCheck: [],
      informationServer: [],
      agent: [],
      returns: [],
      decision: [],
    },
    opened: 0,
    absent: 0,
    switched: 0,
    vanished: 0,
    failed: new Map(),
    bytesArchive: 0,
    bytesReceived: 0,
  };
}
