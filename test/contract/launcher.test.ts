/** Launchers, real and simulated, over one suite; and a simulated one killed at every effect. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackState } from '#protocol/launcher/messages.ts';
import type { ServiceRun } from '#simulation/adapters/launcher-services-simulated.ts';
import { LauncherSimulated } from '#simulation/adapters/launcher-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import type { Stored } from '#simulation/world/disk.ts';
import { Machine } from '#simulation/world/machine.ts';
import { World } from '#simulation/world/world.ts';
import { makeSite, until, type Behaviour } from '../launcher/site.ts';
import { launcherContract, type Asked, type LauncherFixture } from './launcher.ts';

const [server, agent] = ['normal-server', 'agent'];
const services = [
  { name: server, track: 'program' },
  { name: agent, track: 'agent' },
] as const;

launcherContract('real processes', (): LauncherFixture => {
  const site = makeSite({ services });
  return {
    addSlot: site.addSlot,
    async launch() {
      site.launch();
      for (const { name } of services) await site.hears(name, () => true);
    },
    ask: (request) => site.ask(server, { type: 'switch', ...request }),
    async want(track, wanted) {
      site.ask(server, { type: 'want', track, wanted });
      const asked = track === 'agent' ? /"event":"want-asked".*agent/ : /"event":"want-refused"/;
      await until('the question', () => asked.test(site.log()));
    },
    async hears(track, matches) {
      const isSo = (state: TrackState | undefined): boolean =>
        state !== undefined && matches(state);
      const heard = await site.hears(server, ({ tracks }) => isSo(tracks[track]));
      const state = heard.tracks[track];
      assert.ok(state);
      return { state, slot: heard.slot };
    },
    async isAgentRunning(running) {
      await until('the agent', () => (site.heard(agent) !== null) === running);
    },
    writtenBy: site.writtenBy,
    current: () => Number(site.current().split('/').at(-1)),
    generations: () => site.generations().map(Number),
    entries: () => site.entries().map(({ type }) => type),
    end: site.clean,
  };
});

type Data = Stored<readonly string[]>;

/** Daemons of a few behaviours, as those of `launcher/site.ts` are. */
function simulated() {
  const world = new World({ seed: 1, startsAt: 0 });
  const machine = new Machine({ name: 'server', schedule: world.schedule, diskBytes: 1e9 });
  const slots = new Map<string, Behaviour>([['old', 'proves']]);
  const runs = new Map<string, ServiceRun<Data>>();
  const store = (lines: readonly string[]): Data => machine.disk.store(lines);
  const launcher = new LauncherSimulated<Data>({
    world,
    machine,
    chance: new Chance(1),
    services: { program: [server], agent: [agent] },
    installed: {
      program: { slot: 'old', data: store([]) },
      agent: { slot: 'old', data: store([]) },
    },
    isSlotThere: (slot) => slots.has(slot),
    copyData: (from) => store(from.read()),
    dataBytes: () => 1_000,
    begin(run) {
      runs.set(run.service, run);
      run.process.onDeath(() => {
        if (runs.get(run.service) === run) runs.delete(run.service);
      });
      run.data.write([...run.data.read(), run.slot], { synced: true });
      behave(run, slots.get(run.slot) ?? 'exits');
      return { close: () => Promise.resolve() };
    },
  });
  return { world, machine, slots, runs, launcher, store };
}

function behave({ process, link, exit }: ServiceRun<Data>, behaviour: Behaviour): void {
  const { clock } = process;
  switch (behaviour) {
    case 'proves':
      return void clock.after(100, () => link.proven());
    case 'needs-network':
      return void clock.after(100, () => link.healthy());
    case 'exits':
      return void clock.after(100, () => exit(1));
    case 'refuses-settings':
      return void clock.after(100, () => exit(78));
    case 'crashes':
      clock.after(100, () => link.healthy());
      return void clock.after(200, () => exit(1));
    case 'hangs':
    case 'ignores-sigterm':
    // Only the real launcher looks at memory, silence and sessions.
    case 'leaks':
    case 'hangs-once':
    case 'is-not-accepted':
      return undefined;
  }
}

launcherContract('simulated', (): LauncherFixture => {
  const { world, slots, runs, launcher } = simulated();
  const { schedule } = world;
  const pass = (until: () => boolean): Promise<void> =>
    schedule.run({ isOver: until, time: schedule.now + 3_600_000 });
  const stored = () => launcher.stored('program');
  return {
    addSlot: (slot, behaviour) => void slots.set(slot, behaviour),
    async launch() {
      launcher.boot();
      await pass(() => services.every(({ name }) => runs.get(name)?.link.state() !== null));
    },
    ask: (request: Asked) => runs.get(server)?.link.requestSwitch(request),
    want(track, wanted) {
      runs.get(server)?.link.want({ track, wanted });
      return Promise.resolve();
    },
    async hears(track, matches) {
      const state = () => runs.get(server)?.link.state()?.[track];
      const isSo = (found: TrackState | undefined): boolean =>
        found !== undefined && matches(found);
      await pass(() => isSo(state()));
      const found = state();
      assert.ok(found);
      assert.ok(matches(found));
      return { state: found, slot: runs.get(server)?.slot ?? 'none' };
    },
    async isAgentRunning(running) {
      await pass(() => runs.has(agent) === running);
      assert.equal(runs.has(agent), running);
    },
    writtenBy: (generation) =>
      stored()
        ?.generations.read()
        .find((one) => one.generation === generation)
        ?.data.read() ?? [],
    current: () => stored()?.current.read() ?? 0,
    generations: () =>
      stored()
        ?.generations.read()
        .map((one) => one.generation) ?? [],
    entries: () =>
      (stored()?.intents.read() ?? []).map((line) =>
        typeof line === 'object' && 'type' in line ? String(line.type) : '',
      ),
    end: () => undefined,
  };
});

/** A switch whose launcher is killed, or whose machine loses power, at that effect of it. */
async function switchWithKill(
  behaviour: Behaviour,
  kill: { readonly effect: number; readonly when: 'before' | 'after' },
  how: 'kill' | 'power',
) {
  const { world, machine, slots, runs, launcher } = simulated();
  const { schedule } = world;
  slots.set('new', behaviour);
  launcher.boot();
  await schedule.run({ time: 10_000 });
  const old = launcher.process;
  assert.ok(old);
  old.killAt({ effect: old.effects + kill.effect, when: kill.when });
  old.onDeath(() => {
    if (how === 'kill') return;
    machine.powerCut(world.chance);
    schedule.after(30_000, () => {
      machine.hasPower = true;
      launcher.boot();
    });
  });
  runs
    .get(server)
    ?.link.requestSwitch({ track: 'program', slot: 'new', proveSeconds: 20, tag: 't' });
  await schedule.run({ time: 3_600_000 });
  return { wasKilled: !old.isAlive, runs, launcher };
}

for (const how of ['kill', 'power'] as const) {
  for (const behaviour of ['proves', 'exits'] as const) {
    test(`whatever effect a ${how} falls on, one daemon runs on its own data; new one ${behaviour}`, async () => {
      const ends = new Set<string>();
      let kills = 0;
      for (let effect = 1; effect <= 60; effect++) {
        for (const when of ['before', 'after'] as const) {
          const { wasKilled, runs, launcher } = await switchWithKill(
            behaviour,
            { effect, when },
            how,
          );
          if (wasKilled) kills += 1;
          const current = launcher.current('program');
          const run = runs.get(server);
          assert.equal(run?.slot, current?.slot, `${when} effect ${effect}`);
          assert.equal(run?.data, current?.data);
          assert.equal(runs.size, 2);
          const isNew = current?.slot === 'new';
          assert.equal(current?.data.read().includes('new'), isNew);
          ends.add(current?.slot ?? 'none');
        }
      }
      assert.ok(kills > 20, `${kills} kills`);
      assert.deepEqual([...ends].toSorted(), behaviour === 'proves' ? ['new', 'old'] : ['old']);
    });
  }
}

test('without room for another generation the old version goes on, and says why', async () => {
  const { world, machine, slots, runs, launcher } = simulated();
  const { schedule } = world;
  slots.set('new', 'proves');
  launcher.boot();
  await schedule.run({ time: 10_000 });
  machine.disk.bytesFree = 1_000;
  const ask = { track: 'program', slot: 'new', proveSeconds: 20, tag: 't' } as const;
  runs.get(server)?.link.requestSwitch(ask);
  await schedule.run({ time: 60_000 });
  const outcome = runs.get(server)?.link.state()?.program?.outcome;
  assert.equal(runs.get(server)?.slot, 'old');
  assert.deepEqual([outcome?.ended, outcome?.cause], ['returned', 'disk']);
  machine.disk.bytesFree = 1e6;
  runs.get(server)?.link.requestSwitch(ask);
  await schedule.run({ time: 120_000 });
  assert.equal(runs.get(server)?.slot, 'new');
  assert.equal(machine.disk.bytesFree, 1e6 - 1_000);
});
