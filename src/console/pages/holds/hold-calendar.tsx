/** When each hold stands: a bar over the days, with a line for now. The list says the same in words. */

import type { HoldView } from '#protocol/console/hold-calls.ts';
import { useWords } from '../../app/language.tsx';
import { timeIn, viewerZone } from '../../app/times.ts';

const dayMs = 24 * 3_600_000;
const daysShownMin = 3;
const marksMax = 14;

export function HoldCalendar({ holds }: { readonly holds: readonly HoldView[] }) {
  const words = useWords();
  const now = Date.now();
  const from = startOfDay(Math.min(now, ...holds.map((one) => one.from)));
  const until = Math.max(from + daysShownMin * dayMs, ...holds.map((one) => one.until));
  const left = (at: number): string => `${((at - from) / (until - from)) * 100}%`;
  const days = Math.ceil((until - from) / dayMs);
  const step = Math.ceil(days / marksMax);
  const marks = Array.from({ length: Math.ceil(days / step) }, (_, place) => place * step);
  return (
    <div className="calendar" aria-hidden="true">
      <div className="calendar-days">
        {marks.map((day) => (
          <span key={day} style={{ left: left(from + day * dayMs) }}>
            {timeIn(viewerZone(), from + day * dayMs).slice(5, 10)}
          </span>
        ))}
      </div>
      {holds.map((hold) => (
        <div className="calendar-lane" key={hold.id}>
          <span
            className="calendar-bar"
            data-active={hold.active}
            style={{
              left: left(hold.from),
              right: `${100 - Number.parseFloat(left(hold.until))}%`,
            }}
          >
            {hold.reason}
          </span>
        </div>
      ))}
      <span className="calendar-now" style={{ left: left(now) }} title={words.text('holds.now')} />
    </div>
  );
}

/** In the viewer's zone, as the days above the bars are. */
function startOfDay(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
