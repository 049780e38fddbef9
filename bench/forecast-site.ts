/**
 * The forecast against a real site: calibrated on group A alone, judged on B and C. Two shapes, of
 * other sizes and other links, each so thin that transfers dominate.
 *
 * Budget: time within 25%, bytes within 5%.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brand, type GroupName } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { Forecast } from '#protocol/console/forecast.ts';
import type { UpgradeReport } from '#protocol/console/report.ts';
import { makeReleases, newVersion } from '../scripts/demo/releases.ts';
import { stopAllComputers } from '../scripts/site/computer.ts';
import { LocalSite } from '../scripts/site/site.ts';

export const name = 'forecast-site';

type Shape = {
  readonly name: string;
  readonly groups: Readonly<Record<'A' | 'B' | 'C', number>>;
  readonly megabitsPerSecond: number;
};

const shapes: readonly Shape[] = [
  { name: '3+3+3 over 48 Mbit/s', groups: { A: 3, B: 3, C: 3 }, megabitsPerSecond: 48 },
  { name: '3+2+5 over 24 Mbit/s', groups: { A: 3, B: 2, C: 5 }, megabitsPerSecond: 24 },
];
const judged = ['B', 'C'] as const;
const secondsMax = 600;
const runs = 200;

type Figures = Record<string, number | string>;

export async function run(): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bench-forecast-'));
  try {
    const releases = await makeReleases(join(folder, 'releases'), {
      brokenOn: null,
      withRuntime: true,
    });
    const figures: Figures = {};
    for (const [place, shape] of shapes.entries()) {
      const site = await begin(join(folder, `site-${place}`), releases.oldFile, shape);
      valueOf('import', await site.import(releases.newFile));
      Object.assign(figures, await measure(site, shape));
      await site.stop();
    }
    return figures;
  } finally {
    await stopAllComputers();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function valueOf<Value>(what: string, result: Result<Value>): Value {
  if (!result.ok) throw new Error(`${what}: ${JSON.stringify(result.because)}`);
  return result.value;
}

function serversOf({ groups }: Shape, group: 'A' | 'B' | 'C'): string[] {
  return Array.from({ length: groups[group] }, (_, place) => `${group.toLowerCase()}${place + 1}`);
}

async function begin(folder: string, oldRelease: string, shape: Shape): Promise<LocalSite> {
  const names = (['A', 'B', 'C'] as const).flatMap((group) => serversOf(shape, group));
  const site = await LocalSite.begin({
    folder,
    oldRelease,
    servers: names.map((server) => ({ name: server, domain: 'web' })),
    linkBytesPerSecond: (shape.megabitsPerSecond * 1e6) / 8,
  });
  await site.addServers();
  await until(async () => {
    const { domains } = valueOf('fleet.tree', await site.call('fleet.tree', {}));
    const servers = domains.flatMap((domain) => domain.servers);
    const connected = servers.filter(({ session }) => session.state !== 'none');
    return connected.length > names.length;
  });
  return site;
}

async function until(isThere: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + secondsMax * 1_000;
  while (!(await isThere().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`nothing came within ${secondsMax} s`);
    await sleep(200);
  }
}

/** B waits for a person, so that the forecast stands between A and B. */
function planText(shape: Shape, groups: readonly ('A' | 'B' | 'C')[], approve: boolean): string {
  const lines = groups.map(
    (group) =>
      `  - { name: ${group}, servers: [${serversOf(shape, group).join(', ')}], gate: { soak: 2s }` +
      `${approve && group === 'B' ? ', approve: true' : ''} }`,
  );
  return `release: { component: program, version: '${newVersion}' }
precautionsRead: true
inFlightMax: 5
lease: 120s
prove: 60s
link: ${shape.megabitsPerSecond}Mbit/s
agent: { upgrade: true, stop: false }
groups:
${lines.join('\n')}
`;
}

async function measure(site: LocalSite, shape: Shape): Promise<Figures> {
  const text = planText(shape, ['A', 'B', 'C'], true);
  valueOf('start', await site.call('upgrade.start', { file: 'plan.yaml', text }));
  const stateOf = async (group: string): Promise<string> =>
    valueOf('status', await site.call('upgrade.status', {})).groups.find(
      (one) => one.name === group,
    )?.state ?? '';
  await until(async () => (await stateOf('A')) === 'passed');
  const forecast = await forecastOf(site, planText(shape, judged, false));
  const group = brand<GroupName>('B');
  const before = site.link?.bytesDown ?? 0;
  valueOf('approve', await site.call('upgrade.approve', { group }));
  await until(async () => (await stateOf('C')) === 'passed');
  const report = valueOf('report', await site.call('upgrade.report', {}));
  const lines = judged.map((name) => figuresOf(shape, name, { forecast, report }));
  const carried = (site.link?.bytesDown ?? 0) - before;
  const expected = judged.reduce((sum, one) => sum + bytesOf(forecast, one), 0);
  return Object.assign({}, ...lines, {
    [`${shape.name}, B and C: MiB on the line, headers and sessions too`]: round(carried / 2 ** 20),
    [`${shape.name}, B and C: bytes on the line, % off (budget 5)`]: percentOff(expected, carried),
  }) as Figures;
}

async function forecastOf(site: LocalSite, text: string): Promise<Forecast> {
  const plans = [{ file: 'rest.yaml', text }];
  const begun = await site.call('forecast.begin', { plans, runs, seed: 1 });
  const { forecast } = valueOf('forecast.begin', begun);
  for (;;) {
    const looked = valueOf('forecast.look', await site.call('forecast.look', { forecast }));
    const made = looked.document?.forecast ?? null;
    if (made !== null) return made;
    await sleep(100);
  }
}

function bytesOf(forecast: Forecast, name: string): number {
  return forecast.groups.find((one) => one.name === name)?.bytes.median ?? Number.NaN;
}

function figuresOf(
  shape: Shape,
  name: 'B' | 'C',
  { forecast, report }: { readonly forecast: Forecast; readonly report: UpgradeReport },
): Figures {
  const expected = forecast.groups.find((one) => one.name === name);
  const seen = report.groups.find((one) => one.name === name);
  if (expected === undefined || seen === undefined) throw new Error(`no group ${name}`);
  const forecastSeconds =
    ((expected.endsAt?.median ?? Number.NaN) - (expected.startsAt?.median ?? 0)) / 1_000;
  const seconds = ((seen.endsAt.actual ?? 0) - (seen.startsAt.actual ?? 0)) / 1_000;
  const of = `${shape.name}, ${name}:`;
  return {
    [`${of} s, forecast`]: round(forecastSeconds),
    [`${of} s, actual`]: round(seconds),
    [`${of} time, % off (budget 25)`]: percentOff(forecastSeconds, seconds),
    [`${of} MiB, forecast`]: round(expected.bytes.median / 2 ** 20),
    [`${of} MiB, actual`]: round(seen.bytes.actual / 2 ** 20),
    [`${of} bytes, % off (budget 5)`]: percentOff(expected.bytes.median, seen.bytes.actual),
  };
}

function percentOff(expected: number, actual: number): number {
  return round((100 * Math.abs(expected - actual)) / actual);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
