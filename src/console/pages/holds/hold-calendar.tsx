/** Which holds stand on which day of a month: a table that reads like a calendar on the wall. */

import { useState } from 'react';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { useWords } from '../../app/language.tsx';
import { holdsOn, weeksOf, type Day } from './month.ts';

const namedMax = 3;

export function HoldCalendar({ holds }: { readonly holds: readonly HoldView[] }) {
  const words = useWords();
  const [away, setAway] = useState(0);
  const today = new Date();
  const [year, month] = [today.getFullYear(), today.getMonth() + away];
  const weeks = weeksOf(year, month);
  const name = new Intl.DateTimeFormat(words.language, { year: 'numeric', month: 'long' });
  const weekday = new Intl.DateTimeFormat(words.language, { weekday: 'short' });
  const go = (months: number, text: string) => (
    <button type="button" className="button" data-look="small" onClick={() => setAway(months)}>
      {text}
    </button>
  );
  return (
    <div className="calendar">
      <div className="calendar-months">
        {go(away - 1, words.text('holds.monthBefore'))}
        {go(0, words.text('holds.today'))}
        {go(away + 1, words.text('holds.monthAfter'))}
      </div>
      <table>
        <caption aria-live="polite">{name.format(new Date(year, month, 1))}</caption>
        <thead>
          <tr>
            {weeks[0]?.map(({ from }) => (
              <th key={from} scope="col">
                {weekday.format(from)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]?.from}>
              {week.map((day) => (
                <DayCell key={day.from} day={day} holds={holdsOn(holds, day)} now={+today} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type OfDay = { readonly day: Day; readonly holds: readonly HoldView[]; readonly now: number };

function DayCell({ day, holds, now }: OfDay) {
  const words = useWords();
  const isToday = day.from <= now && now < day.until;
  return (
    <td data-outside={!day.isOfMonth} {...(isToday ? { 'aria-current': 'date' as const } : {})}>
      <span className="calendar-date">{new Date(day.from).getDate()}</span>
      {holds.slice(0, namedMax).map(({ id, reason, active, planned }) => (
        <span
          key={id}
          className="calendar-hold"
          data-state={active ? 'active' : planned ? 'planned' : 'over'}
          title={reason}
        >
          {reason}
        </span>
      ))}
      {holds.length <= namedMax ? null : (
        <span className="quiet">
          {words.text('fleet.andMore', { servers: holds.length - namedMax })}
        </span>
      )}
    </td>
  );
}
