/** Rings as settings write them, at an information server and at a control manager: their gates. */

import { z } from 'zod';
import type { RingGate } from '#domain/ring/rollout.ts';

/** More are a mistake of whoever writes them. */
export const ringsMax = 20;
const minutesMax = 60 * 24 * 31;

/** Beside a ring's name and members. */
export const ringGateSettings = {
  /** Healthy servers per hundred judged ones, and how many at least. */
  percentMin: z.number().min(0).max(100).default(95),
  healthyMin: z.int().min(0).max(1_000_000).default(1),
  /** Fewer judged servers prove nothing. */
  sampleMin: z.int().min(1).max(1_000_000).default(1),
  soakMinutes: z.number().min(0).max(minutesMax).default(60),
  /** Without a verdict for so long it is inconclusive. */
  decideMinutes: z.number().min(0.01).max(minutesMax).default(240),
} as const;

type Gate = z.infer<z.ZodObject<typeof ringGateSettings>>;

export function gateOf({ soakMinutes, decideMinutes, ...gate }: Gate): RingGate {
  return { ...gate, soakSeconds: soakMinutes * 60, decideSeconds: decideMinutes * 60 };
}

/** A name stands for one ring, in every line of the record. */
export function checkRingNames(
  rings: readonly { readonly name: string }[],
  context: z.RefinementCtx,
): void {
  const known = new Set<string>();
  for (const [index, { name }] of rings.entries()) {
    if (known.has(name)) {
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'one ring of each name' });
    }
    known.add(name);
  }
}
