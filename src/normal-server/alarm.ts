/** One timer for whatever is due next. */

import type { Clock } from '#ports/clock.ts';

export type Alarm = {
  /** On the monotonic clock; null: nothing is due. */
  set(due: number | null): void;
  cancel(): void;
};

export function openAlarm(clock: Pick<Clock, 'after' | 'monotonic'>, ring: () => void): Alarm {
  let timer: { readonly due: number; readonly cancel: () => void } | null = null;
  return {
    set(due) {
      const now = clock.monotonic();
      if (due === timer?.due) return;
      timer?.cancel();
      timer = null;
      if (due === null) return;
      // Timers may fire a little early; a tick too soon would only set the next one.
      const cancel = clock.after(Math.ceil(due - now) + 1, () => {
        timer = null;
        ring();
      });
      timer = { due, cancel };
    },
    cancel: () => timer?.cancel(),
  };
}
