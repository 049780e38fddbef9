import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import {
  comparisonSchema,
  forecastSchema,
  type ForecastDocument,
} from '#protocol/console/forecast.ts';
import { languages, type Language } from '#words/words.ts';
import { plainWords } from '#words/words-plain.ts';
import type { Output } from '../../command.ts';
import { noFile } from './forecast-here.ts';
import { forecastText } from './show-forecast.ts';

/** One row a line, cells between bars: what a table says, not how it is drawn. */
const output = {
  paint: (_tone: string, text: string) => text,
  table: (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, ...rows].map((cells) => cells.join(' | ').replaceAll('\n', ' ')).join('\n'),
} as unknown as Output;

const at = 1_795_000_000_000;
const hour = 3_600_000;
const exactly = (median: number) => ({ low: median, median, high: median });
const between = (low: number, median: number, high: number) => ({ low, median, high });

const forecast = forecastSchema.parse({
  upgrade: 'to-5.80',
  startsAt: at,
  runs: 200,
  seed: 7,
  finishedShare: 0.995,
  endsAt: between(at + hour, at + 2 * hour, at + 4 * hour),
  groups: [
    {
      name: 'A',
      servers: 10,
      startsAt: exactly(at),
      endsAt: null,
      heldSeconds: between(60, 90, 7_200),
      bytes: exactly(100 * 2 ** 20),
      upgraded: between(8, 9, 10),
      failed: exactly(0),
      absent: between(0, 1, 2),
      stopsShare: 0.25,
    },
  ],
  bytes: exactly(100 * 2 ** 20),
  bytesPerHour: Array.from({ length: 30 }, (_, one) => ({
    hour: one,
    low: 0,
    median: 0,
    high: 2 ** 20,
  })),
  bytesPerHourMax: exactly(50 * 2 ** 20),
  inFlightMax: exactly(4),
  personMinutes: between(60, 90, 600),
  mixedEndsAt: null,
  mixedUntil: at + 90 * 86_400_000,
  mixedInTimeShare: 0.4,
  assumed: [
    { habit: 'unpack', value: '15 s' },
    { habit: 'fails.health', value: '0.004' },
  ],
});

const way = {
  method: 'deployment',
  endsAt: exactly(at + hour),
  mixedEndsAt: exactly(at + hour),
  mixedInTimeShare: 1,
  bytes: exactly(2 ** 20),
  bytesPerHourMax: exactly(2 ** 20),
  personMinutes: exactly(300),
  firstGroupServers: 3,
  riskMinutes: 45,
  totalMinutes: 345,
  isInTime: true,
} as const;

const comparison = comparisonSchema.parse({
  alternatives: [
    { ...way, name: 'deployment-2', groups: 2 },
    {
      ...way,
      name: 'local-installation-2',
      method: 'local-installation',
      groups: 2,
      isInTime: false,
    },
  ],
  recommended: 'deployment-2',
  because: [
    {
      than: 'local-installation-2',
      totalMinutesMore: 240,
      endsSecondsLater: -3_600,
      bytesMore: -(2 ** 20),
      isInTime: false,
    },
  ],
  conditions: [
    { condition: 'groups-few', holds: true, speaksFor: 'deployment', value: 2, limit: 3 },
    {
      condition: 'content-only-from-control-manager',
      holds: null,
      speaksFor: 'deployment',
      value: null,
      limit: null,
    },
  ],
});

function shown(change: Partial<ForecastDocument>, language: Language = 'en'): string {
  const against = problem('CONTROL_MANAGER_UNSEEN', {});
  const plans = [
    { file: 'plan.yaml', servers: 10, linkBitsPerSecond: 1e7, standsAgainst: [against] },
  ];
  const document = { madeAt: at, site: null, plans, forecast: null, comparison: null, ...change };
  return forecastText({ words: plainWords(language), output }, document);
}

test('a forecast: groups, the whole, hours and what was assumed', () => {
  const text = shown({ forecast });
  assert.match(
    text,
    /^plan\.yaml: 10 servers\. Link: 10 Mbit\/s\.\n {2}The control manager has not/,
  );
  assert.match(
    text,
    /^A \| 10 \| 20.* \| – \| 90 s \(60 s – 2\.0 h\) \| 100 MiB \| 9 \(8 – 10\) \| 0 \| 1 \(0 – 2\) \| 25 %$/m,
  );
  assert.match(text, /^Ends 20.*\(-60 min … \+2\.0 h\); 99\.5 % of the runs/m);
  assert.match(text, /one version –; .* kept in 40 % of the runs/);
  assert.match(text, /^Work of people: 90 min \(60 min – 10\.0 h\)\.$/m);
  assert.match(text, /and 6 more hours/);
  assert.match(text, /^ {2}share of switches that fail \(health\): 0\.004$/m);
});

test('a plan that every server has behind it, and one that would be refused: said before any figure', () => {
  const [plan] = [{ file: 'plan.yaml', servers: 1, linkBitsPerSecond: 1e7, standsAgainst: [] }];
  const level = shown({ forecast, plans: [{ ...plan, allRun: '5.80.1179' }] });
  assert.match(
    level,
    /^Every server of this plan \(1 server\) already runs 5\.80\.1179: .*\nplan\.yaml: 1 server\./,
  );
  assert.match(shown({ forecast }), /^plan\.yaml: .*\n.*\n {2}`dankai upgrade start` would refuse/);
  assert.doesNotMatch(level, /would refuse/);
  assert.doesNotMatch(level, /not atomic/i);
  const vendor = shown({ forecast, plans: [{ ...plan, notAtomic: true }] });
  assert.match(vendor, /^Not atomic: a vendor's installer switches it\./);
});

test('a fleet that no file describes has a title of its own, and one run is one run', () => {
  const plans = [{ file: noFile, servers: 3_000, linkBitsPerSecond: 1e7, standsAgainst: [] }];
  const text = shown({ forecast: { ...forecast, runs: 1 }, plans });
  assert.match(
    text,
    /^A fleet of 3000 servers, as described by --servers\. Link: 10 Mbit\/s\.\n1 run, seed 7/,
  );
  assert.match(shown({ forecast, plans, site: brand('tokyo') }), /^upgrade: 3000 servers\./);
});

test('without a link speed, that is said', () => {
  const plans = [{ file: 'p', servers: 1, linkBitsPerSecond: null, standsAgainst: [] }];
  assert.match(shown({ forecast, plans }), /No link speed is known/);
});

test('ways beside each other: the recommended one, how far the others are behind, what the guide says', () => {
  const text = shown({ comparison });
  assert.match(
    text,
    /^\* program deployment, 2 groups \| .* \| 5\.0 h \| 3 \| 45 min \| 5\.8 h \| in time$/m,
  );
  assert.match(text, /^Recommended: program deployment, 2 groups\..* 5\.8 h; ends 20/m);
  assert.match(
    text,
    /^ {2}local installation, 2 groups: \+4\.0 h .* ends −60 min, −1\.0 MiB .* not in time$/m,
  );
  assert.match(
    text,
    /^ {2}groups are few: holds \(2; few is up to 3\); that speaks for program deployment/m,
  );
  assert.match(text, /^ {2}the information server gets .*: not known; that speaks/m);
});

test('ways that are equal are named', () => {
  assert.doesNotMatch(shown({ forecast, comparison }), /Equally good/);
  const equal = { ...comparison, equals: ['local-installation-2'] };
  assert.match(shown({ comparison: equal }), /^Equally good.*: local installation, 2 groups\./m);
});

test('plans are named by their files, and none is recommended that is not in time', () => {
  const [one] = comparison.alternatives;
  assert.ok(one !== undefined);
  const plans = {
    alternatives: [{ ...one, name: 'a.yaml' }],
    recommended: null,
    equals: [],
    because: [],
    conditions: [],
  };
  const text = shown({ comparison: plans });
  assert.match(text, /^ {2}a\.yaml \|/m);
  assert.match(text, /^None of these ends in time/m);
  assert.doesNotMatch(text, /What the guide says/);
});

for (const language of languages) {
  test(`${language}: nothing is left to fill in`, () => {
    assert.doesNotMatch(shown({ forecast, comparison }, language), /\{\{|undefined|NaN/);
  });
}
