/**
 * What an event of a whole simulated fleet costs, with every checker on, and whether that grows
 * with the fleet: the real programs of 1,000, 10,000 and 100,000 servers from the first look of a
 * person to the end of the upgrade. Each in a process of its own. The budget of 5 us at 10,000
 * servers is 200,000 events a second on one core; CPU time counts every thread, those of the
 * collection of garbage too. `DANKAI_BENCH_SERVERS=1000,10000` leaves the largest out.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const file = new URL('simulation/case.ts', import.meta.url).pathname;
const sizes = (process.env['DANKAI_BENCH_SERVERS'] ?? '1000,10000,100000').split(',').map(Number);
const microsecondsMax: Readonly<Record<number, number>> = { 10_000: 5 };
/** More than Node grants itself: a hundred thousand servers with their journal are large. */
const heapMebibytesMax = 18_000;

/**
 * As `npm run simulate` has it: what an event leaves behind is looked through less often, the larger
 * the room for it is, and most of it is garbage by then.
 */
const roomForNew = ['--min-semi-space-size=64', '--max-semi-space-size=512'];

type Measured = {
  readonly events: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly virtualHours: number;
  readonly mebibytes: number;
};

async function measure(servers: number): Promise<Measured> {
  // One core: what is collected is collected on the thread that left it.
  const flags = [`--max-old-space-size=${heapMebibytesMax}`, '--single-threaded-gc', ...roomForNew];
  const args = [...flags, file, String(servers)];
  const { stdout } = await run(process.execPath, args);
  const figures: Measured = JSON.parse(stdout);
  return figures;
}

function figuresOf(servers: number, one: Measured): Record<string, number> {
  const { events, cpuSeconds, seconds, virtualHours, mebibytes } = one;
  const max = microsecondsMax[servers];
  const budget = max === undefined ? '' : ` (budget ${max})`;
  return {
    [`${servers} servers: us of CPU an event${budget}`]: rounded((cpuSeconds * 1e6) / events),
    [`${servers} servers: events a second of CPU`]: rounded(events / cpuSeconds),
    [`${servers} servers: events a second of the clock`]: rounded(events / seconds),
    [`${servers} servers: events`]: events,
    [`${servers} servers: events a server`]: rounded(events / servers),
    [`${servers} servers: hours of the fleet`]: rounded(virtualHours),
    [`${servers} servers: MiB at most`]: rounded(mebibytes),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export const bench = {
  name: 'simulation',
  async run(): Promise<Record<string, number>> {
    const figures: Record<string, number> = {};
    const costs: number[] = [];
    for (const servers of sizes) {
      const one = await measure(servers);
      costs.push(one.cpuSeconds / one.events);
      Object.assign(figures, figuresOf(servers, one));
    }
    const [first = Number.NaN, last = Number.NaN] = [costs.at(0), costs.at(-1)];
    const name = `cost of an event, ${sizes.at(-1)} servers to ${sizes.at(0)}`;
    return { ...figures, [name]: rounded(last / first) };
  },
};
