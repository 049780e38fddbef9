import assert from 'node:assert/strict';
import { it } from 'node:test';
import { limits } from './limits.ts';
import type { Event } from './track.ts';
import { bytesOfProcess, openWatch } from './watch.ts';

const hour = 3_600_000;
const mebibyte = 1024 * 1024;

function watched(changes: { readonly unacceptedHoursMax?: number | null } = {}) {
  const world = { now: 0, mebibytes: 30, run: 1 };
  const events: Event[] = [];
  const watch = openWatch({
    memoryMebibytesMax: (service) => (service === 'one' ? 100 : null),
    silenceSecondsMax: 120,
    unacceptedHoursMax: 24,
    runs: () => ['one', 'two'].map((service) => ({ service, run: world.run, pid: 7 })),
    bytesOf: () => world.mebibytes * mebibyte,
    now: () => world.now,
    post: (event) => void events.push(event),
    ...changes,
  });
  const look = (): string[] => {
    watch.look();
    return events.splice(0).map((event) => {
      return event.type === 'over-limit' ? `${event.what} ${event.service}` : event.type;
    });
  };
  return { world, watch, look };
}

it('tells of a service over its limit of memory, and of no other', () => {
  const { world, look } = watched();
  assert.deepEqual(look(), []);
  world.mebibytes = 101;
  assert.deepEqual(look(), ['memory one']);
});

it('tells of silence after a word, never of a version that says none', () => {
  const { world, watch, look } = watched();
  world.now = hour;
  assert.deepEqual(look(), []);
  watch.alive('two', 1, 'accepted');
  world.now += 119_000;
  assert.deepEqual(look(), []);
  world.now += 2_000;
  assert.deepEqual(look(), ['hang two']);
  assert.deepEqual(look(), [], 'once');
});

it('does not take the word of an earlier run for one of this', () => {
  const { world, watch, look } = watched();
  watch.alive('two', 1, 'accepted');
  world.run = 2;
  world.now = hour;
  assert.deepEqual(look(), []);
});

it('tells of a day without a session only while the address answers, and once a day', () => {
  const { world, watch, look } = watched();
  const every = (session: 'accepted' | 'answered' | 'away', hours: number): string[] => {
    const told: string[] = [];
    for (let minute = 0; minute < hours * 60; minute++) {
      world.now += 60_000;
      watch.alive('one', 1, session);
      told.push(...look());
    }
    return told;
  };
  assert.deepEqual(every('away', 72), [], 'a link that is down blames nobody');
  assert.deepEqual(every('answered', 1), ['unaccepted']);
  assert.deepEqual(every('answered', 23), []);
  assert.deepEqual(every('answered', 2), ['unaccepted']);
  assert.deepEqual(every('accepted', 48), []);
  world.now += limits.answeredMillisecondsMax + 1;
  assert.deepEqual(every('away', 30), []);
});

it('goes back to no journal of before', () => {
  const { world, watch, look } = watched({ unacceptedHoursMax: null });
  world.now = 100 * hour;
  watch.alive('one', 1, 'answered');
  assert.deepEqual(look(), []);
});

it('sees the memory of a process that is there', () => {
  const bytes = bytesOfProcess(process.pid);
  assert(bytes !== null && bytes > mebibyte && bytes < 4_096 * mebibyte, String(bytes));
  assert.equal(bytesOfProcess(2 ** 22 + 1), null);
});
