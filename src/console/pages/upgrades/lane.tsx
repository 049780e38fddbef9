/** One group: its line in time, its gate spelled out, and each of its servers as a mark. */

import { useState } from 'react';
import type { UpgradeView } from '#protocol/console/contract.ts';
import type { PlannedGroupView } from '#protocol/console/upgrade-calls.ts';
import { useWords } from '../../app/language.tsx';
import { timeIn, viewerZone } from '../../app/times.ts';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { Icon } from '../../parts/text/icon.tsx';
import { GateText } from './gate-text.tsx';
import { ApproveButton } from './direction-buttons.tsx';
import { ServerMarks } from './server-marks.tsx';
import type { Span, TimeScale } from './time-scale.ts';
import { toneOfState } from './tones.ts';

type Group = UpgradeView['groups'][number];

type Props = {
  readonly view: UpgradeView;
  readonly group: Group;
  readonly planned: PlannedGroupView;
  readonly scale: TimeScale;
  /** null: it is over. */
  readonly now: number | null;
  readonly startsOpen: boolean;
};

export function Lane({ view, group, planned, scale, now, startsOpen }: Props) {
  const words = useWords();
  const [isOpen, setOpen] = useState(startsOpen);
  const waitsForPerson = planned.notApprovable === null && isAsked(group, planned);
  return (
    <section
      className="group-lane"
      aria-label={words.text('upgrades.group', { group: group.name })}
    >
      <div className="group-lane-head">
        <button
          type="button"
          className="group-lane-name"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'down' : 'right'} />
          <strong>{group.name}</strong>
        </button>
        <StateMark tone={toneOfState(group.state)}>{words.term('state', group.state)}</StateMark>
        <span className="quiet">
          {words.text('upgrades.of', { done: group.counts['upgraded'] ?? 0, all: planned.servers })}
        </span>
      </div>
      <Track group={group} planned={planned} scale={scale} now={now} />
      <div className="group-lane-body">
        <div className="group-lane-said">
          <GateText group={group} soakSeconds={planned.soakSeconds} />
          <p className="quiet">
            {words.text(`upgrades.method.${planned.method}`)}
            {' · '}
            {words.text(planned.hold === 'site' ? 'upgrades.holdsSite' : 'upgrades.holdsServers')}
            {planned.approve ? ` · ${words.text('upgrades.needsApproval')}` : ''}
          </p>
          {group.because === null ? null : <p>{words.problem(group.because).sentence}</p>}
          {waitsForPerson ? (
            <ApproveButton view={view} group={group.name} look="main" notNow={null} />
          ) : null}
        </div>
        {isOpen ? (
          <ServerMarks upgrade={view.upgrade} group={group.name} all={planned.servers} />
        ) : null}
      </div>
    </section>
  );
}

/** Without a person it would not go on. */
function isAsked({ state, because }: Group, { approve }: PlannedGroupView): boolean {
  return state !== 'waiting' || (approve && because !== null);
}

function Track(props: Omit<Props, 'view' | 'startsOpen'>) {
  const { group, planned, scale, now } = props;
  const words = useWords();
  const { forecast } = planned;
  const expected = spanBetween(forecast?.startsAt?.median, forecast?.endsAt?.median);
  const range = spanBetween(forecast?.startsAt?.low, forecast?.endsAt?.high);
  const actual = spanBetween(group.openedAt, group.closedAt ?? now);
  const time = (at: number): string => timeIn(viewerZone(), at).slice(0, 16);
  const said = (span: Span | null): string =>
    span === null ? '–' : `${time(span.from)} – ${time(span.until)}`;
  const label = [
    `${words.text('upgrades.line.plan')}: ${time(planned.from)}`,
    `${words.text('upgrades.line.forecast')}: ${said(expected)}`,
    `${words.text('upgrades.line.actual')}: ${said(actual)}`,
  ].join('; ');
  return (
    <div className="track" role="img" aria-label={label} title={label}>
      {planned.windows.map((window) => (
        <Bar key={window.from} kind="window" scale={scale} span={window} />
      ))}
      <Bar kind="plan" scale={scale} span={{ from: planned.from, until: planned.from }} />
      <Bar kind="range" scale={scale} span={range} />
      <Bar kind="forecast" scale={scale} span={expected} />
      <Bar kind="actual" scale={scale} span={actual} tone={toneOfState(group.state)} />
      {now === null ? null : <Bar kind="now" scale={scale} span={{ from: now, until: now }} />}
    </div>
  );
}

function Bar(props: {
  readonly kind: string;
  readonly scale: TimeScale;
  readonly span: Span | null;
  readonly tone?: string;
}) {
  const { kind, scale, span, tone } = props;
  const style = span === null ? null : scale.span(span);
  return style === null ? null : (
    <span className="track-bar" data-kind={kind} data-tone={tone} style={style} />
  );
}

function spanBetween(from: number | null = null, until: number | null = null): Span | null {
  return from === null || until === null ? null : { from, until: Math.max(from, until) };
}
