/** Read back by a parser that shares no line with what wrote it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { brand } from '#domain/names.ts';
import type { HoldView } from '../console/hold-calls.ts';
import { holdsCalendar } from './holds-calendar.ts';

const now = Date.UTC(2026, 10, 23);
const freeze: HoldView = {
  id: brand('cm-t1-1'),
  reason: 'year end',
  owner: 'mori',
  from: Date.UTC(2026, 11, 25, 9),
  until: Date.UTC(2027, 0, 5, 9),
  servers: [brand('tokyo'), brand('osaka')],
  domains: [],
  lanes: ['program', 'content'],
  components: [],
  active: false,
  planned: true,
  series: null,
  warning: null,
  keepsBack: [],
};

function eventsOf(holds: readonly HoldView[]) {
  const text = holdsCalendar(holds, { name: 'head office', now });
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
  return { text, calendar, events };
}

test('a hold is an event with its reason, its instants and its scope', () => {
  const { calendar, events } = eventsOf([freeze]);
  assert.equal(calendar.getFirstPropertyValue('version'), '2.0');
  assert.equal(calendar.getFirstPropertyValue('x-wr-calname'), 'head office');
  const [event] = events;
  assert.ok(event);
  assert.deepEqual(
    [event.uid, event.summary, event.description],
    ['cm-t1-1@dankai', 'year end', 'cm-t1-1 · mori · tokyo, osaka · program + content'],
  );
  assert.equal(event.startDate.toJSDate().getTime(), freeze.from);
  assert.equal(event.endDate.toJSDate().getTime(), freeze.until);
});

test('what was released before it began is no event, and an empty calendar is one', () => {
  assert.equal(eventsOf([{ ...freeze, until: freeze.from - 1 }]).events.length, 0);
  assert.equal(eventsOf([]).events.length, 0);
});

test('whatever a reason holds comes back, in lines as short as the format wants', () => {
  // What is no text of a calendar: control signs, and a line's end of another kind.
  const reason = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 500 })
    .map((text) => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ').trim())
    .filter((text) => text !== '');
  const instant = fc.integer({ min: 0, max: 4e9 });
  fc.assert(
    fc.property(fc.array(fc.tuple(reason, instant), { maxLength: 5 }), (drawn) => {
      const holds = drawn.map(([text, seconds], place) => {
        const from = seconds * 1_000;
        return {
          ...freeze,
          id: brand<HoldView['id']>(`h${place}`),
          reason: text,
          from,
          until: from + 60_000,
        };
      });
      const { text, events } = eventsOf(holds);
      const found = events.map(({ uid, summary, startDate }) => {
        return [uid, summary, startDate.toJSDate().getTime()];
      });
      assert.deepEqual(
        found,
        holds.map(({ id, reason: said, from }) => [`${id}@dankai`, said, from]),
      );
      const longest = Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)));
      assert.ok(longest <= 75, `${longest} bytes`);
    }),
  );
});
