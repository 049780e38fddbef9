/** The launcher with real daemons: switches, and every way back. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ended, isAlive, until, type Behaviour } from './site.ts';
import {
  agent,
  hasOutcome,
  informationServer,
  server,
  siteFor,
  start,
  toNew,
} from './launcher-for-tests.ts';

it('an installation without a current version is said in the log as well', async (t) => {
  const site = siteFor(t, { services: [server] });
  rmSync(join(site.root, 'tracks', 'program', 'current'));
  assert.equal((await ended(site.launch())).status, 1);
  assert.match(site.log(), /"event":"current-absent".*names no version/);
});

describe('a switch', { concurrency: 4 }, () => {
  // First, because its ten seconds of grace pass while the others run.
  it('ends an old version that ignores SIGTERM', async (t) => {
    const site = siteFor(t, { services: [server], old: 'ignores-sigterm' });
    site.addSlot('new', 'proves');
    await start(site);
    const old = site.heard(server.name)!.pid;
    site.ask(server.name, toNew(30));
    await site.hears(server.name, hasOutcome, 30_000);
    assert.equal(isAlive(old), false);
    assert.match(site.log(), /signal SIGKILL/);
  });

  it('is committed when the new version proves itself, on its own copy of the data', async (t) => {
    const site = siteFor(t, { services: [server] });
    site.addSlot('new', 'proves');
    await start(site);
    site.ask(server.name, toNew(20));
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.slot, 'new');
    const { outcome, ...state } = heard.tracks.program!;
    assert.deepEqual(state, {
      slot: 'new',
      previous: 'old',
      phase: 'committed',
      wanted: 'running',
    });
    assert.deepEqual(
      { ...outcome!, at: 0 },
      {
        ended: 'committed',
        from: 'old',
        to: 'new',
        cause: null,
        detail: '',
        tag: 'lease 7',
        at: 0,
      },
    );
    assert.equal(site.current(), 'generations/2');
    assert.deepEqual(site.writtenBy(1), ['old']);
    assert.deepEqual(site.writtenBy(2), ['old', 'new']);
    const copied = join(site.root, 'tracks/program/generations/2/data/deeper/kept');
    assert.equal(readFileSync(copied, 'utf8'), 'from the beginning');
    assert.deepEqual(
      site.entries().map((entry) => entry.type),
      ['switch', 'switched', 'attempt', 'committed'],
    );
    assert.match(readFileSync(join(site.root, 'logs/normal-server.log'), 'utf8'), /hello from new/);

    site.addSlot('newer', 'proves');
    site.ask(server.name, { ...toNew(20), slot: 'newer' });
    await site.hears(server.name, ({ tracks }) => tracks.program?.outcome?.to === 'newer');
    await until('generation 1 to go', () => site.generations().join() === '2,3');
  });

  const ways: readonly {
    behaviour: Behaviour;
    cause: string;
    detail: RegExp;
    proveSeconds: number;
    starts: number;
  }[] = [
    {
      behaviour: 'exits',
      cause: 'start',
      detail: /3 times.*status 1/,
      proveSeconds: 30,
      starts: 3,
    },
    {
      behaviour: 'refuses-settings',
      cause: 'start',
      detail: /status 78/,
      proveSeconds: 30,
      starts: 1,
    },
    {
      behaviour: 'crashes',
      cause: 'crash',
      detail: /3 times/,
      proveSeconds: 30,
      starts: 3,
    },
    { behaviour: 'hangs', cause: 'health', detail: /normal-server/, proveSeconds: 1, starts: 1 },
    {
      behaviour: 'needs-network',
      cause: 'network',
      detail: /the old one has/,
      proveSeconds: 2,
      starts: 1,
    },
  ];
  for (const way of ways) {
    it(`I8: returns with cause ${way.cause} from a version that ${way.behaviour}`, async (t) => {
      const site = siteFor(t, { services: [server] });
      site.addSlot('new', way.behaviour);
      await start(site);
      site.ask(server.name, toNew(way.proveSeconds));
      const heard = await site.hears(server.name, hasOutcome);
      assert.equal(heard.slot, 'old');
      const { outcome, phase, slot } = heard.tracks.program!;
      assert.deepEqual(
        { phase, slot, ended: outcome!.ended, cause: outcome!.cause, tag: outcome!.tag },
        { phase: 'committed', slot: 'old', ended: 'returned', cause: way.cause, tag: 'lease 7' },
      );
      assert.match(outcome!.detail, way.detail);
      assert.equal(site.current(), 'generations/1');
      assert.deepEqual(site.generations(), ['1']);
      const newStarts = site.starts().filter((line) => line.split(' ')[1] === 'new');
      assert.equal(newStarts.length, way.starts);
      assert.deepEqual(new Set(site.writtenBy(1)), new Set(['old']));
    });
  }

  it('returns from a runtime that cannot be started', async (t) => {
    const site = siteFor(t, { services: [server] });
    site.addSlot('new', 'proves');
    const runtime = join(site.root, 'slots/new/tree/runtime');
    mkdirSync(runtime);
    writeFileSync(join(runtime, 'node'), 'no program');
    chmodSync(join(runtime, 'node'), 0o644);
    await start(site);
    site.ask(server.name, toNew(30));
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.tracks.program!.outcome!.cause, 'start');
    assert.equal(heard.slot, 'old');
  });

  it('to a slot that is not there changes nothing', async (t) => {
    const site = siteFor(t, { services: [server] });
    await start(site);
    const before = site.heard(server.name)!.pid;
    site.ask(server.name, toNew(30));
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.pid, before);
    assert.equal(heard.tracks.program!.outcome!.cause, 'start');
    assert.deepEqual(site.generations(), ['1']);
  });

  it('stays with the new version when the old one gets no session either', async (t) => {
    const site = siteFor(t, { services: [server], old: 'needs-network' });
    site.addSlot('new', 'needs-network');
    await start(site);
    site.ask(server.name, toNew(1));
    const probe = await site.hears(
      server.name,
      ({ slot, tracks }) => slot === 'old' && tracks.program?.phase === 'proving',
    );
    assert.deepEqual([probe.tracks.program!.slot, probe.tracks.program!.previous], ['old', 'new']);
    await until('the way forward', () => site.entries().some((one) => one.type === 'forward'));
    writeFileSync(join(site.root, 'network'), '');
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.slot, 'new');
    assert.equal(heard.tracks.program!.outcome!.ended, 'committed');
  });

  it('needs the proof of every service of the track', async (t) => {
    const site = siteFor(t, { services: [informationServer, server] });
    site.addSlot('new', 'needs-network');
    await start(site);
    await site.hears(informationServer.name, () => true);
    site.ask(informationServer.name, toNew(30));
    await site.hears(server.name, ({ slot }) => slot === 'new');
    await site.hears(
      informationServer.name,
      ({ slot, tracks }) => slot === 'new' && tracks.program?.phase === 'proving',
    );
    writeFileSync(join(site.root, 'network'), '');
    await site.hears(server.name, ({ tracks }) => tracks.program?.outcome?.ended === 'committed');
    assert.equal(site.daemons().length, 2);
  });
});

describe('a daemon that is of no use any more', { concurrency: 4 }, () => {
  const small = { ...server, memoryMebibytesMax: 200 };

  it('and leaks memory over its limit before it is committed, is left for the old one', async (t) => {
    const site = siteFor(t, { services: [small] });
    site.addSlot('new', 'leaks');
    await start(site);
    site.ask(server.name, toNew(60));
    const { slot, tracks } = await site.hears(server.name, hasOutcome);
    const { outcome } = tracks.program!;
    assert.deepEqual([slot, outcome!.ended, outcome!.cause], ['old', 'returned', 'memory']);
    assert.match(outcome!.detail, /normal-server takes \d+ MiB of at most 200/);
  });

  it('and leaks memory later, is started again', async (t) => {
    const site = siteFor(t, { services: [small], old: 'leaks' });
    await start(site);
    const { pid } = site.heard(server.name)!;
    await site.hears(server.name, (heard) => heard.pid !== pid);
    assert.match(site.log(), /service-memory/);
  });

  it('and hangs, is ended and started again', async (t) => {
    const limits = { silenceSecondsMax: 1 };
    const site = siteFor(t, { services: [server], old: 'hangs-once', limits });
    site.launch();
    await until('two starts', () => site.starts().length === 2, 30_000);
    assert.match(site.log(), /service-hang.*not said for 1 s/);
    assert.match(site.log(), /service-ended.*signal SIG/);
    assert.equal(site.daemons().length, 1);
  });

  it('and is accepted no more by a tier that answers, gives way to the one before it', async (t) => {
    const limits = { unacceptedHoursMax: 1 / 3_600 };
    const site = siteFor(t, { services: [server], limits });
    site.addSlot('new', 'is-not-accepted');
    await start(site);
    site.ask(server.name, toNew(20));
    const { slot, tracks } = await site.hears(
      server.name,
      ({ tracks: all }) => all.program?.outcome?.cause === 'unaccepted',
    );
    assert.equal(slot, 'old');
    assert.equal(tracks.program!.phase, 'committed');
    assert.equal(site.current(), 'generations/1');
    assert.match(site.log(), /previous-tried/);
  });
});

describe('the agent', { concurrency: 4 }, () => {
  it('is stopped and started by itself, and stays stopped over a restart', async (t) => {
    const site = siteFor(t, { services: [informationServer, agent] });
    const launcher = site.launch();
    await site.hears(informationServer.name, ({ tracks }) => tracks.agent !== undefined);
    await site.hears(agent.name, () => true);
    site.ask(informationServer.name, { type: 'want', track: 'agent', wanted: 'stopped' });
    await site.hears(
      informationServer.name,
      ({ tracks }) => tracks.agent?.wanted === 'stopped' && site.daemons().length === 1,
    );
    const gone = ended(launcher);
    launcher.kill('SIGTERM');
    assert.equal((await gone).status, 0);
    assert.deepEqual(site.daemons(), []);

    site.launch();
    const again = await site.hears(informationServer.name, () => true);
    assert.equal(again.tracks.agent!.wanted, 'stopped');
    assert.equal(site.daemons().length, 1);

    // A switch of a stopped track waits for its start before it has to prove anything.
    site.addSlot('new', 'proves');
    site.ask(informationServer.name, { ...toNew(1), track: 'agent' });
    const changed = await site.hears(
      informationServer.name,
      ({ tracks }) => tracks.agent?.slot === 'new',
    );
    assert.equal(changed.tracks.agent!.phase, 'proving');
    assert.equal(site.starts().filter((line) => line.startsWith('agent ')).length, 1);
    site.ask(informationServer.name, { type: 'want', track: 'agent', wanted: 'running' });
    const proved = await site.hears(
      informationServer.name,
      ({ tracks }) => tracks.agent?.phase === 'committed',
    );
    assert.equal(proved.slot, 'old');
    await site.hears(agent.name, ({ slot }) => slot === 'new');
  });

  it('alone can be stopped: nobody would be left to start the program track', async (t) => {
    const site = siteFor(t, { services: [server] });
    await start(site);
    site.ask(server.name, { type: 'want', track: 'program', wanted: 'stopped' });
    await until('the refusal', () => site.log().includes('want-refused'));
    assert.equal(site.daemons().length, 1);
  });
});
