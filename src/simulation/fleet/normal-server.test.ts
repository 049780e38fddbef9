/** Simulated normal servers: every kind of release, every way in which a version behaves, kills. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release, TreeCommands } from '#domain/catalogue/release.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import type { Observation } from '../observation.ts';
import { wellBehaved, type Conduct } from './behaviour.ts';
import { newRelease, normalServersFor, oldRelease } from './normal-server.testing.ts';
import { releaseOf } from './releases.ts';

const hourMs = 3_600_000;
const app = brand<ComponentName>('app');
const pattern = brand<ComponentName>('pattern');

const commands: TreeCommands = {
  stop: { argv: ['bin/stop'], secondsMax: 10 },
  start: { argv: ['bin/start'], secondsMax: 10 },
  health: { argv: ['bin/health'], secondsMax: 10, times: 3, intervalSeconds: 5 },
};

function treeOf(version: string): Release {
  const { manifest } = oldRelease;
  return releaseOf({ ...manifest, component: app, kind: 'tree', version, tree: commands });
}

function contentOf(version: string): Release {
  const { manifest } = oldRelease;
  return releaseOf({ ...manifest, component: pattern, kind: 'content', lane: 'content', version });
}

type Options = {
  readonly conduct?: Conduct;
  readonly releases?: readonly Release[];
  readonly installed?: readonly Release[];
  /** At that effect of the daemon, counted from when the release is wanted. */
  readonly kill?: { readonly effect: number; readonly when: 'before' | 'after' };
};

/** One server on which `releases` are wanted; only they behave as `conduct` says. */
async function upgrade({ conduct, releases = [newRelease], installed = [], kill }: Options) {
  const seen: Observation[] = [];
  const behaviour = conduct === undefined ? wellBehaved : { ...wellBehaved, conduct };
  const { world, machines, answers } = normalServersFor({
    servers: 1,
    releases: [oldRelease, newRelease, ...releases, ...installed],
    behaviourOf: ({ digest }) =>
      releases.some((one) => one.digest === digest) ? behaviour : wellBehaved,
    watch: (one) => void seen.push(one),
  });
  const [machine] = machines;
  assert.ok(machine);
  for (const release of installed) machine.computer.install(release);
  machine.boot();
  const { schedule } = world;
  await schedule.run({ time: schedule.now + 60_000 });
  const process = machine.launcher.serviceProcess('normal-server');
  if (kill !== undefined && process !== null) {
    process.killAt({ effect: process.effects + kill.effect, when: kill.when });
  }
  answers.want(...releases);
  await schedule.run({ time: schedule.now + hourMs });
  const wasKilled = kill !== undefined && process !== null && process.effects >= kill.effect;
  const runs = machine.launcher.current('program')?.slot;
  const stateOf = (release: Release) => answers.states.get(`server-1 ${release.digest}`);
  const of = (type: Observation['type']) => seen.filter((one) => one.type === type);
  return { machine, seen, of, runs, stateOf, wasKilled, answers, world };
}

const slotOf = (release: Release): RegExp => new RegExp(release.digest.slice(0, 12));

const conducts: readonly { readonly conduct: Conduct; readonly ends: string }[] = [
  { conduct: { is: 'works' }, ends: 'installed' },
  { conduct: { is: 'ends', afterMilliseconds: 50 }, ends: 'returned' },
  { conduct: { is: 'ends', afterMilliseconds: 20_000 }, ends: 'installed' },
  { conduct: { is: 'hangs' }, ends: 'returned' },
  { conduct: { is: 'mute' }, ends: 'returned' },
  { conduct: { is: 'fades', afterMilliseconds: 200 }, ends: 'returned' },
];

for (const { conduct, ends } of conducts) {
  const after = 'afterMilliseconds' in conduct ? ` after ${conduct.afterMilliseconds} ms` : '';
  test(`a new version of the daemons that ${conduct.is}${after} is ${ends}`, async () => {
    const { runs, stateOf, of, seen } = await upgrade({ conduct });
    assert.equal(stateOf(newRelease), ends);
    assert.match(runs ?? '', slotOf(ends === 'installed' ? newRelease : oldRelease));
    const switched = of('switched').map((one) => one.type === 'switched' && one.isReturn);
    assert.deepEqual(switched, ends === 'installed' ? [false] : [false, true]);
    assert.equal(of('switch-begun').length, 1);
    assert.equal(of('unpacked').length, 1);
    assert.deepEqual(
      seen.filter(({ type }) => type === 'error'),
      [],
    );
  });
}

const trees: readonly { readonly conduct: Conduct; readonly ends: string }[] = [
  { conduct: { is: 'works' }, ends: 'installed' },
  { conduct: { is: 'ends', afterMilliseconds: 1_000 }, ends: 'returned' },
  { conduct: { is: 'hangs' }, ends: 'returned' },
  { conduct: { is: 'mute' }, ends: 'returned' },
  { conduct: { is: 'fades', afterMilliseconds: 7_000 }, ends: 'returned' },
  { conduct: { is: 'fades', afterMilliseconds: 60_000 }, ends: 'installed' },
];

for (const { conduct, ends } of trees) {
  const after = 'afterMilliseconds' in conduct ? ` after ${conduct.afterMilliseconds} ms` : '';
  test(`a new version of a tree that ${conduct.is}${after} is ${ends}`, async () => {
    const [before, next] = [treeOf('1.0'), treeOf('2.0')];
    const given = { conduct, releases: [next], installed: [before] };
    const { machine, stateOf, of } = await upgrade(given);
    assert.equal(stateOf(next), ends);
    const current = ends === 'installed' ? next : before;
    assert.equal(machine.computer.installed().get(app), current.digest);
    assert.equal(machine.computer.trees.running(app), current.digest);
    const lease = of('switch-begun').map((one) => one.type === 'switch-begun' && one.lease);
    assert.deepEqual(lease, ['lease-1']);
    const switched = of('switched').map((one) => one.type === 'switched' && one.isReturn);
    assert.deepEqual(switched, ends === 'installed' ? [false] : [false, true]);
  });
}

test('content is installed without a lease', async () => {
  const release = contentOf('9.100');
  const { machine, stateOf, of, answers } = await upgrade({ releases: [release] });
  assert.equal(stateOf(release), 'installed');
  assert.equal(machine.computer.installed().get(pattern), release.digest);
  assert.equal(of('switch-begun').length, 0);
  assert.equal(answers.leases, 0);
});

test('what a server had received of a release is accounted when it is wanted again', async () => {
  let bytesFetched = 0;
  const { world, machines, answers, site } = normalServersFor({
    servers: 1,
    releases: [oldRelease, newRelease],
    watch(seen) {
      if (seen.type === 'fetched') bytesFetched += seen.bytes;
    },
  });
  const { schedule } = world;
  // Ten seconds for the archive, after a wait of at most five.
  site.link.setBandwidth(100_000);
  for (const machine of machines) machine.boot();
  await schedule.run({ time: schedule.now + 60_000 });
  answers.want(newRelease);
  await schedule.run({ time: schedule.now + 8_000 });
  answers.want();
  await schedule.run({ time: schedule.now + 60_000 });
  const bytesAbandoned = bytesFetched;
  assert.ok(bytesAbandoned > 0 && bytesAbandoned < 1_000_000, `${bytesAbandoned} bytes`);
  answers.want(newRelease);
  await schedule.run({ time: schedule.now + hourMs });
  assert.equal(bytesFetched, bytesAbandoned + 1_000_000);
  assert.equal(answers.bytes.get(`server-1 ${newRelease.digest}`), bytesFetched);
});

test('killed at any effect of its upgrade, a normal server finishes it after its next start, once', async () => {
  const [before, next] = [treeOf('1.0'), treeOf('2.0')];
  let kills = 0;
  for (let effect = 1; effect <= 60; effect++) {
    for (const releases of [[newRelease], [next]]) {
      const [release] = releases;
      assert.ok(release);
      const kill = { effect, when: effect % 2 === 0 ? 'before' : 'after' } as const;
      const { stateOf, of, wasKilled, seen } = await upgrade({
        releases,
        installed: [before],
        kill,
      });
      if (wasKilled) kills += 1;
      assert.equal(stateOf(release), 'installed', `effect ${effect}`);
      assert.equal(of('switched').length, 1, `effect ${effect}`);
      assert.deepEqual(
        seen.filter(({ type }) => type === 'error'),
        [],
      );
    }
  }
  assert.ok(kills > 50, `${kills} kills`);
});

test('a power cut in the middle of anything ends in one version that runs', async () => {
  const ends = new Set<string>();
  for (let seconds = 1; seconds <= 12; seconds++) {
    const { world, machines, answers } = normalServersFor({
      servers: 1,
      releases: [oldRelease, newRelease],
      seed: seconds,
    });
    const [machine] = machines;
    assert.ok(machine);
    const { schedule } = world;
    machine.boot();
    await schedule.run({ time: schedule.now + 60_000 });
    answers.want(newRelease);
    schedule.after(seconds * 1_000, () => machine.powerCut(world.chance));
    schedule.after(seconds * 1_000 + 120_000, () => machine.powerOn());
    await schedule.run({ time: schedule.now + hourMs });
    assert.match(machine.launcher.current('program')?.slot ?? '', slotOf(newRelease));
    ends.add(answers.states.get(`server-1 ${newRelease.digest}`) ?? 'nothing');
  }
  assert.deepEqual([...ends], ['installed']);
});

test('the same seed is the same trace, another one another', async () => {
  const traces: number[] = [];
  for (const seed of [1, 1, 2]) {
    const { world, machines, answers } = normalServersFor({
      servers: 20,
      releases: [oldRelease, newRelease],
      seed,
    });
    for (const machine of machines) machine.boot();
    answers.want(newRelease);
    await world.schedule.run({ time: world.schedule.now + hourMs });
    traces.push(world.fingerprint);
  }
  assert.equal(traces[0], traces[1]);
  assert.notEqual(traces[0], traces[2]);
});
