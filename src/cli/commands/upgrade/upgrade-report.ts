/** What became of an upgrade, beside what was forecast before it started (S7, R6). */

import type { ReportDecision, ReportGroup, UpgradeReport } from '#protocol/console/report.ts';
import type { Range } from '#protocol/console/forecast.ts';
import { upgradeId } from '#protocol/shared/primitives.ts';
import { formatBytes, formatSeconds, formatTime } from '#words/format.ts';
import { answered, refused, type Command, type Context } from '../../command.ts';
import { argument, parsed } from '../../given.ts';
import {
  bytesRange,
  countRange,
  workRange,
  percent,
  secondsRange,
  timeRange,
} from './show-ranges.ts';
import { nothingThere, stateText, timeOrNothing } from '../../terminal/show.ts';

export const reportUpgrade: Command = async (context, given) => {
  const name = argument(given, 0);
  const upgrade =
    name === '' ? null : parsed(upgradeId, name, { option: 'UPGRADE', expected: 'name' });
  if (upgrade?.ok === false) return refused(context, upgrade.because);
  const params = upgrade === null ? {} : { upgrade: upgrade.value };
  const answer = await context.informationServer.call('upgrade.report', params);
  return answered(context, answer, (report) => context.output.data(reportText(context, report)));
};

export function reportText(context: Context, report: UpgradeReport): string {
  const { words, output } = context;
  const { upgrade, component, version, site } = report;
  const state = stateText(context, report.state);
  const lines = [words.text('cli.report.head', { upgrade, component, version, site, state })];
  if (report.because !== null) lines.push(`  ${words.problem(report.because).sentence}`);
  if (report.forecastAbsent !== null) {
    lines.push(output.paint('warning', words.problem(report.forecastAbsent).sentence));
  }
  lines.push(
    figuresTable(context, wholeRows(context, report)),
    mixedText(context, report),
    ...report.groups.flatMap((group) => ['', ...groupText(context, group)]),
  );
  if (report.decisions.length > 0) lines.push('', words.text('cli.report.decisions'));
  return [...lines, ...report.decisions.map((one) => `  ${decisionText(context, one)}`)].join('\n');
}

type Row = readonly [what: string, forecast: string, actual: string];

function figuresTable({ words, output }: Context, rows: readonly Row[]): string {
  const isForecast = rows.some(([, forecast]) => forecast !== nothingThere);
  const head = (['figure', 'forecast', 'actual'] as const).map((one) =>
    words.text(`cli.column.${one}`),
  );
  if (isForecast) return output.table(head, rows);
  // Why there is none is said above; a column of dashes would add nothing.
  const [figure, , actual] = head;
  return output.table(
    [figure ?? '', actual ?? ''],
    rows.filter(([, , done]) => done !== nothingThere).map(([what, , done]) => [what, done]),
  );
}

const none: Range | null = null;

function wholeRows({ words }: Context, report: UpgradeReport): Row[] {
  return [
    [words.text('cli.column.begins'), nothingThere, formatTime(report.startedAt)],
    [
      words.text('cli.column.ends'),
      timeRange(report.endsAt.forecast),
      timeOrNothing(report.endsAt.actual),
    ],
    [
      words.text('cli.column.level'),
      timeRange(report.mixed.endsAt.forecast),
      timeOrNothing(report.mixed.endsAt.actual),
    ],
    [
      words.text('cli.column.heldFor'),
      secondsRange(none),
      formatSeconds(report.heldSeconds.actual),
    ],
    [
      words.text('cli.column.bytes'),
      bytesRange(report.bytes.forecast),
      formatBytes(report.bytes.actual),
    ],
    [words.text('cli.column.upgraded'), countRange(none), String(report.upgraded.actual)],
    [words.text('cli.column.failed'), countRange(none), String(report.failed.actual)],
    [words.text('cli.column.absent'), countRange(none), String(report.absent.actual)],
    [
      words.text('cli.column.inFlight'),
      countRange(report.inFlightMax.forecast),
      String(report.inFlightMax.actual),
    ],
    [words.text('cli.column.work'), workRange(report.personMinutes.forecast), nothingThere],
  ];
}

type Column =
  | 'begins'
  | 'passes'
  | 'heldFor'
  | 'bytes'
  | 'upgraded'
  | 'failed'
  | 'absent'
  | 'inFlight';

function groupText(context: Context, group: ReportGroup): string[] {
  const { words, output } = context;
  const title = words.text('cli.report.group', {
    group: group.name,
    servers: group.servers,
    state: stateText(context, group.state),
  });
  const because = group.because === null ? [] : [`  ${words.problem(group.because).sentence}`];
  const { startsAt, endsAt, heldSeconds, bytes, upgraded, absent } = group;
  const row = (column: Column, forecast: string, actual: string): Row => [
    words.text(`cli.column.${column}`),
    forecast,
    actual,
  ];
  const rows: Row[] = [
    row('begins', timeRange(startsAt.forecast), timeOrNothing(startsAt.actual)),
    row('passes', timeRange(endsAt.forecast), timeOrNothing(endsAt.actual)),
    row('heldFor', secondsRange(heldSeconds.forecast), formatSeconds(heldSeconds.actual)),
    row('bytes', bytesRange(bytes.forecast), formatBytes(bytes.actual)),
    row('upgraded', countRange(upgraded.forecast), String(upgraded.actual)),
    row('failed', countRange(group.failed.forecast), failedText(context, group)),
    row('absent', countRange(absent.forecast), String(absent.actual)),
    row('inFlight', nothingThere, String(group.inFlightMax)),
  ];
  return [output.paint('strong', title), ...because, figuresTable(context, rows)];
}

/** `3 (2 health, 1 vanished)` */
function failedText({ words }: Context, { failed, failedBy, vanished, held }: ReportGroup): string {
  const parts = [
    ...Object.entries(failedBy).map(
      ([cause, count]) => [count, words.term('cause', cause)] as const,
    ),
    [vanished, words.term('state', 'vanished')] as const,
    [held, words.term('state', 'held')] as const,
  ].filter(([count]) => (count ?? 0) > 0);
  const causes = parts.map(([count, word]) => `${count} ${word}`).join(', ');
  return causes === '' ? String(failed.actual) : `${failed.actual} (${causes})`;
}

function mixedText({ words, output }: Context, { mixed }: UpgradeReport): string {
  const { isInTime, inTimeShare, behind } = mixed;
  const answer = {
    true: 'cli.report.mixedInTime',
    false: 'cli.report.mixedLate',
    null: 'cli.report.mixedOpen',
  } as const;
  const text = words.text(answer[`${isInTime}`], {
    from: timeOrNothing(mixed.from),
    until: formatTime(mixed.until),
    behind,
  });
  const share =
    inTimeShare === null
      ? ''
      : words.text('cli.report.mixedShare', { share: percent(inTimeShare) });
  return output.paint(isInTime === false ? 'bad' : 'good', text + share);
}

function decisionText({ words }: Context, { at, who, decision, group }: ReportDecision): string {
  const said = words.term('decision', decision);
  return `${formatTime(at)} ${who}: ${said}${group === null ? '' : ` (${group})`}`;
}
