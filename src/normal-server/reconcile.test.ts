import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type ComponentName, type Digest, type LeaseId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { limits } from './limits.ts';
import { change, nextDue, successors, type Item, type Progress } from './progress.ts';
import { reconcile } from './reconcile.ts';
import { initialState, type Action, type Event, type State } from './state.ts';

const digest = (letter: string): Digest => brand<Digest>(letter.repeat(64));
const component = (name: string): ComponentName => brand<ComponentName>(name);
const lease = brand<LeaseId>('lease-1');
const moment = { now: 1_000, chance: 0.5 };

const item = (
  name: string,
  letter: string,
  lane: 'program' | 'content' = 'program',
): WantedItem => {
  return { component: component(name), lane, version: '1', digest: digest(letter) };
};
const sensor = item('sensor', 'a');
const pattern = item('pattern', 'b', 'content');
const own = item('program', 'c');

const fresh = (changes: Partial<State['standing']> = {}): State =>
  initialState({
    standing: {
      self: component('program'),
      withInformationServer: false,
      jitterMilliseconds: 0,
      ...changes,
    },
    fence: { epoch: 1, number: 0 },
    installed: new Map(),
    returns: new Map(),
  });

type Told = { readonly state: State; readonly actions: readonly Action[] };

/** Plays events; each may come with its own time. */
function play(state: State, ...events: readonly (Event | { at: number; event: Event })[]): Told {
  let told: Told = { state, actions: [] };
  for (const one of events) {
    const { at, event } = 'at' in one ? one : { at: moment.now, event: one };
    told = reconcile(told.state, event, { ...moment, now: at });
  }
  return told;
}

const wanted = (number: number, ...items: readonly WantedItem[]): Event => ({
  type: 'wanted',
  fence: { epoch: 1, number },
  items,
});
const of = ({ component: name, digest: which }: WantedItem) => ({ component: name, digest: which });
const staged = (one: WantedItem): Event => ({ type: 'staged', ...of(one) });
const granted = (request: number, seconds = 60): Event => ({
  type: 'lease',
  request,
  lease,
  digest: sensor.digest,
  seconds,
});
const prepared: Event = { type: 'prepared', ...of(sensor), intact: true };
const confirmed: Event = { type: 'confirmed', lease, go: true };
const returned: Event = { type: 'returned', ...of(sensor), cause: 'health', detail: 'sick' };

const progressOf = ({ state }: Told, one: WantedItem): Progress['state'] | null =>
  state.items.find(({ wanted: each }) => each.digest === one.digest)?.progress.state ?? null;
const done = ({ actions }: Told): string[] => actions.map((action) => action.do);

const upTo = {
  downloading: [{ type: 'session-open' }, wanted(1, sensor)],
  asking: [{ type: 'session-open' }, wanted(1, sensor), staged(sensor)],
} as const;
const leased = [...upTo.asking, granted(1)];
const confirming = [...leased, prepared];
const switching = [...confirming, confirmed];

const ways: readonly (readonly [string, readonly Event[], Progress['state'], readonly string[]])[] =
  [
    [
      'a wish is fetched',
      upTo.downloading,
      'downloading',
      ['remember', 'keep-downloads', 'stage', 'report'],
    ],
    ['what is staged asks', upTo.asking, 'asking', ['report', 'ask']],
    ['a lease is prepared for', leased, 'leased', ['prepare']],
    ['what is prepared asks once more', confirming, 'confirming', ['confirm']],
    ['a go is a switch', switching, 'switching', ['switch', 'report']],
    [
      'a switch proves itself',
      [...switching, { type: 'proving', ...of(sensor) }],
      'proving',
      ['report'],
    ],
    [
      'and ends',
      [...switching, { type: 'installed', ...of(sensor) }],
      'installed',
      ['remember', 'report'],
    ],
    ['or returns', [...switching, returned], 'returned', ['remember', 'report']],
    ['a no is no switch', [...confirming, { type: 'confirmed', lease, go: false }], 'staged', []],
    ['another request is not ours', [...upTo.asking, granted(2)], 'asking', []],
    [
      'another lease is not ours',
      [...confirming, { type: 'confirmed', lease: brand<LeaseId>('x'), go: true }],
      'confirming',
      [],
    ],
    [
      'what was changed meanwhile is fetched again',
      [...leased, { type: 'prepared', ...of(sensor), intact: false }],
      'downloading',
      ['stage', 'report'],
    ],
    ['a refusal waits', [...upTo.asking, { type: 'refused', request: 1 }], 'staged', []],
    [
      'the next word makes it ask again',
      [...upTo.asking, { type: 'refused', request: 1 }, wanted(1, sensor)],
      'asking',
      ['keep-downloads', 'report', 'ask'],
    ],
    [
      'a lost session gives the lease up',
      [...confirming, { type: 'session-closed' }],
      'staged',
      [],
    ],
    [
      'a go after that is not heard',
      [...confirming, { type: 'session-closed' }, confirmed],
      'staged',
      [],
    ],
    ['a switch outlives its session', [...switching, { type: 'session-closed' }], 'switching', []],
    [
      'without a wish obeyed in this session nothing is asked',
      [...upTo.downloading, { type: 'session-closed' }, { type: 'session-open' }, staged(sensor)],
      'staged',
      ['report'],
    ],
  ];

for (const [name, events, state, actions] of ways) {
  test(name, () => {
    const told = play(fresh(), ...events);
    assert.equal(progressOf(told, sensor), state);
    assert.deepEqual(done(told), actions);
  });
}

test('the lease is counted from before the request', () => {
  const asked = play(fresh(), ...upTo.asking).state;
  const told = play(asked, { at: 50_000, event: { type: 'tick' } }, ...upTo.asking.slice(0, 0));
  assert.equal(progressOf(told, sensor), 'staged', 'no answer in time');
  const late = play(asked, { at: 20_000, event: granted(1, 15) });
  assert.equal(progressOf(late, sensor), 'staged', 'asked at 1 s for 15 s, answered at 20 s');
});

test('a go after its time is no switch', () => {
  const state = play(fresh(), ...confirming).state;
  const at = moment.now + limits.confirmMilliseconds;
  assert.equal(progressOf(play(state, { at, event: confirmed }), sensor), 'staged');
  assert.equal(progressOf(play(state, { at: at - 1, event: confirmed }), sensor), 'switching');
  const short = play(fresh(), ...upTo.asking, granted(1, 2), prepared).state;
  assert.equal(progressOf(play(short, { at: 3_000, event: confirmed }), sensor), 'staged');
  assert.equal(progressOf(play(short, { at: 2_999, event: confirmed }), sensor), 'switching');
});

test('one program at a time; content does not wait for it', () => {
  const other = item('other', 'd');
  const told = play(
    fresh(),
    { type: 'session-open' },
    wanted(1, sensor, pattern, other),
    staged(sensor),
    staged(pattern),
    staged(other),
  );
  assert.equal(progressOf(told, sensor), 'asking');
  assert.equal(progressOf(told, pattern), 'switching');
  assert.equal(progressOf(told, other), 'staged');
  const next = play(told.state, granted(1), prepared, confirmed, {
    type: 'installed',
    ...of(sensor),
  });
  assert.equal(progressOf(next, other), 'asking');
});

test('content is begun with only in a session that has said so', () => {
  const cut = play(
    fresh(),
    { type: 'session-open' },
    wanted(1, pattern),
    { type: 'session-closed' },
    staged(pattern),
  );
  assert.equal(progressOf(cut, pattern), 'staged');
  assert.ok(!done(cut).includes('switch'));
  const opened = play(cut.state, { type: 'session-open' });
  assert.equal(progressOf(opened, pattern), 'staged');
  assert.equal(progressOf(play(opened.state, wanted(2, pattern)), pattern), 'switching');
  // It was withdrawn meanwhile.
  assert.deepEqual(play(opened.state, wanted(2)).state.items, []);
});

test('content that is wanted back while newer is being switched to is switched to after that', () => {
  const newer = { ...pattern, version: '2', digest: digest('e') };
  const before = play(
    fresh(),
    { type: 'session-open' },
    wanted(1, pattern),
    staged(pattern),
    { type: 'installed', ...of(pattern) },
    wanted(2, newer),
    staged(newer),
  );
  assert.equal(progressOf(before, newer), 'switching');
  // It was withdrawn; what its engine does with it has not ended yet.
  const back = play(before.state, wanted(3, pattern));
  assert.equal(progressOf(back, pattern), 'installed');
  const ended = play(back.state, { type: 'installed', ...of(newer) });
  assert.ok(['downloading', 'staged', 'switching'].includes(progressOf(ended, pattern) ?? ''));
  const again = play(ended.state, staged(pattern), { type: 'installed', ...of(pattern) });
  assert.equal(progressOf(again, pattern), 'installed');
  assert.equal(again.state.installed.get(pattern.component), pattern.digest);
});

test('a stale fence changes nothing', () => {
  const before = play(fresh(), { type: 'session-open' }, wanted(5, sensor)).state;
  const told = play(before, wanted(4, pattern));
  assert.deepEqual(told.state, before);
  assert.deepEqual(done(told), ['log']);
  const epoch: Event = { type: 'wanted', fence: { epoch: 2, number: 0 }, items: [pattern] };
  assert.equal(progressOf(play(before, epoch), pattern), 'downloading');
});

test('what is no longer wanted is abandoned, and its late end means nothing', () => {
  const told = play(fresh(), ...upTo.downloading, wanted(2));
  assert.deepEqual(done(told), ['remember', 'abandon', 'keep-downloads']);
  assert.deepEqual(play(told.state, staged(sensor)).actions, []);
});

test('a switch that is under way outlives a change of the wish', () => {
  const newer = item('sensor', 'e');
  const state = play(fresh(), ...switching, wanted(2, newer), staged(newer)).state;
  assert.equal(progressOf({ state, actions: [] }, newer), 'staged');
  const ended = play(state, { type: 'installed', ...of(sensor) });
  assert.equal(progressOf(ended, newer), 'asking');
  assert.equal(ended.state.installed.get(sensor.component), sensor.digest);
});

test('what failed here is tried once for each higher fence, and told before', () => {
  const state = play(fresh(), ...switching, returned).state;
  const same = play(state, wanted(1, sensor));
  assert.deepEqual(done(same), ['keep-downloads', 'report']);
  assert.equal(progressOf(same, sensor), 'returned');
  const higher = play(same.state, wanted(2, sensor));
  assert.deepEqual(done(higher), ['remember', 'keep-downloads', 'report', 'stage', 'report']);
  const [, , first] = higher.actions;
  assert(first?.do === 'report' && first.item.progress.state === 'returned');
  const refused = play(higher.state, staged(sensor), { type: 'refused', request: 2 });
  assert.equal(progressOf(refused, sensor), 'returned');
  assert.equal(progressOf(play(refused.state, wanted(2, sensor)), sensor), 'returned');
});

test('a failure is tried again by time, by a higher fence, and of the link by any word', () => {
  const failed = (cause: 'network' | 'disk' | 'signature'): State => {
    const because = problem('DISK_FULL', { path: 'x' });
    const event: Event = { type: 'stage-failed', ...of(sensor), because, cause };
    return play(fresh(), ...upTo.downloading, event).state;
  };
  const after = (state: State, event: Event, at = moment.now): Progress['state'] | null =>
    progressOf(play(state, { at, event }), sensor);
  assert.equal(after(failed('disk'), wanted(1, sensor)), 'failed');
  assert.equal(after(failed('disk'), wanted(2, sensor)), 'downloading');
  assert.equal(after(failed('network'), wanted(1, sensor)), 'downloading');
  assert.equal(after(failed('signature'), wanted(2, sensor)), 'failed');
  const due = nextDue(failed('signature').items, 0, moment.now);
  assert(due !== null);
  assert.equal(after(failed('signature'), { type: 'tick' }, due - 1), 'failed');
  assert.equal(after(failed('signature'), { type: 'tick' }, due), 'downloading');
});

test('a person who resumes has what failed tried anew, whatever failed, and hears no old failure', () => {
  for (const cause of ['signature', 'network', 'disk'] as const) {
    const because = problem('DISK_FULL', { path: 'x' });
    const event: Event = { type: 'stage-failed', ...of(sensor), because, cause };
    const { state } = play(fresh(), ...upTo.downloading, event);
    const again = play(state, wanted(2, { ...sensor, attempt: 1 }));
    assert.equal(progressOf(again, sensor), 'downloading', cause);
    const said = again.actions.flatMap((one) => (one.do === 'report' ? [one.item] : []));
    assert.deepEqual(
      said.map(({ progress, failures }) => [progress.state, failures]),
      [['downloading', 0]],
    );
    const failed = play(again.state, event);
    const [report] = failed.actions;
    assert.equal(report?.do === 'report' && report.item.wanted.attempt, 1);
    const same = play(failed.state, wanted(2, { ...sensor, attempt: 1 }));
    assert.equal(progressOf(same, sensor), cause === 'network' ? 'downloading' : 'failed');
  }
});

test('the jitter delays the fetching of what is new, and of nothing else', () => {
  const state = play(fresh({ jitterMilliseconds: 10_000 }), wanted(1, sensor)).state;
  assert.equal(progressOf({ state, actions: [] }, sensor), 'idle');
  assert.equal(nextDue(state.items, state.fetchFrom, moment.now), 6_000);
  const told = play(state, { at: 6_000, event: { type: 'tick' } });
  assert.equal(progressOf(told, sensor), 'downloading');
});

test('its own program is left to the information server beside it', () => {
  const told = play(fresh({ withInformationServer: true }), wanted(1, own, sensor));
  assert.equal(progressOf(told, own), 'idle');
  assert.equal(progressOf(told, sensor), 'downloading');
});

test('a switch found open at the start is proving, whatever the disk calls current', () => {
  const open: Event = { type: 'underway', ...of(sensor), before: digest('f') };
  const start = { ...fresh(), installed: new Map([[sensor.component, sensor.digest]]) };
  const told = play(start, open, { type: 'session-open' }, wanted(1, sensor));
  assert.equal(progressOf(told, sensor), 'proving');
  const back = play(start, open, returned, { type: 'session-open' }, wanted(0, sensor));
  assert.equal(progressOf(back, sensor), 'returned');
  assert.equal(back.state.installed.get(sensor.component), digest('f'));
});

const because = problem('DISK_FULL', { path: 'x' });
const held = { id: lease, until: 0 };
const examples: { readonly [State in Progress['state']]: Extract<Progress, { state: State }> } = {
  idle: { state: 'idle' },
  downloading: { state: 'downloading' },
  staged: { state: 'staged', askAt: 0 },
  asking: { state: 'asking', request: 1, since: 0 },
  leased: { state: 'leased', lease: held },
  confirming: { state: 'confirming', lease: held, deadline: 0 },
  switching: { state: 'switching' },
  proving: { state: 'proving' },
  installed: { state: 'installed' },
  returned: {
    state: 'returned',
    return: { digest: sensor.digest, fence: { epoch: 1, number: 1 }, cause: 'health', detail: '' },
  },
  failed: { state: 'failed', because, cause: 'disk', retryAt: 0 },
};

test('every edge of the table can be walked, and no other', () => {
  for (const from of Object.values(examples)) {
    for (const to of Object.values(examples)) {
      const before: Item = { wanted: sensor, progress: from, failures: 0 };
      const allowed: readonly string[] = successors[from.state];
      if (allowed.includes(to.state)) assert.equal(change(before, to).progress, to);
      else assert.throws(() => change(before, to), /broken invariant/);
    }
  }
});

/** Any messages in any order, however late: only what the table allows, never two switches. */
test('no order of events leads where it should not', () => {
  const items = [sensor, item('sensor', 'e'), pattern, own];
  const some = fc.constantFrom(...items);
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.constantFrom<Event>(
      { type: 'session-open' },
      { type: 'session-closed' },
      { type: 'tick' },
      confirmed,
      { type: 'confirmed', lease, go: false },
    ),
    fc
      .record({ number: fc.integer({ min: 1, max: 4 }), some: fc.subarray(items) })
      .map((one) => wanted(one.number, ...one.some)),
    some.map(staged),
    some.map((one): Event => ({ type: 'stage-failed', ...of(one), because, cause: 'network' })),
    fc
      .record({ request: fc.integer({ min: 1, max: 6 }), one: some })
      .map(({ request, one }): Event => ({ ...granted(request), digest: one.digest }) as Event),
    fc.integer({ min: 1, max: 6 }).map((request): Event => ({ type: 'refused', request })),
    fc
      .record({ one: some, intact: fc.boolean() })
      .map(({ one, intact }): Event => ({ type: 'prepared', ...of(one), intact })),
    some.map((one): Event => ({ type: 'proving', ...of(one) })),
    some.map((one): Event => ({ type: 'installed', ...of(one) })),
    some.map((one): Event => ({ type: 'returned', ...of(one), cause: 'hook', detail: '' })),
    some.map((one): Event => ({ type: 'switch-failed', ...of(one), because, cause: 'unknown' })),
  );
  const timed = fc.record({ event, milliseconds: fc.integer({ min: 0, max: 40_000 }) });
  fc.assert(
    fc.property(fc.array(timed, { maxLength: 60 }), (events) => {
      let state = fresh();
      let now = 0;
      for (const one of events) {
        now += one.milliseconds;
        const underwayBefore = state.underway;
        const step = reconcile(state, one.event, { now, chance: 0.3 });
        state = step.state;
        const programs = step.actions.filter(
          (action) => action.do === 'switch' && action.item.lane === 'program',
        );
        assert(programs.length === 0 || underwayBefore === null, 'one switch at a time');
        assert(programs.length === 0 || one.event.type === 'confirmed', 'only after a go');
        const due = nextDue(state.items, state.fetchFrom, now);
        assert(due === null || due > now, 'the timer never spins');
      }
    }),
    { numRuns: 300 },
  );
});

test('docs/protocol/normal-server.md draws this table', () => {
  const page = new URL('../../docs/protocol/normal-server.md', import.meta.url);
  const drawn = [...readFileSync(page, 'utf8').matchAll(/^ {2}(\w+) --> (\w+)/gm)].map(
    ([, from, to]) => `${from} --> ${to}`,
  );
  const edges = Object.entries(successors).flatMap(([from, all]) =>
    all.map((to: string) => `${from} --> ${to}`),
  );
  assert.deepEqual(drawn, edges);
});
