/**
 * Time without a running service while it is switched: the daemon itself under its launcher, and a
 * program of kind `tree` by its hooks; and the way back from a daemon that does not start. Real
 * processes of the bundle, without a runtime of their own, on this machine's disk.
 *
 * Of the daemon: from the end of the old process to the new one's `ready`, as their logs say it. Of
 * the tree program: from the begin of `stop` to the end of `start`, as the hooks themselves say it.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../scripts/release/bundle.ts';
import { service, Site } from '../test/normal-server/site.ts';

export const name = 'switch';

const switches = 10;

export async function run(): Promise<Record<string, number>> {
  const ends: (() => Promise<void>)[] = [];
  try {
    const app = join(await bundle(), 'app');
    const site = await Site.open({ after: (act) => void ends.push(act as () => Promise<void>) });
    const daemon = `await import(${JSON.stringify(join(app, 'main.mjs'))});`;
    site.programs = { launcher: join(app, 'launcher.mjs'), daemon };
    const first = await site.slot('5.70.1000');
    await site.addSlot(first);
    await site.launch(first.name);
    await site.message('hello');
    const own = await ownSwitches(site);
    const back = await wayBack(site);
    const tree = await treeSwitches(site);
    return {
      'daemon, seconds without it, median (budget 2)': median(own),
      'daemon, seconds without it, worst (budget 2)': Math.max(...own),
      'daemon that does not start, seconds until the old one is ready again (budget 5)': back,
      'tree program, seconds without it, median (budget 2)': median(tree.gaps),
      'tree program, seconds without it, worst (budget 2)': Math.max(...tree.gaps),
      'tree program, rollback from order to proof, seconds (budget 5)': tree.rollback,
      switches,
    };
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function ownSwitches(site: Site): Promise<number[]> {
  const gaps: number[] = [];
  for (let number = 1; number <= switches; number++) {
    const release = await site.slot(`5.80.${1_000 + number}`);
    const mark = site.mark();
    site.want(release);
    await site.status(release, 'installed', mark);
    gaps.push(await lastGap(site));
  }
  return gaps;
}

type Line = { readonly time: number; readonly event: string; readonly pid: number };

async function linesOf(site: Site, log: string): Promise<Line[]> {
  const text = await readFile(join(site.root, 'logs', `${log}.log`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => {
      const { time, event, pid } = JSON.parse(line) as Line & { readonly time: string | number };
      return { time: new Date(time).getTime(), event, pid };
    });
}

/** From the end of the process before to the last `ready`. */
async function lastGap(site: Site): Promise<number> {
  const ready = (await linesOf(site, 'normal-server')).findLast(({ event }) => event === 'ready');
  const began = (await linesOf(site, 'launcher')).findLast(
    ({ event, time }) => event === 'service-ended' && time <= (ready?.time ?? 0),
  );
  if (ready === undefined || began === undefined) throw new Error('no switch in the logs');
  return (ready.time - began.time) / 1_000;
}

/** With its three tries to start. */
async function wayBack(site: Site): Promise<number> {
  const broken = await site.slot('5.90.1', 'process.exit(1);');
  const before = await linesOf(site, 'launcher');
  const mark = site.mark();
  site.want(broken);
  await site.status(broken, 'returned', mark);
  const ended = (await linesOf(site, 'launcher'))
    .slice(before.length)
    .find(({ event }) => event === 'service-ended');
  const ready = (await linesOf(site, 'normal-server')).findLast(({ event }) => event === 'ready');
  if (ready === undefined || ended === undefined) throw new Error('no way back in the logs');
  return (ready.time - ended.time) / 1_000;
}

const stamp = 'date +%s%N >> "$DANKAI_ROOT/sensor.times"';
const hooks = {
  'stop.sh': `#!/bin/sh\n${stamp}\nrm -f "$DANKAI_ROOT/sensor.running"\n`,
  'start.sh': `#!/bin/sh\ncp version "$DANKAI_ROOT/sensor.running"\n${stamp}\n`,
};

async function treeSwitches(site: Site) {
  const first = await service(site, '1.0', hooks);
  site.want(first);
  await site.status(first, 'installed');
  const gaps: number[] = [];
  let last = first;
  for (let number = 1; number <= switches; number++) {
    const release = await service(site, `1.${number}`, hooks);
    site.want(release);
    await site.status(release, 'installed');
    gaps.push(await lastTreeGap(site));
    if (number < switches) last = release;
  }
  const began = performance.now();
  const mark = site.mark();
  site.want(last);
  await site.status(last, 'installed', mark);
  return { gaps, rollback: Math.round(performance.now() - began) / 1_000 };
}

async function lastTreeGap(site: Site): Promise<number> {
  const text = await readFile(join(site.root, 'sensor.times'), 'utf8');
  const [from = '0', until = '0'] = text.trim().split('\n').slice(-2);
  return Number((BigInt(until) - BigInt(from)) / 1_000_000n) / 1_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
