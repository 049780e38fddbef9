/**
 * The lines of ROOT/programs/<component>/intent.log, version 1: what a switch of a `tree` program
 * is about to do, written before it does it, so that any later process can finish or undo it.
 */

import { z } from 'zod';
import { cause } from '#protocol/shared/primitives.ts';

const name = z.string().min(1).max(200);
const reason = { cause, detail: z.string().max(2_000) };

/**
 * `from` is null where nothing was installed; names are those of the version folders. Between
 * `at` and `until`, wall time, the lease allows the switch.
 */
const line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('switch'),
    from: name.nullable(),
    to: name,
    at: z.int(),
    until: z.int(),
  }),
  z.object({ type: z.literal('committed'), to: name }),
  z.object({ type: z.literal('returning'), to: name, ...reason }),
  z.object({ type: z.literal('returned'), to: name }),
]);
export type SwitchIntent = z.infer<typeof line>;

export type SwitchChange = {
  readonly from: string | null;
  readonly to: string;
  readonly at: number;
  readonly until: number;
};
export type Reason = Pick<Extract<SwitchIntent, { type: 'returning' }>, 'cause' | 'detail'>;

export type OpenSwitch = { readonly change: SwitchChange; readonly returning: Reason | null };

/** The switch that was begun and not ended; null: none. Unknown lines are passed over. */
export function openSwitch(lines: readonly unknown[]): OpenSwitch | null {
  return lines.reduce<OpenSwitch | null>((open, one) => {
    const parsed = line.safeParse(one);
    return parsed.success ? follow(open, parsed.data) : open;
  }, null);
}

function follow(open: OpenSwitch | null, intent: SwitchIntent): OpenSwitch | null {
  if (intent.type === 'switch') {
    const { type: _, ...change } = intent;
    return { change, returning: null };
  }
  if (open === null || open.change.to !== intent.to) return open;
  if (intent.type !== 'returning') return null;
  return { ...open, returning: { cause: intent.cause, detail: intent.detail } };
}
