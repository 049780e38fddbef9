/** A forecast as people read it: groups, the whole, hours of the link, ways beside each other. */

import type { Comparison, Forecast, ForecastDocument } from '#protocol/console/forecast.ts';
import { formatBytes, formatSeconds, formatTime } from '#words/format.ts';
import type { Context } from '../../command.ts';
import { noFile } from './forecast-here.ts';
import {
  bytesRange,
  countRange,
  inLine,
  workRange,
  workText,
  percent,
  secondsRange,
  timeRange,
} from './show-ranges.ts';
import { nothingThere } from '../../terminal/show.ts';

/** More hours than these fill no screen; `--json` has all. */
const hoursShown = 24;

type Voice = Pick<Context, 'words' | 'output'>;

export function forecastText(voice: Voice, document: ForecastDocument): string {
  const lines = document.plans.flatMap((plan) => planText(voice, plan, document.site === null));
  if (document.forecast !== null) lines.push(...oneForecast(voice, document.forecast));
  if (document.comparison !== null) lines.push(...comparisonText(voice, document.comparison));
  return lines.join('\n');
}

function planText(
  { words, output }: Voice,
  plan: ForecastDocument['plans'][number],
  isDescribed: boolean,
): string[] {
  const { file, servers, linkBitsPerSecond, standsAgainst, allRun } = plan;
  const isFile = !isDescribed || file !== noFile;
  const title = isFile
    ? words.text('cli.forecast.plan', { file, servers })
    : words.text('cli.forecast.described', { servers });
  const link =
    linkBitsPerSecond === null
      ? words.text('cli.forecast.noLink')
      : words.text('cli.forecast.link', { megabits: linkBitsPerSecond / 1e6 });
  const against = standsAgainst.map((because) => words.problem(because).sentence);
  if (against.length > 0) against.push(words.text('cli.forecast.startRefuses'));
  const level =
    allRun === undefined ? [] : [words.text('cli.forecast.allRun', { servers, version: allRun })];
  if (plan.notAtomic === true) level.push(words.text('cli.upgrade.notAtomic'));
  return [
    ...level.map((sentence) => output.paint('strong', sentence)),
    output.paint('strong', title) + link,
    ...against.map((sentence) => `  ${output.paint('warning', sentence)}`),
  ];
}

function oneForecast(voice: Voice, forecast: Forecast): string[] {
  const { words } = voice;
  const { runs, seed } = forecast;
  return [
    words.text('cli.forecast.runs', { runs, seed }),
    groupsTable(voice, forecast),
    ...wholeText(voice, forecast),
    ...hoursText(voice, forecast),
    ...assumedText(voice, forecast),
  ];
}

function groupsTable({ words, output }: Voice, forecast: Forecast): string {
  const head = [
    'group',
    'servers',
    'begins',
    'passes',
    'heldFor',
    'bytes',
    'upgraded',
    'failed',
    'absent',
    'stops',
  ] as const;
  return output.table(
    head.map((one) => words.text(`cli.column.${one}`)),
    forecast.groups.map((group) => [
      group.name,
      String(group.servers),
      timeRange(group.startsAt),
      timeRange(group.endsAt),
      secondsRange(group.heldSeconds),
      bytesRange(group.bytes),
      countRange(group.upgraded),
      countRange(group.failed),
      countRange(group.absent),
      percent(group.stopsShare),
    ]),
  );
}

function wholeText({ words, output }: Voice, forecast: Forecast): string[] {
  const isInTime = forecast.mixedInTimeShare >= 0.9;
  const mixed = words.text('cli.forecast.mixed', {
    endsAt: inLine(timeRange(forecast.mixedEndsAt)),
    until: formatTime(forecast.mixedUntil),
    share: percent(forecast.mixedInTimeShare),
  });
  return [
    words.text('cli.forecast.end', {
      endsAt: inLine(timeRange(forecast.endsAt)),
      share: percent(forecast.finishedShare),
    }),
    output.paint(isInTime ? 'good' : 'warning', mixed),
    words.text('cli.forecast.traffic', {
      bytes: inLine(bytesRange(forecast.bytes)),
      busiest: inLine(bytesRange(forecast.bytesPerHourMax)),
    }),
    words.text('cli.forecast.inFlight', { inFlight: inLine(countRange(forecast.inFlightMax)) }),
    words.text('cli.forecast.work', { work: inLine(workRange(forecast.personMinutes)) }),
  ];
}

function hoursText({ words, output }: Voice, { startsAt, bytesPerHour }: Forecast): string[] {
  const busy = bytesPerHour.filter(({ high }) => high > 0);
  if (busy.length === 0) return [];
  const head = ['hour', 'low', 'median', 'high'] as const;
  const table = output.table(
    head.map((one) => words.text(`cli.column.${one}`)),
    busy
      .slice(0, hoursShown)
      .map(({ hour, low, median, high }) => [
        formatTime(startsAt + hour * 3_600_000),
        formatBytes(low),
        formatBytes(median),
        formatBytes(high),
      ]),
  );
  const left = busy.length - hoursShown;
  const more = left > 0 ? [words.text('cli.forecast.moreHours', { count: left })] : [];
  return ['', words.text('cli.forecast.hours'), table, ...more];
}

function assumedText({ words, output }: Voice, { assumed }: Forecast): string[] {
  if (assumed.length === 0) return [];
  const habits = assumed.map(({ habit, value }) => {
    const [name = '', cause] = habit.split('.');
    const word = words.term('habit', name);
    return `${word}${cause === undefined ? '' : ` (${words.term('cause', cause)})`}: ${value}`;
  });
  const lines = [words.text('cli.forecast.assumed'), ...habits.map((one) => `  ${one}`)];
  return ['', ...lines.map((line) => output.paint('quiet', line))];
}

function wayOf({ words }: Voice, { name, method, groups }: Comparison['alternatives'][number]) {
  // Ways of one plan are named by what they are, plans by their files.
  if (name !== `${method}-${groups}`) return name;
  return words.text('cli.forecast.way', { method: words.term('method', method), groups });
}

function comparisonText(voice: Voice, comparison: Comparison): string[] {
  const { words, output } = voice;
  const { alternatives, recommended } = comparison;
  const named = new Map(alternatives.map((one) => [one.name, wayOf(voice, one)]));
  const best = alternatives.find(({ name }) => name === recommended);
  const verdict =
    best === undefined
      ? output.paint('warning', words.text('cli.forecast.noneInTime'))
      : output.paint(
          'good',
          words.text('cli.forecast.recommended', {
            way: named.get(best.name) ?? best.name,
            work: workText(best.totalMinutes),
            endsAt: best.endsAt === null ? nothingThere : formatTime(best.endsAt.median),
          }),
        );
  const behind = comparison.because.map((other) =>
    words.text('cli.forecast.behind', {
      way: named.get(other.than) ?? other.than,
      work: signed(other.totalMinutesMore, workText),
      later: other.endsSecondsLater === null ? '?' : signed(other.endsSecondsLater, formatSeconds),
      bytes: signed(other.bytesMore, formatBytes),
      inTime: words.text(other.isInTime ? 'cli.forecast.inTime' : 'cli.forecast.late'),
    }),
  );
  const ways = comparison.equals.map((name) => named.get(name) ?? name).join('; ');
  const equal = ways === '' ? [] : [words.text('cli.forecast.equal', { ways })];
  const lines = [
    waysTable(voice, comparison),
    '',
    verdict,
    ...equal,
    ...behind.map((one) => `  ${one}`),
  ];
  return [...lines, ...conditionsText(voice, comparison)];
}

/** `formatBytes` knows no negative amounts. */
function signed(amount: number, format: (value: number) => string): string {
  return `${amount < 0 ? '−' : '+'}${format(Math.abs(amount))}`;
}

function waysTable(voice: Voice, { alternatives, recommended }: Comparison): string {
  const { words, output } = voice;
  const head = [
    'way',
    'ends',
    'level',
    'bytes',
    'busiestHour',
    'work',
    'firstGroup',
    'risk',
    'total',
    'inTime',
  ] as const;
  return output.table(
    head.map((one) => words.text(`cli.column.${one}`)),
    alternatives.map((one) => [
      one.name === recommended
        ? output.paint('good', `* ${wayOf(voice, one)}`)
        : `  ${wayOf(voice, one)}`,
      timeRange(one.endsAt),
      timeRange(one.mixedEndsAt),
      bytesRange(one.bytes),
      bytesRange(one.bytesPerHourMax),
      workRange(one.personMinutes),
      String(one.firstGroupServers),
      workText(one.riskMinutes),
      workText(one.totalMinutes),
      words.text(one.isInTime ? 'cli.forecast.inTime' : 'cli.forecast.late'),
    ]),
  );
}

function conditionsText({ words }: Voice, { conditions }: Comparison): string[] {
  if (conditions.length === 0) return [];
  const answers = {
    true: 'cli.forecast.holds',
    false: 'cli.forecast.holdsNot',
    null: 'cli.forecast.notKnown',
  } as const;
  const lines = conditions.map(({ condition, holds, speaksFor, value, limit }) => {
    const answer = words.text(answers[`${holds}`]);
    const figures =
      value === null || limit === null
        ? ''
        : ` (${words.text('cli.forecast.figures', { value, limit })})`;
    return words.text('cli.forecast.condition', {
      condition: words.term('condition', condition),
      answer: `${answer}${figures}`,
      method: words.term('method', speaksFor),
    });
  });
  return ['', words.text('cli.forecast.conditions'), ...lines.map((one) => `  ${one}`)];
}
