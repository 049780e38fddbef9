/**
 * One figure of `bench/forecast.ts`, in a process of its own so that its peak of memory is its own:
 * `case.ts plan RUNS SERVERS`, through the adapter and its workers, or `case.ts sites SITES SERVERS`.
 */

import { openForecaster } from '#adapters/plan/forecast-worker.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { runsOf } from '#forecast/forecast.ts';
import { defaultHabits } from '#forecast/habits.ts';
import type { ForecastRequest, ForecastServer } from '#ports/forecast.ts';

const groupCount = 5;
const dayMilliseconds = 86_400_000;
const hourMilliseconds = 3_600_000;
/** A Monday, nine in the morning. */
const startsAt = Date.UTC(2026, 0, 5, 9);
/** The package of the guide (S4). */
const fetchBytes = 53_166_776;
const digest = brand<Digest>('b'.repeat(64));

/** Groups on days of their own, switched within eight hours of each night. */
function requestOf(options: {
  readonly servers: number;
  readonly runs: number;
  readonly seed: number;
  readonly linkBitsPerSecond: number;
}): ForecastRequest {
  const servers = Array.from({ length: options.servers }, (_, place): ForecastServer => ({
    server: brand<ServerId>(`server-${place}`),
    fetchBytes,
    state: 'to-do',
  }));
  const windows = Array.from({ length: 90 }, (_, night) => {
    const from = startsAt + night * dayMilliseconds + 13 * hourMilliseconds;
    return { from, until: from + 8 * hourMilliseconds };
  });
  const size = Math.ceil(options.servers / groupCount);
  const { linkBitsPerSecond } = options;
  return {
    plan: {
      upgrade: brand<UpgradeId>('bench'),
      release: { component: brand<ComponentName>('program'), version: '5.80.1179', digest },
      form: 'upgrade',
      groups: Array.from({ length: groupCount }, (_, place) => ({
        name: brand<GroupName>(`group-${place}`),
        servers: servers.slice(place * size, (place + 1) * size).map(({ server }) => server),
        from: startsAt + place * dayMilliseconds,
        windows,
        hold: 'site',
        approve: false,
        gate: { percentMin: 95, sampleMin: 1, soakSeconds: 3_600 },
      })),
      agent: { upgrade: true, stop: true },
      leaseSeconds: 600,
      proveSeconds: 300,
      inFlightMax: Math.max(50, Math.round(size / 20)),
      holdMinutesMax: 480,
      stageMinutesMax: 24 * 60,
      linkBitsPerSecond,
      groupMinutesMax: null,
      mixedDaysMax: 90,
      precautionsRead: true,
      goAhead: [],
    },
    servers,
    startsAt,
    linkBitsPerSecond,
    serverBitsPerSecond: null,
    withInformationServer: true,
    releaseDigest: digest,
    habits: defaultHabits,
    runs: options.runs,
    seed: options.seed,
  };
}

async function plan(runs: number, servers: number): Promise<object> {
  const request = requestOf({ servers, runs, seed: 1, linkBitsPerSecond: 1_000_000_000 });
  const { signal } = new AbortController();
  const forecast = await openForecaster().forecast(request, { progress: () => undefined, signal });
  if (!forecast.ok) throw new Error(JSON.stringify(forecast.because));
  const { finishedShare, endsAt, bytes } = forecast.value;
  const days = endsAt === null ? null : (endsAt.median - startsAt) / dayMilliseconds;
  return { finishedShare, days, bytes: bytes.median };
}

/** One run of a whole fleet: each site has a link and people of its own. */
function sites(count: number, servers: number): object {
  let finished = 0;
  let bytes = 0;
  let last = 0;
  for (let seed = 0; seed < count; seed++) {
    const request = requestOf({ servers, runs: 1, seed, linkBitsPerSecond: 100_000_000 });
    for (const figures of runsOf(request, { from: 0, until: 1 })) {
      finished += figures.endsAt === null ? 0 : 1;
      last = Math.max(last, figures.endsAt ?? 0);
      bytes += figures.bytes;
    }
  }
  return { finishedShare: finished / count, days: (last - startsAt) / dayMilliseconds, bytes };
}

const [kind, first = '1', second = '1'] = process.argv.slice(2);
const started = performance.now();
const outcome =
  kind === 'sites'
    ? sites(Number(first), Number(second))
    : await plan(Number(first), Number(second));
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const figures = {
  ...outcome,
  seconds: (performance.now() - started) / 1_000,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  mebibytes: maxRSS / 1_024,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
