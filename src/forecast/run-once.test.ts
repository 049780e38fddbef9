import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Method } from '#ports/forecast.ts';
import type { GroupFigures, RunFigures } from './figures.ts';
import { runsOf } from './forecast.ts';
import {
  day,
  exactly,
  groupName,
  hour,
  requestOf,
  share,
  startsAt,
  type Wish,
} from './forecast.testing.ts';

function run(wish: Wish): RunFigures {
  const [figures] = runsOf(requestOf(wish), { from: 0, until: 1 });
  assert.ok(figures !== undefined);
  return figures;
}

function group(figures: RunFigures, place = 0): GroupFigures {
  const found = figures.groups[place];
  assert.ok(found !== undefined);
  return found;
}

/** Seconds after the start. */
function seconds(instant: number | null): number | null {
  return instant === null ? null : (instant - startsAt) / 1_000;
}

/** Every group ends so: the tick that sees its last server, its soak. */
const soak = 60;
const nextTick = 1;

describe('a run, reckoned by hand', () => {
  test('a group that only waits for its link takes bytes × 8 / bandwidth', () => {
    const link = { linkBitsPerSecond: 100_000_000 };
    const figures = run({ sizes: [10], bytes: 50_000_000, request: link });
    assert.equal(figures.bytes, 500_000_000);
    assert.equal(seconds(figures.mixedEndsAt), (500_000_000 * 8) / 100_000_000);
    assert.equal(seconds(figures.endsAt), 40 + nextTick + soak);
  });

  test('a server that can take less than its share of the link sets the time', () => {
    const request = { linkBitsPerSecond: 1_000_000_000, serverBitsPerSecond: 10_000_000 };
    const figures = run({ sizes: [10], bytes: 50_000_000, request });
    assert.equal(seconds(figures.mixedEndsAt), (50_000_000 * 8) / 10_000_000);
    const alone = { ...request, linkBitsPerSecond: null };
    const unlimited = run({ sizes: [10], bytes: 50_000_000, request: alone });
    assert.equal(unlimited.mixedEndsAt, figures.mixedEndsAt);
  });

  test('bytes are told by the hour in which they crossed, with what headers and repeats add', () => {
    const figures = run({
      sizes: [10],
      bytes: 1_000_000_000,
      plan: { stageMinutesMax: 10_000 },
      habits: { bytesOverhead: share(1.1) },
      request: { linkBitsPerSecond: 10_000_000 },
    });
    // 11 GB at 1.25 MB/s: 8,800 s; an hour takes 4.5 GB.
    assert.equal(seconds(figures.mixedEndsAt), 8_800);
    assert.deepEqual(figures.hours, [
      { hour: 0, bytes: 4_500_000_000 },
      { hour: 1, bytes: 4_500_000_000 },
      { hour: 2, bytes: 2_000_000_000 },
    ]);
    assert.equal(group(figures).bytes, 11_000_000_000);
  });

  test('each group waits for its day', () => {
    const figures = run({ sizes: [2, 2], group: (place) => ({ from: startsAt + place * day }) });
    assert.equal(seconds(group(figures, 0).startsAt), 0);
    assert.equal(seconds(group(figures, 1).startsAt), 86_400);
    assert.equal(seconds(figures.endsAt), 86_400 + nextTick + nextTick + soak);
  });

  test('the limit in flight sets the time of the switches: so many rounds', () => {
    const figures = run({
      sizes: [100],
      plan: { inFlightMax: 10 },
      habits: { switch: exactly(20), prove: exactly(10) },
    });
    assert.equal(figures.inFlightMax, 10);
    assert.equal(seconds(figures.mixedEndsAt), nextTick + (100 / 10) * 30);
  });

  test('of places that fall free at once one is given anew at once, the others at the next tick', () => {
    const figures = run({
      sizes: [20],
      plan: { inFlightMax: 10 },
      habits: { switch: exactly(30.5) },
    });
    assert.equal(seconds(figures.mixedEndsAt), nextTick + 30.5 + 0.5 + 30.5);
  });

  test('a lease that is over before it was used is asked for again', () => {
    const figures = run({
      sizes: [20],
      habits: { prepare: { from: 'samples', samples: [700, 1] } },
    });
    const used = (seconds(figures.mixedEndsAt) ?? 0) - nextTick - 1;
    assert.ok(used > 0 && used % 600 === 0, `${used} s of leases`);
  });

  test('who takes too long to prove itself counts as vanished until it has', () => {
    const figures = run({
      sizes: [2],
      group: () => ({ gate: { percentMin: 0, sampleMin: 1, soakSeconds: 60 } }),
      habits: { prove: exactly(700) },
      // Of Dankai itself it is known when the new version was first seen.
      request: { withInformationServer: true },
    });
    assert.equal(group(figures).failed, 2);
    assert.equal(seconds(figures.endsAt), nextTick + 600 + soak);
    assert.equal(seconds(figures.mixedEndsAt), nextTick + 700);
  });

  test('a hold that lasts too long is ended; a person decides, and it goes on', () => {
    const figures = run({
      sizes: [10],
      plan: { inFlightMax: 1, holdMinutesMax: 5 },
      habits: { switch: exactly(100), decision: exactly(600), decisionWorkMinutes: 7 },
    });
    // Three servers within each hold of 300 s, the tenth in a fourth; 600 s after each of three.
    assert.equal(seconds(figures.mixedEndsAt), nextTick + 3 * (300 + 600) + 100);
    assert.equal(Math.round(group(figures).heldSeconds), 3 * 300 + 100);
    assert.equal(figures.personMinutes, 3 * 7);
    assert.equal(group(figures).isStopped, true, 'it waited for a person');
  });

  test('who had vanished and comes back is above the limit in flight: nobody gave him a place', () => {
    const figures = run({
      sizes: [60],
      plan: { inFlightMax: 3, holdMinutesMax: 60_000 },
      group: () => ({ gate: { percentMin: 0, sampleMin: 1, soakSeconds: 60 } }),
      habits: {
        vanishes: share(0.3),
        switch: exactly(100),
        returns: exactly(2_000),
        prove: exactly(500),
        repair: exactly(1_000_000),
      },
      request: { withInformationServer: true },
    });
    assert.ok(figures.mixedEndsAt !== null);
    assert.equal(figures.inFlightMax, 3);
  });

  test('whoever was staged when a person let a failed gate pass follows, as many at once as may', () => {
    for (const seed of [1, 2, 3]) {
      const figures = run({
        sizes: [100],
        plan: { inFlightMax: 5 },
        group: () => ({ gate: { percentMin: 100, sampleMin: 1, soakSeconds: 60 } }),
        habits: { fails: { health: share(0.3) }, switch: exactly(50) },
        request: { seed },
      });
      const { absent, isStopped } = group(figures);
      assert.ok(isStopped && absent > 50, 'it passed before most servers had their turn');
      const after = ((figures.mixedEndsAt ?? Infinity) - (figures.endsAt ?? 0)) / 1_000;
      // They ask once a minute, and a switch takes less.
      assert.ok(after <= Math.ceil(absent / 5 + 1) * 60, `seed ${seed}: ${absent} in ${after} s`);
      assert.equal(figures.inFlightMax, 5);
    }
  });

  test('who comes back while another group waits for a person follows when that one goes on', () => {
    const figures = run({
      sizes: [8, 40],
      plan: { inFlightMax: 1, holdMinutesMax: 15 },
      group: (place) => ({ from: startsAt + place * hour }),
      habits: {
        absent: share(0.5),
        returns: exactly(2 * 3_600),
        switch: exactly(100),
        decision: exactly(3 * 3_600),
        repairWorkMinutes: 30,
      },
    });
    const { absent } = group(figures);
    assert.ok(absent > 0);
    assert.equal(figures.personMinutes, 0, 'nobody has to bring it along');
    const after = (seconds(figures.mixedEndsAt) ?? Infinity) - (seconds(figures.endsAt) ?? 0);
    // One at a time: each asks within a minute and switches in 100 seconds.
    assert.ok(after <= absent * 160, `${absent} in ${after} s`);
  });

  test('nothing is switched outside the windows', () => {
    const windows = [1, 2, 3].map((days) => ({
      from: startsAt + days * day,
      until: startsAt + days * day + hour,
    }));
    const figures = run({
      sizes: [50],
      plan: { inFlightMax: 1, holdMinutesMax: 600 },
      habits: { switch: exactly(100) },
      group: () => ({ windows }),
    });
    // 36 fit into the first hour, 14 are left for the second.
    assert.equal(seconds(figures.mixedEndsAt), (2 * day) / 1_000 + 14 * 100);
  });

  test('windows that never open again leave the upgrade unfinished', () => {
    const windows = [{ from: startsAt - 2 * hour, until: startsAt - hour }];
    const figures = run({ sizes: [2], group: () => ({ windows }) });
    assert.equal(figures.endsAt, null);
    assert.equal(figures.mixedEndsAt, null);
    assert.deepEqual([group(figures).upgraded, group(figures).absent], [0, 2]);
  });

  test('a group that waits for approval waits for a person', () => {
    const figures = run({
      sizes: [1, 1],
      group: (place) => ({ approve: place === 1, from: startsAt + place * day }),
      habits: { decision: exactly(1_800), decisionWorkMinutes: 5 },
    });
    assert.equal(seconds(group(figures, 1).startsAt), 86_400 + 1_800);
    assert.equal(figures.personMinutes, 5);
  });

  test('a gate that fails stops the upgrade; all is tried once more, then a person lets it pass', () => {
    const figures = run({
      sizes: [1],
      habits: {
        fails: { health: share(1) },
        decision: exactly(100),
        decisionWorkMinutes: 5,
        repair: exactly(1_000),
        repairWorkMinutes: 30,
      },
    });
    const { isStopped, failed, upgraded } = group(figures);
    assert.deepEqual({ isStopped, failed, upgraded }, { isStopped: true, failed: 1, upgraded: 0 });
    // Seen to before it was tried again, and once more after its group.
    assert.equal(figures.personMinutes, 2 * 5 + 2 * 30);
    const passed = seconds(figures.endsAt) ?? 0;
    assert.equal(seconds(figures.mixedEndsAt), passed + 1_000, 'repaired after its group passed');
  });

  test('what is in flight ends before anybody decides about a gate that is lost', () => {
    const figures = run({
      sizes: [20],
      plan: { inFlightMax: 5 },
      habits: {
        fails: { health: share(1) },
        switch: { from: 'default', median: 100, p95: 300 },
        decision: exactly(1),
        decisionWorkMinutes: 1,
      },
    });
    assert.equal(figures.personMinutes, 2);
  });

  test('a server that fails after its group has passed is repaired too', () => {
    const figures = run({
      sizes: [3],
      habits: {
        absent: share(1),
        returns: exactly(7_200),
        fails: { health: share(1) },
        repair: exactly(1_000),
        repairWorkMinutes: 20,
      },
    });
    assert.equal(group(figures).isStopped, true, 'nobody was there to prove anything');
    assert.equal(seconds(figures.mixedEndsAt), 7_200 + 1_000);
    assert.equal(figures.personMinutes, 3 * 20);
  });

  test('a transfer that outlasts its group is not begun again when the group is tried again', () => {
    const request = requestOf({
      sizes: [2],
      bytes: 1_000_000,
      plan: { stageMinutesMax: 10 },
      habits: { fails: { health: share(1) }, decision: exactly(60), repair: exactly(60) },
      // 800 s for the one that is not staged yet.
      request: { linkBitsPerSecond: 10_000 },
    });
    const servers = request.servers.map((server, place) => ({
      ...server,
      state: place === 0 ? ('staged' as const) : ('to-do' as const),
    }));
    const [figures] = runsOf({ ...request, servers }, { from: 0, until: 1 });
    assert.equal(figures?.bytes, 1_000_000);
  });

  test('a server that vanishes counts as failed, and has switched when it comes back', () => {
    const figures = run({
      sizes: [2],
      group: () => ({ gate: { percentMin: 0, sampleMin: 1, soakSeconds: 60 } }),
      habits: {
        vanishes: share(1),
        returns: exactly(7_200),
        repair: exactly(100_000),
        repairWorkMinutes: 30,
      },
    });
    assert.equal(figures.personMinutes, 2 * 30, 'somebody asks why, though it comes back');
    assert.equal(group(figures).failed, 2);
    // The lease, and the time in which it had to prove itself.
    assert.equal(seconds(figures.endsAt), nextTick + 600 + 600 + soak);
    assert.equal(seconds(figures.mixedEndsAt), nextTick + 7_200);
  });

  test('who is absent follows after its group, and ends the mixed state', () => {
    const figures = run({
      sizes: [100],
      bytes: 1_000_000,
      habits: { absent: share(0.3), returns: exactly(7_200) },
    });
    const { absent, upgraded } = group(figures);
    assert.equal(absent + upgraded, 100);
    assert.ok(absent > 15 && absent < 45, `${absent} of 100`);
    assert.equal(seconds(figures.endsAt), nextTick + nextTick + soak);
    assert.equal(seconds(figures.mixedEndsAt), 7_200);
    assert.equal(figures.bytes, 100_000_000);
  });

  test('who follows when the window is closed waits for the next one', () => {
    const windows = [0, 1].map((days) => ({
      from: startsAt + days * day,
      until: startsAt + days * day + hour,
    }));
    const figures = run({
      sizes: [100],
      group: () => ({ windows }),
      habits: { absent: share(0.1), returns: exactly(7_200) },
    });
    const end = seconds(figures.mixedEndsAt) ?? 0;
    assert.ok(end > 86_400 && end < 86_400 + 120, `${end} s`);
  });

  test('staging that takes too long is closed; the group goes on without who is late', () => {
    const figures = run({
      sizes: [3],
      plan: { stageMinutesMax: 10 },
      habits: { unpack: exactly(1_200) },
    });
    assert.equal(group(figures).absent, 3);
    assert.equal(group(figures).isStopped, true, 'nobody switched, so nothing is proved');
    assert.equal(seconds(figures.mixedEndsAt), 1_200, 'they ask as soon as they have it');
  });

  test('the information server goes first, then its agent, then the groups', () => {
    const figures = run({
      sizes: [2],
      habits: { informationServer: exactly(300), agent: exactly(100), catalogueCheck: exactly(10) },
      request: { withInformationServer: true },
    });
    assert.equal(seconds(group(figures).startsAt), 300 + 10 + 100);
  });

  test('an information server that runs the release already keeps nobody waiting', () => {
    const figures = run({
      habits: { informationServer: exactly(300), agent: exactly(100) },
      request: { withInformationServer: true, isInformationServerDone: true },
    });
    assert.equal(seconds(group(figures).startsAt), 0);
  });

  test('what is staged or done already moves nothing', () => {
    const request = requestOf({ sizes: [3], bytes: 1_000_000 });
    const states = ['to-do', 'staged', 'done'] as const;
    const servers = request.servers.map((server, place) => ({
      ...server,
      state: states[place] ?? 'to-do',
    }));
    const [figures] = runsOf({ ...request, servers }, { from: 0, until: 1 });
    assert.equal(figures?.bytes, 1_000_000);
    assert.equal(figures?.groups[0]?.upgraded, 3);
  });
});

describe('local installation', () => {
  const local: Method = { by: 'local-installation', minutesEach: 30, people: 2 };
  const methods = { [groupName(0)]: local };

  test('takes people the time it takes, and the link nothing', () => {
    const figures = run({
      sizes: [10],
      bytes: 1_000_000_000,
      habits: { planWorkMinutes: 20, groupWorkMinutes: 10 },
      request: { linkBitsPerSecond: 1_000, methods },
    });
    assert.equal(figures.bytes, 0);
    assert.equal(figures.personMinutes, 20 + 10 + 10 * 30);
    assert.equal(seconds(figures.mixedEndsAt), (10 / 2) * 30 * 60);
    assert.equal(figures.inFlightMax, 0);
    assert.equal(group(figures).heldSeconds, 0);
  });

  test('is run again where it failed, and not where the release runs already', () => {
    const request = requestOf({
      sizes: [12],
      habits: { fails: { health: share(1) } },
      request: { methods },
    });
    const servers = request.servers.map((server, place) => ({
      ...server,
      state: place < 2 ? ('done' as const) : ('to-do' as const),
    }));
    const [figures] = runsOf({ ...request, servers }, { from: 0, until: 1 });
    assert.equal(figures?.personMinutes, 10 * 60);
    // Five servers a person, twice each: 300 min.
    assert.equal(seconds(figures?.mixedEndsAt ?? null), 5 * 2 * 30 * 60);
  });

  test('reaches the absent when they are back, and pushes nothing to them meanwhile', () => {
    const figures = run({
      sizes: [10],
      bytes: 1_000_000,
      habits: { absent: share(0.5), returns: exactly(50_000) },
      request: { methods },
    });
    assert.equal(figures.bytes, 0);
    assert.equal(seconds(figures.mixedEndsAt), 50_000 + 30 * 60);
  });

  test('goes on the next day when a day of work is over', () => {
    const full = run({ sizes: [32], request: { methods } });
    assert.equal(seconds(full.mixedEndsAt), 8 * 3_600, 'sixteen each are done that day');
    const figures = run({ sizes: [40], request: { methods } });
    // Twenty each, sixteen on the first day.
    assert.equal(seconds(figures.mixedEndsAt), (day + 4 * 30 * 60_000) / 1_000);
  });
});
