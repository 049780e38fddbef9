/** What an upgrade came to: its forecast beside what happened, group by group, and who decided. */

import { getRouteApi, Link } from '@tanstack/react-router';
import { brand, type UpgradeId } from '#domain/names.ts';
import type { ReportDecision, ReportGroup, UpgradeReport } from '#protocol/console/report.ts';
import type { Range } from '#protocol/console/forecast.ts';
import { formatBytes } from '#words/format.ts';
import type { ConsoleWords } from '#words/words-console.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength, sayRange } from '../../app/lengths.ts';
import { timeIn, viewerZone } from '../../app/times.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { toneOfState } from './tones.ts';

const route = getRouteApi('/upgrades/$upgrade/report');

export function ReportPage() {
  const words = useWords();
  const upgrade = brand<UpgradeId>(route.useParams().upgrade);
  const report = useSiteCall('upgrade.report', { upgrade });
  return (
    <Page
      title={words.text('upgrades.reportOf', { upgrade })}
      above={
        <Link to="/upgrades/$upgrade" params={{ upgrade }}>
          {upgrade}
        </Link>
      }
      beside={
        report.data === undefined ? null : (
          <StateMark tone={toneOfState(report.data.state)}>
            {words.term('state', report.data.state)}
          </StateMark>
        )
      }
    >
      <Loaded query={report}>
        {(value) => (
          <>
            <Section title={words.text('upgrades.figures')}>
              <Figures report={value} />
            </Section>
            <Section title={words.text('upgrades.groups')}>
              <Groups report={value} />
            </Section>
            <Section title={words.text('upgrades.decisions')}>
              <Decisions report={value} />
            </Section>
            <CliLine line={cliLine('upgrade', 'report', upgrade)} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

type Row = { readonly name: string; readonly forecast: string; readonly actual: string };

const time = (at: number | null): string =>
  at === null ? '–' : timeIn(viewerZone(), Math.round(at));
/** No forecast knows seconds. */
const toMinute = (at: number): string => time(at).slice(0, 16);
const plain = (value: number): string => String(Math.round(value));

function figuresOf(report: UpgradeReport, words: ConsoleWords): readonly Row[] {
  const { forecast } = report;
  const ranged = (range: Range | null, say: (value: number) => string): string =>
    sayRange(words, range, say);
  return [
    row(
      words.text('upgrades.ended'),
      ranged(report.endsAt.forecast, toMinute),
      time(report.endsAt.actual),
    ),
    row(
      words.text('upgrades.bytes'),
      ranged(report.bytes.forecast, formatBytes),
      formatBytes(report.bytes.actual),
    ),
    row(
      words.text('upgrades.inFlightMost'),
      ranged(report.inFlightMax.forecast, plain),
      plain(report.inFlightMax.actual),
    ),
    row(words.text('upgrades.held'), '–', sayLength(words, report.heldSeconds.actual)),
    row(words.text('upgrades.upgraded'), '–', plain(report.upgraded.actual)),
    row(words.text('upgrades.failed'), '–', plain(report.failed.actual)),
    row(words.text('upgrades.absent'), '–', plain(report.absent.actual)),
    row(
      words.text('upgrades.mixedEnded'),
      ranged(report.mixed.endsAt.forecast, toMinute),
      time(report.mixed.endsAt.actual),
    ),
    row(
      words.text('upgrades.mixedDeadline'),
      time(forecast?.mixedUntil ?? null),
      time(report.mixed.until),
    ),
    row(
      words.text('upgrades.work'),
      ranged(report.personMinutes.forecast, (one) => sayLength(words, one * 60)),
      '–',
    ),
  ];
}

function rounded(at: number | null): number | null {
  return at === null ? null : Math.round(at);
}

function row(name: string, forecast: string, actual: string): Row {
  return { name, forecast, actual };
}

function Figures({ report }: { readonly report: UpgradeReport }) {
  const words = useWords();
  return (
    <ListTable<Row>
      name={`report-${report.upgrade}`}
      label={words.text('upgrades.figures')}
      rows={figuresOf(report, words)}
      keyOf={({ name }) => name}
      columns={[
        textColumn('figure', words.text('upgrades.figure'), { width: 200 }, ({ name }) => name),
        textColumn(
          'forecast',
          words.text('upgrades.line.forecast'),
          { width: 200 },
          (row) => row.forecast,
        ),
        textColumn(
          'actual',
          words.text('upgrades.line.actual'),
          { width: 200 },
          (row) => row.actual,
        ),
      ]}
      empty={null}
    />
  );
}

function Groups({ report }: { readonly report: UpgradeReport }) {
  const words = useWords();
  const number = (id: 'upgraded' | 'failed' | 'absent') => ({
    ...textColumn<ReportGroup>(id, words.text(`upgrades.${id}`), { width: 60 }, (group) =>
      String(group[id].actual),
    ),
    align: 'end' as const,
  });
  return (
    <ListTable<ReportGroup>
      name={`report-groups-${report.upgrade}`}
      label={words.text('upgrades.groups')}
      rows={report.groups}
      keyOf={({ name }) => name}
      columns={[
        textColumn('group', words.text('fleet.column.group'), { width: 80 }, ({ name }) => name),
        textColumn('state', words.text('fleet.column.state'), { width: 90 }, ({ state }) =>
          words.term('state', state),
        ),
        timeColumn(
          'startsAt',
          words.text('upgrades.started'),
          { width: 150 },
          (group) => group.startsAt.actual,
        ),
        timeColumn('endsForecast', words.text('upgrades.endsForecast'), { width: 150 }, (group) =>
          rounded(group.endsAt.forecast?.median ?? null),
        ),
        timeColumn(
          'endsAt',
          words.text('upgrades.ended'),
          { width: 150 },
          (group) => group.endsAt.actual,
        ),
        textColumn('bytes', words.text('upgrades.bytes'), { width: 90 }, (group) =>
          formatBytes(group.bytes.actual),
        ),
        number('upgraded'),
        number('failed'),
        number('absent'),
      ]}
      empty={null}
    />
  );
}

function Decisions({ report }: { readonly report: UpgradeReport }) {
  const words = useWords();
  // Those of the groups stand among them.
  const all = report.decisions;
  return (
    <ListTable<ReportDecision>
      name={`report-decisions-${report.upgrade}`}
      label={words.text('upgrades.decisions')}
      rows={all.toSorted((left, right) => left.at - right.at)}
      keyOf={({ at, decision, group }) => `${at} ${decision} ${group}`}
      columns={[
        timeColumn('at', words.text('upgrades.at'), { width: 160 }, ({ at }) => at),
        textColumn('who', words.text('upgrades.who'), { width: 120 }, ({ who }) => who),
        textColumn('decision', words.text('upgrades.decision'), { width: 140 }, ({ decision }) =>
          words.term('decision', decision),
        ),
        textColumn('group', words.text('fleet.column.group'), { width: 80 }, ({ group }) => group),
      ]}
      empty={<p className="quiet">{words.text('upgrades.noDecision')}</p>}
    />
  );
}
