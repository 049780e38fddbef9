import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgradeReportSchema } from '#protocol/console/report.ts';
import { languages, type Language } from '#words/words.ts';
import { plainWords } from '#words/words-plain.ts';
import type { Context, Output } from '../../command.ts';
import { reportText } from './upgrade-report.ts';

/** One row a line, cells between bars: what a table says, not how it is drawn. */
const output = {
  paint: (_tone: string, text: string) => text,
  table: (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, ...rows].map((cells) => cells.join(' | ').replaceAll('\n', ' ')).join('\n'),
} as unknown as Output;

const at = 1_795_000_000_000;
const hour = 3_600_000;
const range = (low: number, median: number, high: number) => ({ low, median, high });

const report = {
  upgrade: 'to-5.80',
  site: 'tokyo',
  component: 'program',
  version: '5.80.1179',
  state: 'paused',
  because: { code: 'PAUSED_BY_PERSON', with: { who: 'sato' } },
  madeAt: at,
  startedAt: at,
  endsAt: { forecast: range(at, at + hour, at + 2 * hour), actual: null },
  heldSeconds: { actual: 5_400 },
  bytes: { forecast: range(2 ** 20, 2 ** 21, 2 ** 22), actual: 3 * 2 ** 20 },
  upgraded: { actual: 6 },
  failed: { actual: 4 },
  absent: { actual: 1 },
  inFlightMax: { forecast: range(3, 4, 5), actual: 5 },
  personMinutes: { forecast: range(60, 90, 240) },
  decisions: [
    { at, who: 'mori', decision: 'started', group: null },
    { at: at + hour, who: 'sato', decision: 'paused', group: 'A' },
  ],
  mixed: {
    from: at,
    endsAt: { forecast: range(at, at, at), actual: null },
    until: at + 2 * hour,
    isInTime: null,
    inTimeShare: 0.875,
    behind: 5,
  },
  groups: [
    {
      name: 'A',
      state: 'failed',
      because: { code: 'GATE_FAILED', with: { group: 'A', healthy: 6, leased: 9, percentMin: 95 } },
      servers: 11,
      startsAt: { forecast: null, actual: at },
      endsAt: { forecast: null, actual: null },
      heldSeconds: { forecast: range(60, 60, 60), actual: 90 },
      bytes: { forecast: null, actual: 2 ** 20 },
      upgraded: { forecast: range(9, 10, 11), actual: 6 },
      failed: { forecast: range(0, 0, 1), actual: 4 },
      absent: { forecast: range(0, 0, 0), actual: 1 },
      failedBy: { health: 2 },
      vanished: 1,
      held: 1,
      inFlightMax: 5,
      decisions: [],
    },
  ],
  forecast: null,
  forecastAbsent: { code: 'FORECAST_LATE', with: { seconds: 5 } },
};

function shown(change: object = {}, language: Language = 'en'): string {
  const context = { words: plainWords(language), output } as unknown as Context;
  return reportText(context, upgradeReportSchema.parse({ ...report, ...change }));
}

test('forecast and actual stand side by side, for the whole and for each group', () => {
  const text = shown();
  assert.match(
    text,
    /^to-5\.80: program 5\.80\.1179 at tokyo: paused\n {2}sato paused the upgrade\.$/m,
  );
  assert.match(text, /^Traffic \| 2\.0 MiB \(1\.0 MiB – 4\.0 MiB\) \| 3\.0 MiB$/m);
  assert.match(text, /^Most at once \| 4 \(3 – 5\) \| 5$/m);
  assert.match(text, /^Held for \| – \| 90 min$/m);
  assert.match(text, /^Work \| 90 min \(60 min – 4\.0 h\) \| –$/m);
  assert.match(text, /^Group A: 11 servers, failed\n {2}Group A did not pass/m);
  assert.match(text, /^Held for \| 60 s \| 90 s$/m);
  assert.match(text, /^Failed \| 0 \(0 – 1\) \| 4 \(2 health, 1 vanished, 1 held\)$/m);
});

test('why there is no forecast is said, and who decided what', () => {
  const text = shown();
  assert.match(text, /^No forecast was ready within 5 seconds/m);
  assert.match(
    text,
    /Decisions of people:\n {2}20\S+ mori: started\n {2}20\S+ sato: paused \(A\)$/,
  );
});

test('without any forecast: one line why, and no column of dashes', () => {
  const none = { forecast: null };
  const [group] = report.groups;
  const bare = {
    endsAt: { ...report.endsAt, ...none },
    bytes: { ...report.bytes, ...none },
    inFlightMax: { ...report.inFlightMax, ...none },
    personMinutes: none,
    mixed: { ...report.mixed, endsAt: { forecast: null, actual: null }, inTimeShare: null },
    groups: [
      {
        ...group,
        heldSeconds: { ...none, actual: 90 },
        upgraded: { ...none, actual: 6 },
        failed: { ...none, actual: 4 },
        absent: { ...none, actual: 1 },
      },
    ],
    forecastAbsent: { code: 'FORECAST_ABSENT', with: { upgrade: 'to-5.80' } },
  };
  const text = shown(bare);
  assert.match(text, /^There is no forecast of .* an earlier version of Dankai started it/m);
  assert.doesNotMatch(text, /Forecast \||\| –/);
  assert.match(text, /^Figure \| Actual$/m);
  assert.match(text, /^Traffic \| 3\.0 MiB$/m);
});

test('the mixed state against its deadline: open, kept, or over', () => {
  assert.match(
    shown(),
    /^Versions differ from .*at most until .*; still behind: 5 servers\..* in 87\.5 % of its runs/m,
  );
  const kept = { ...report.mixed, isInTime: true, behind: 0 };
  assert.match(shown({ mixed: kept }), /^Versions differed from .* ended within its time/m);
  const late = { ...report.mixed, isInTime: false, inTimeShare: null };
  assert.match(shown({ mixed: late }), /longer than until .*; still behind: 5 servers\.$/m);
});

for (const language of languages) {
  test(`${language}: nothing is left to fill in`, () => {
    assert.doesNotMatch(shown({}, language), /\{\{|undefined|NaN/);
  });
}
