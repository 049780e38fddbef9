/** A simulated machine with one process, and time that passes while something is waited for. */

import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';

export function oneMachine(name: string) {
  const schedule = new Schedule();
  const machine = new Machine({ name, schedule, diskBytes: 1e9 });
  return { schedule, machine, process: machine.start(name, new Chance(1)) };
}

/** Lets simulated time pass until the promise has settled. */
export async function settledOn<Answer>(
  schedule: Schedule,
  promise: Promise<Answer>,
): Promise<Answer> {
  let isOver = false;
  const watched = promise.finally(() => {
    isOver = true;
  });
  // What needs no time at all has settled before the first event.
  await schedule.run({ isOver: () => isOver });
  return watched;
}
