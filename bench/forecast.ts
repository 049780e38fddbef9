/**
 * How long a forecast takes, and how much memory at most (resident, workers included):
 * 10,000 servers in five groups, 200 runs; 100,000 servers, one run; a million servers in 1,000
 * sites, one run. Each is measured in a process of its own. Where a machine does other work at the
 * same time, the CPU time says more than the clock.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const file = new URL('forecast/case.ts', import.meta.url).pathname;

const cases = [
  { title: '10000 servers, 200 runs', args: ['plan', '200', '10000'], secondsMax: 60 },
  { title: '100000 servers, 1 run', args: ['plan', '1', '100000'], secondsMax: 30 },
  {
    title: '1000000 servers, as 1000 sites forecast one after another, 1 run each',
    args: ['sites', '1000', '1000'],
  },
] as const;
const mebibytesMax = 1_536;

type Case = {
  readonly title: string;
  readonly args: readonly string[];
  readonly secondsMax?: number;
};

async function measure({ title, args, secondsMax }: Case): Promise<Record<string, number>> {
  const { stdout } = await run(process.execPath, [file, ...args]);
  const figures: Record<string, number> = JSON.parse(stdout);
  const of = (name: string): number => Number((figures[name] ?? Number.NaN).toPrecision(4));
  const budget = secondsMax === undefined ? '' : ` (budget ${secondsMax})`;
  return {
    [`${title}: s${budget}`]: of('seconds'),
    [`${title}: s of CPU`]: of('cpuSeconds'),
    [`${title}: MiB at most (budget ${mebibytesMax})`]: of('mebibytes'),
    [`${title}: share that finishes`]: of('finishedShare'),
    [`${title}: days until then`]: of('days'),
  };
}

export const bench = {
  name: 'forecast',
  async run(): Promise<Record<string, number>> {
    const figures: Record<string, number> = {};
    for (const one of cases) Object.assign(figures, await measure(one));
    return figures;
  },
};
