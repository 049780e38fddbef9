/** Groups as lanes on one time line: when they were planned, forecast, and when they really went. */

import { useWords } from '../../app/language.tsx';
import { timeIn, viewerZone } from '../../app/times.ts';
import { Lane } from './lane.tsx';
import { scaleOf, spanOf, type TimeScale } from './time-scale.ts';
import type { UpgradeProps } from './upgrade-data.ts';

/** Of so many groups every one shows its servers; of more, the one whose turn it is. */
const groupsOpenMax = 8;

export function UpgradeLanes({ view, shown }: UpgradeProps) {
  const scale = scaleOf(spanOf(view, shown.groups, shown.now));
  const now = view.finishedAt === null ? shown.now : null;
  return (
    <div className="lanes">
      <Legend />
      <Axis scale={scale} />
      {shown.groups.map((planned) => {
        const group = view.groups.find(({ name }) => name === planned.name);
        if (group === undefined) return null;
        const isOpen = shown.groups.length <= groupsOpenMax || shown.turn === planned.name;
        return (
          <Lane
            key={planned.name}
            view={view}
            group={group}
            planned={planned}
            scale={scale}
            now={now}
            startsOpen={isOpen}
          />
        );
      })}
    </div>
  );
}

function Legend() {
  const words = useWords();
  return (
    <ul className="lane-legend" aria-hidden="true">
      {(['plan', 'forecast', 'actual'] as const).map((line) => (
        <li key={line} data-line={line}>
          {words.text(`upgrades.line.${line}`)}
        </li>
      ))}
    </ul>
  );
}

const dayMs = 86_400_000;

function Axis({ scale }: { readonly scale: TimeScale }) {
  const isLong = scale.until - scale.from > dayMs;
  return (
    <div className="lane-axis" aria-hidden="true">
      {scale.ticks.map((tick) => {
        const text = timeIn(viewerZone(), tick);
        return (
          <span key={tick} style={{ left: `${scale.at(tick)}%` }}>
            {isLong ? text.slice(5, 16) : text.slice(11, 16)}
          </span>
        );
      })}
    </div>
  );
}
