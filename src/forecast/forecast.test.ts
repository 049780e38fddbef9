import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Habits } from '#ports/forecast.ts';
import { Chance } from '#simulation/world/chance.ts';
import { forecastSchema } from '#protocol/console/forecast.ts';
import { switchFateOf } from './draw.ts';
import { readFigures } from './figures.ts';
import { forecastOf, runsOf } from './forecast.ts';
import { exactly, hour, requestOf, share, startsAt } from './forecast.testing.ts';
import { defaultHabits } from './habits.ts';
import { rangeOf, summaryOf } from './summary.ts';

const restless = requestOf({
  sizes: [20, 30],
  bytes: 5_000_000,
  plan: { inFlightMax: 8 },
  habits: defaultHabits,
  request: { linkBitsPerSecond: 10_000_000, runs: 12, seed: 7, withInformationServer: true },
});

test('the same seed gives the same forecast, another one another', () => {
  assert.deepEqual(forecastOf(restless), forecastOf(restless));
  assert.notDeepEqual(forecastOf(restless), forecastOf({ ...restless, seed: 8 }));
});

test('which worker did which runs, and which was first, does not show', () => {
  const first = runsOf(restless, { from: 0, until: 5 });
  const second = runsOf(restless, { from: 5, until: 12 });
  assert.deepEqual(summaryOf(restless, [...second, ...first]), forecastOf(restless));
});

test('figures survive their way between workers', () => {
  const figures = runsOf(restless, { from: 0, until: 2 });
  assert.deepEqual(readFigures(structuredClone(figures)), figures);
  assert.throws(() => readFigures([{ run: 1 }]));
});

test('a forecast has the form in which people, the console and scripts get it', () => {
  const forecast = forecastOf(restless);
  assert.deepEqual(forecastSchema.parse(forecast), forecast);
});

test('ranges are figures of real runs: half below the median, nine of ten between the ends', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(rangeOf(values), { low: 5, median: 50, high: 95 });
  assert.deepEqual(rangeOf([3]), { low: 3, median: 3, high: 3 });
});

test('a gate that three runs of ten fail is said to stop three of ten', () => {
  const request = requestOf({
    sizes: [1],
    habits: { fails: { health: share(0.3) } },
    request: { runs: 2_000 },
  });
  const stops = forecastOf(request).groups[0]?.stopsShare ?? 0;
  // Five standard deviations of a share of 2,000.
  assert.ok(Math.abs(stops - 0.3) < 0.052, `${stops}`);
});

/** Of 40 runs in which every tenth switch fails. */
function workOf(plan: Partial<UpgradePlan>, percentMin: number, habits: Partial<Habits> = {}) {
  const request = requestOf({
    sizes: [60],
    plan: { inFlightMax: 2, ...plan },
    group: () => ({ gate: { percentMin, sampleMin: 1, soakSeconds: 60 } }),
    habits: {
      fails: { health: share(0.1) },
      switch: exactly(60),
      decisionWorkMinutes: 15,
      repairWorkMinutes: 45,
      ...habits,
    },
  });
  const figures = runsOf(request, { from: 0, until: 40 });
  return {
    minutes: figures.reduce((sum, { personMinutes }) => sum + personMinutes, 0) / figures.length,
    stops: summaryOf(request, figures).groups[0]?.stopsShare,
  };
}

test('a hold that is too short stops every run, and is never less work', () => {
  const long = workOf({ holdMinutesMax: 600 }, 0);
  const short = workOf({ holdMinutesMax: 10 }, 0);
  assert.deepEqual([long.stops, short.stops], [0, 1]);
  assert.ok(short.minutes > long.minutes + 15, `${short.minutes} against ${long.minutes}`);
});

test('servers that come back while a person is waited for are no less work', () => {
  const habits = { vanishes: share(0.2), returns: exactly(3_600), repair: exactly(1_800) };
  const long = workOf({ holdMinutesMax: 600 }, 0, habits);
  const short = workOf({ holdMinutesMax: 30 }, 0, { ...habits, decision: exactly(36_000) });
  assert.ok(short.minutes > long.minutes, `${short.minutes} against ${long.minutes}`);
});

test('a stricter gate is never less work', () => {
  const loose = workOf({}, 0);
  const strict = workOf({}, 100);
  assert.ok(strict.minutes > loose.minutes + 15, `${strict.minutes} against ${loose.minutes}`);
});

test('the drawn times have the median and the 95% that the habit states', () => {
  const request = requestOf({
    sizes: [1],
    habits: { unpack: { from: 'default', median: 100, p95: 400 } },
    request: { runs: 2_000 },
  });
  const { mixedEndsAt } = forecastOf(request);
  const { median = 0, high = 0 } = mixedEndsAt ?? {};
  assert.ok(Math.abs((median - startsAt) / 1_000 - 100) < 10, `${(median - startsAt) / 1_000}`);
  assert.ok(Math.abs((high - startsAt) / 1_000 - 400) < 40, `${(high - startsAt) / 1_000}`);
});

test('the mixed state is held against its deadline', () => {
  const late = requestOf({
    sizes: [10],
    plan: { mixedDaysMax: 2 },
    habits: { absent: share(0.5), returns: exactly(3 * 24 * 3_600) },
    request: { runs: 20 },
  });
  const forecast = forecastOf(late);
  assert.equal(forecast.mixedInTimeShare, 0);
  assert.equal(forecast.mixedUntil, startsAt + 48 * hour);
  assert.equal(forecast.finishedShare, 1, 'the groups themselves end in time');
});

test('what more than half of the runs do not reach has no time', () => {
  const windows = [{ from: startsAt - 2 * hour, until: startsAt - hour }];
  const forecast = forecastOf(
    requestOf({ sizes: [1, 1], group: () => ({ windows }), request: { runs: 4 } }),
  );
  assert.equal(forecast.endsAt, null);
  assert.equal(forecast.finishedShare, 0);
  assert.equal(forecast.groups[0]?.endsAt, null);
  assert.equal(forecast.groups[1]?.startsAt, null);
});

test('exactly half of the runs, and exactly in time, are enough', () => {
  const request = requestOf({ plan: { mixedDaysMax: 1 } });
  const [one] = runsOf(request, { from: 0, until: 1 });
  assert.ok(one !== undefined);
  const late = { ...one, run: 1, endsAt: null, mixedEndsAt: startsAt + 24 * hour };
  const forecast = summaryOf(request, [one, late]);
  assert.equal(forecast.endsAt?.median, one.endsAt);
  assert.equal(forecast.mixedInTimeShare, 1);
  assert.equal(forecast.finishedShare, 0.5);
  assert.equal(summaryOf(request, [one, late, { ...late, run: 2 }]).endsAt, null);
});

test('each way in which a switch ends has its share', () => {
  const habits = { ...defaultHabits, vanishes: share(0.1) };
  const draw = switchFateOf({ ...habits, fails: { health: share(0.2), network: share(0.3) } });
  const chance = new Chance(1);
  const seen = new Map<string, number>();
  for (let time = 0; time < 10_000; time++) {
    const fate = draw(chance);
    seen.set(fate, (seen.get(fate) ?? 0) + 1);
  }
  const expected = { vanishes: 1_000, network: 3_000, health: 2_000, works: 4_000 };
  for (const [fate, count] of Object.entries(expected)) {
    assert.ok(Math.abs((seen.get(fate) ?? 0) - count) < 200, `${fate}: ${seen.get(fate)}`);
  }
});

test('bytes by the hour count runs in which the link was idle', () => {
  const request = requestOf({
    sizes: [1],
    bytes: 1_000_000,
    group: () => ({ approve: true }),
    habits: { decision: { from: 'samples', samples: [0, 0, 3 * 60 * 60] } },
    request: { runs: 300, linkBitsPerSecond: 1_000_000_000 },
  });
  const { bytesPerHour } = forecastOf(request);
  assert.deepEqual(
    bytesPerHour.map(({ hour: each, median }) => [each, median]),
    [
      [0, 1_000_000],
      [3, 0],
    ],
  );
  assert.deepEqual([bytesPerHour[1]?.low, bytesPerHour[1]?.high], [0, 1_000_000]);
});

test('habits taken from the defaults are named, and no other', () => {
  const named = forecastOf(restless).assumed.map(({ habit }) => habit);
  for (const habit of ['unpack', 'switch', 'absent', 'fails.health', 'decisionWorkMinutes']) {
    assert.ok(named.includes(habit), habit);
  }
  const habits = { ...defaultHabits, unpack: { from: 'samples', samples: [3] } } as const;
  const fewer = forecastOf({ ...restless, habits }).assumed.map(({ habit }) => habit);
  assert.deepEqual(
    named.filter((habit) => !fewer.includes(habit)),
    ['unpack'],
  );
});
