/** What an information server answers when it is asked for a delta between two trees. */

import { z } from 'zod';
import { bytes, digest } from '../shared/primitives.ts';

/** `GET <from>-<to>` behind it, digests of trees. */
export const deltaPath = '/v1/deltas/';
export const deltaAnswerBytesMax = 1_024;

export const deltaAnswer = z.discriminatedUnion('state', [
  /** Served as `/v1/archives/<digest>`. Nobody signed it: what comes of it must be the tree. */
  z.object({ state: z.literal('made'), digest, bytes }),
  /** It is being made: ask again. */
  z.object({ state: z.literal('coming') }),
  z.object({ state: z.literal('none') }),
]);
export type DeltaAnswer = z.infer<typeof deltaAnswer>;
