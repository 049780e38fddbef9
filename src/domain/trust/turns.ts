/**
 * Tells apart two machines that woke from one image of a running memory, which say of themselves the
 * very same, their process too. Each welcome gives a turn, and the next hello says the last one that
 * was taken. One process says what it was given last or, where that welcome never reached it, what it
 * said last; it never comes back to a turn that it has passed over. Two that throw each other out do.
 * Absent here: a copy that never connects while the other one does. Nobody hears of it.
 */

import type { Order } from './lives.ts';

/** null: none was given yet. */
export type Turn = string | null;

export type HeardTurn = {
  readonly life: string;
  /** By the welcome that answered the last hello. */
  readonly given: string;
  /** By the last hello, and on which connection. */
  readonly said: Turn;
  readonly connected: Order;
};

export type TurnVerdict =
  /** Of another life, nothing was heard before, or it is its turn. */
  | 'goes-on'
  /** Its connection is older than one on which this life was heard. */
  | 'left-over'
  | 'copy';

export function hearTurn(
  heard: HeardTurn | null,
  {
    life,
    turn,
    connected,
  }: { readonly life: string; readonly turn: Turn; readonly connected: Order },
): TurnVerdict {
  if (heard === null || heard.life !== life) return 'goes-on';
  if (connected < heard.connected) return 'left-over';
  return turn === heard.given || turn === heard.said ? 'goes-on' : 'copy';
}
