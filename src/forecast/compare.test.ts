import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComparisonWish, ForecastRequest } from '#ports/forecast.ts';
import { comparisonSchema } from '#protocol/console/forecast.ts';
import { alternativesOf, compare } from './compare.ts';
import { forecastOf } from './forecast.ts';
import { day, exactly, groupName, requestOf, share, startsAt } from './forecast.testing.ts';

const wish: ComparisonWish = {
  local: { by: 'local-installation', minutesEach: 20, people: 2 },
  contentOnlyFromControlManager: true,
};

const work = { planWorkMinutes: 60, groupWorkMinutes: 15, repairWorkMinutes: 30 };

function compared(request: ForecastRequest) {
  const forecasts = alternativesOf(request, wish).map((one) => ({
    ...one,
    forecast: forecastOf(one.request),
  }));
  return compare(forecasts, wish);
}

const site = (sizes: readonly number[]): ForecastRequest =>
  requestOf({
    sizes,
    bytes: 1_000_000,
    group: (place) => ({ from: startsAt + place * day }),
    habits: work,
    request: { runs: 4, linkBitsPerSecond: 1_000_000_000 },
  });

test('1 to all groups of the plan are set beside local installation', () => {
  const names = alternativesOf(site([5, 10, 20]), wish).map(({ name, request }) => [
    name,
    ...request.plan.groups.map(({ servers }) => servers.length),
  ]);
  assert.deepEqual(names, [
    ['deployment-1', 35],
    ['deployment-2', 5, 30],
    ['deployment-3', 5, 10, 20],
    ['local-installation-3', 5, 10, 20],
  ]);
});

test('many servers: deployment, in as many groups as a bad release makes worth their work', () => {
  const { alternatives, recommended, because, conditions } = compared(site([20, 400, 580]));
  // 1 group: 60 + 15 + 2% of 1,000 × 30; 2 groups: 60 + 30 + 2% of 20 × 30; 3 groups: 15 more.
  assert.deepEqual(
    alternatives.map(({ totalMinutes }) => totalMinutes),
    [675, 102, 117, 60 + 45 + 1_000 * 20 + 12],
  );
  assert.equal(recommended, 'deployment-2');
  assert.deepEqual(
    because.map(({ than, totalMinutesMore }) => [than, totalMinutesMore]),
    [
      ['deployment-1', 573],
      ['deployment-3', 15],
      ['local-installation-3', 20_015],
    ],
  );
  assert.equal(because[2]?.bytesMore, -1_000_000_000, 'nothing is pushed');
  assert.deepEqual(
    conditions.map(({ condition, holds }) => [condition, holds]),
    [
      ['content-only-from-control-manager', true],
      ['groups-few', true],
      ['servers-few', false],
      ['agent-keeps-running', true],
    ],
  );
});

test('few servers: they are few where people are done within a day of work', () => {
  const holds = (count: number) =>
    compared(site([count])).conditions.find(({ condition }) => condition === 'servers-few')?.holds;
  assert.equal(holds(48), true, '480 min / 20 min × 2 people');
  assert.equal(holds(49), false);
  const request = site([49]);
  const servers = request.servers.map((server, place) => ({
    ...server,
    state: place === 0 ? ('done' as const) : server.state,
  }));
  const { conditions } = compared({ ...request, servers });
  assert.equal(conditions.find(({ condition }) => condition === 'servers-few')?.value, 48);
});

test('a way that misses the end of the mixed state is not recommended, however little work', () => {
  const request = requestOf({
    sizes: [10, 10],
    plan: { mixedDaysMax: 2 },
    group: (place) => ({ from: startsAt + place * 3 * day }),
    habits: { ...work, absent: share(0) },
    request: { runs: 4 },
  });
  const { alternatives, recommended } = compared(request);
  const inTime = alternatives.map(({ name, isInTime }) => [name, isInTime]);
  // Merged groups begin on the day of the first of them.
  assert.deepEqual(inTime, [
    ['deployment-1', true],
    ['deployment-2', false],
    ['local-installation-2', false],
  ]);
  assert.equal(recommended, 'deployment-1');
});

test('a group that keeps the link busy for longer than the plan allows is not recommended', () => {
  const request = requestOf({
    sizes: [10, 10],
    bytes: 75_000_000,
    // 10 servers: 60 s; 20: 120 s.
    plan: { groupMinutesMax: 1, linkBitsPerSecond: 100_000_000 },
    habits: work,
    request: { runs: 2, linkBitsPerSecond: 100_000_000 },
  });
  const inTime = compared(request).alternatives.map(({ isInTime }) => isInTime);
  assert.deepEqual(inTime, [false, true, true]);
});

test('of as much work the sooner one is recommended; nine runs of ten in time are enough', () => {
  const late = { ...site([10]), startsAt: startsAt + day };
  const lateForecast = { ...forecastOf(late), mixedInTimeShare: 0.9 };
  const soon = site([10]);
  const plans = [
    { name: 'late', request: late, forecast: lateForecast },
    { name: 'soon', request: soon, forecast: forecastOf(soon) },
  ];
  const { recommended, alternatives } = compare(plans, null);
  assert.equal(recommended, 'soon');
  assert.equal(alternatives[0]?.isInTime, true);
});

test('ways that the figures cannot tell apart are equal; then the guide decides, and it is said', () => {
  const one = site([10]);
  const two = site([5, 5]);
  const local = { ...site([5, 5]), methods: alternativesOf(two, wish)[2]?.request.methods ?? {} };
  const between = (low: number, median: number, high: number) => ({
    personMinutes: { low, median, high },
  });
  const ways = (minutes: number) => [
    { name: 'one', request: one, forecast: { ...forecastOf(one), ...between(900, 1_000, 1_100) } },
    {
      name: 'local',
      request: local,
      forecast: { ...forecastOf(local), ...between(900, 990, 1_100) },
    },
    {
      name: 'two',
      request: two,
      forecast: { ...forecastOf(two), ...between(minutes - 100, minutes, minutes + 100) },
    },
  ];
  const equal = compare(ways(1_080), null);
  assert.equal(equal.recommended, 'two', 'pushed, and not to all at once');
  assert.deepEqual(equal.equals, ['one', 'local']);
  assert.equal(equal.because[0]?.totalMinutesMore, 1_006 - 1_083);
  const apart = compare(ways(1_200), null);
  assert.equal(apart.recommended, 'one');
  assert.deepEqual(apart.equals, ['local']);
});

test('ways within a tenth whose ranges do not meet are told apart', () => {
  const request = site([10]);
  const exact = (name: string, median: number) => ({
    name,
    request,
    forecast: { ...forecastOf(request), personMinutes: { low: median, median, high: median } },
  });
  const { recommended, equals } = compare([exact('more', 1_050), exact('less', 1_000)], null);
  assert.deepEqual([recommended, equals], ['less', []]);
});

test('a plan may use both methods', () => {
  const request = { ...site([5, 5]), methods: { [groupName(0)]: wish.local } };
  const both = compare([{ name: 'both', request, forecast: forecastOf(request) }], null);
  assert.equal(both.alternatives[0]?.method, 'mixed');
});

test('nothing is recommended where nothing is in time', () => {
  const request = requestOf({
    sizes: [2],
    plan: { mixedDaysMax: 1 },
    habits: { absent: share(1), returns: exactly(10 * 86_400) },
    request: { runs: 2 },
  });
  const { recommended, because } = compared(request);
  assert.equal(recommended, null);
  assert.deepEqual(because, []);
});

test('two plans are compared as they stand, without what the guide says of methods', () => {
  const quick = site([10]);
  const slow = site([5, 5]);
  const plans = [
    { name: 'quick.yaml', request: quick, forecast: forecastOf(quick) },
    { name: 'slow.yaml', request: slow, forecast: forecastOf(slow) },
  ];
  const comparison = compare(plans, null);
  assert.equal(comparison.recommended, 'quick.yaml');
  assert.equal(comparison.because[0]?.endsSecondsLater, 86_400);
  assert.deepEqual(comparison.conditions, []);
  assert.deepEqual(comparisonSchema.parse(comparison), comparison);
});
