/** What one way of upgrading took of the whole machine: nothing else may run beside it. */

import { readFileSync } from 'node:fs';

export type Took = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** To all servers together; null: not counted. */
  readonly bytes: number | null;
};

const ticksPerSecond = 100;

/** Of all processors, for everybody: user, nice, system, interrupts of both kinds. */
function cpuSeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , hard = 0, soft = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + hard + soft) / ticksPerSecond;
}

/** `act` answers with the bytes that it sent. */
export async function measured(act: () => Promise<number | null>): Promise<Took> {
  const [began, before] = [performance.now(), cpuSeconds()];
  const bytes = await act();
  return {
    seconds: (performance.now() - began) / 1_000,
    cpuSeconds: cpuSeconds() - before,
    bytes,
  };
}
