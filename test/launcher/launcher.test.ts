/** The launcher with real daemons: switches, every way back, kills at every point. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Change, Entry } from '#launcher/entries.ts';
import { ended, type Heard, isAlive, makeSite, until, type Behaviour, type Site } from './site.ts';

const server = { name: 'normal-server', track: 'program' } as const;
const informationServer = { name: 'information-server', track: 'program' } as const;
const agent = { name: 'agent', track: 'agent' } as const;

function siteFor(context: TestContext, options: Parameters<typeof makeSite>[0]): Site {
  const site = makeSite(options);
  context.after(() => site.clean());
  return site;
}

const toNew = (proveSeconds: number) =>
  ({ type: 'switch', track: 'program', slot: 'new', proveSeconds, tag: 'lease 7' }) as const;

const hasOutcome = ({ tracks }: Heard): boolean => (tracks.program?.outcome ?? null) !== null;

async function start(site: Site, service: string = server.name): Promise<void> {
  site.launch();
  await site.hears(service, () => true);
}

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

describe('one launcher', { concurrency: 4 }, () => {
  it('refuses a second one with status 3 and a sentence', async (t) => {
    const site = siteFor(t, { services: [server] });
    const first = site.launch('plain');
    await site.hears(server.name, () => true);
    const flags = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8');
    assert.match(flags, /--max-semi-space-size=1/);
    const second = await ended(site.launch());
    assert.equal(second.status, 3);
    assert.match(second.talk, new RegExp(`already runs for .*process ${first.pid}\\b`));
    assert.equal(site.daemons().length, 1);
  });

  it('that died right after it started a daemon leaves none behind', async () => {
    const ipc = new URL('../../src/adapters/daemon/launcher-ipc.ts', import.meta.url).href;
    const daemon = [
      "if (process.connected) await new Promise((gone) => process.once('disconnect', gone));",
      `const { connectLauncher } = await import('${ipc}');`,
      'connectLauncher();',
      'setInterval(() => undefined, 1_000);',
    ].join('\n');
    const options = { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] } as const;
    const child = spawn(process.execPath, ['--input-type=module', '-e', daemon], {
      ...options,
      stdio: [...options.stdio],
    });
    child.disconnect();
    const [status] = await once(child, 'exit');
    assert.equal(status, 143);
  });

  it('starts its daemons on a disk that takes none of its notes', async (t) => {
    const site = siteFor(t, { services: [server] });
    for (const note of ['launcher.pid', 'services.json.part']) {
      mkdirSync(join(site.root, 'run', note), { recursive: true });
    }
    await start(site);
    assert.match(site.log(), /running-not-recorded/);
  });

  it('says what is wrong with its folder', async (t) => {
    const site = siteFor(t, { services: [server] });
    writeFileSync(join(site.root, 'launcher.json'), '{"format":1,"services":[{"name":"../x"}]}');
    const refused = await ended(site.launch());
    assert.equal(refused.status, 1);
    assert.match(refused.talk, /names a service that is none/);
  });

  it('takes its daemons along when it is killed, and finds no lock afterwards', async (t) => {
    const site = siteFor(t, { services: [informationServer, agent] });
    const launcher = site.launch();
    await site.hears(agent.name, () => true);
    await site.hears(informationServer.name, () => true);
    launcher.kill('SIGKILL');
    await until('the daemons to end', () => site.daemons().length === 0);
    await start(site, agent.name);
  });

  it('ends a daemon that outlived a killed launcher before it starts another', async (t) => {
    const site = siteFor(t, { services: [server] });
    const launcher = site.launch();
    const { pid } = await site.hears(server.name, () => true);
    // It hangs: one that runs ends by itself soon after its launcher, however late the next one is.
    process.kill(pid, 'SIGSTOP');
    launcher.kill('SIGKILL');
    site.launch();
    const successor = await site.hears(server.name, (heard) => heard.pid !== pid);
    assert.deepEqual(site.daemons(), [successor.pid]);
    assert.match(site.log(), /left-over-killed/);
  });

  it('starts a crashed daemon again at once', async (t) => {
    const site = siteFor(t, { services: [server] });
    await start(site);
    const { pid } = site.heard(server.name)!;
    site.ask(server.name, { type: 'crash' });
    await site.hears(server.name, (heard) => heard.pid !== pid);
  });

  it('goes on proving after an orderly end, without blame', async (t) => {
    const site = siteFor(t, { services: [server] });
    site.addSlot('new', 'needs-network');
    let launcher = site.launch();
    await site.hears(server.name, () => true);
    site.ask(server.name, toNew(60));
    for (let end = 0; end < 4; end++) {
      await site.hears(server.name, ({ slot }) => slot === 'new');
      const gone = ended(launcher);
      launcher.kill('SIGTERM');
      assert.equal((await gone).status, 0);
      launcher = site.launch();
    }
    writeFileSync(join(site.root, 'network'), '');
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.tracks.program!.outcome!.ended, 'committed');
  });
});

const change: Change = {
  from: 'old',
  to: 'new',
  fromGeneration: 1,
  generation: 2,
  tag: 'lease 7',
  proveSeconds: 20,
};
const at = 1_000;
const lines = {
  switch: { at, type: 'switch', ...change },
  switched: { at, type: 'switched', generation: 2 },
  attempt: { at, type: 'attempt', generation: 2 },
  committed: { at, type: 'committed', generation: 2 },
  returning: { at, type: 'returning', generation: 2, cause: 'health', detail: 'slow' },
  returned: { at, type: 'returned', generation: 2 },
} as const satisfies Record<string, Entry>;

/** What a power cut at one point leaves on the disk, and what the next start makes of it. */
const cuts: readonly {
  readonly point: string;
  readonly journal: readonly Entry[];
  readonly generation: 'none' | 'part' | 'whole';
  readonly current: 1 | 2;
  readonly ends: { readonly slot: 'old' | 'new'; readonly cause: string | null };
}[] = [
  {
    point: 'the intent was written',
    journal: [lines.switch],
    generation: 'none',
    current: 1,
    ends: { slot: 'old', cause: 'interrupted' },
  },
  {
    point: 'half the data was copied',
    journal: [lines.switch],
    generation: 'part',
    current: 1,
    ends: { slot: 'old', cause: 'interrupted' },
  },
  {
    point: 'the generation was made',
    journal: [lines.switch],
    generation: 'whole',
    current: 1,
    ends: { slot: 'old', cause: 'interrupted' },
  },
  {
    point: '`current` was renamed',
    journal: [lines.switch],
    generation: 'whole',
    current: 2,
    ends: { slot: 'old', cause: 'interrupted' },
  },
  {
    point: 'the switch was written down',
    journal: [lines.switch, lines.switched],
    generation: 'whole',
    current: 2,
    ends: { slot: 'new', cause: null },
  },
  {
    point: 'the new version was started',
    journal: [lines.switch, lines.switched, lines.attempt],
    generation: 'whole',
    current: 2,
    ends: { slot: 'new', cause: null },
  },
  {
    point: 'the new version was started for the third time',
    journal: [lines.switch, lines.switched, lines.attempt, lines.attempt, lines.attempt],
    generation: 'whole',
    current: 2,
    ends: { slot: 'old', cause: 'crash' },
  },
  {
    point: 'it was committed',
    journal: [lines.switch, lines.switched, lines.attempt, lines.committed],
    generation: 'whole',
    current: 2,
    ends: { slot: 'new', cause: null },
  },
  {
    point: 'the return was decided',
    journal: [lines.switch, lines.switched, lines.attempt, lines.returning],
    generation: 'whole',
    current: 2,
    ends: { slot: 'old', cause: 'health' },
  },
  {
    point: '`current` was renamed back',
    journal: [lines.switch, lines.switched, lines.attempt, lines.returning],
    generation: 'none',
    current: 1,
    ends: { slot: 'old', cause: 'health' },
  },
  {
    point: 'the return was written down',
    journal: [lines.switch, lines.switched, lines.attempt, lines.returning, lines.returned],
    generation: 'none',
    current: 1,
    ends: { slot: 'old', cause: 'health' },
  },
];

function layDown(site: Site, cut: (typeof cuts)[number]): void {
  site.addSlot('new', 'proves');
  site.write(cut.journal);
  if (cut.generation === 'whole') site.addGeneration('program', 2, 'new');
  if (cut.generation === 'part') {
    mkdirSync(join(site.root, 'tracks/program/generations/2.part/data'), { recursive: true });
  }
  site.pointCurrent('program', cut.current);
}

describe('a start after a cut', { concurrency: 4 }, () => {
  for (const cut of cuts) {
    it(`when ${cut.point} runs the ${cut.ends.slot} version`, async (t) => {
      const site = siteFor(t, { services: [server] });
      layDown(site, cut);
      site.launch();
      const heard = await site.hears(
        server.name,
        ({ tracks }) => tracks.program?.phase === 'committed' && tracks.program.outcome !== null,
      );
      const { slot, outcome } = heard.tracks.program!;
      assert.deepEqual(
        { running: heard.slot, slot, cause: outcome!.cause, tag: outcome!.tag },
        { running: cut.ends.slot, slot: cut.ends.slot, cause: cut.ends.cause, tag: 'lease 7' },
      );
      assert.equal(site.current(), cut.ends.slot === 'old' ? 'generations/1' : 'generations/2');
      assert.deepEqual(site.generations(), cut.ends.slot === 'old' ? ['1'] : ['1', '2']);
      assert.equal(site.daemons().length, 1);
    });
  }

  it('in the middle of a line goes by the lines before it', async (t) => {
    const site = siteFor(t, { services: [server] });
    layDown(site, cuts[5]!);
    appendFileSync(site.intentFile('program'), '0123456789abcdef {"at":1000,"type":"comm');
    site.launch();
    await site.hears(server.name, ({ tracks }) => tracks.program?.outcome?.ended === 'committed');
    assert.equal(site.entries().at(-1)!.type, 'committed');
  });

  it('with a damaged intent file believes `current`, and says so', async (t) => {
    const site = siteFor(t, { services: [server] });
    layDown(site, cuts[7]!);
    const file = site.intentFile('program');
    const damaged = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, damaged.with(1, 'not a line').join('\n'));
    site.launch();
    const heard = await site.hears(server.name, ({ slot }) => slot === 'new');
    assert.equal(heard.tracks.program!.phase, 'committed');
    assert.match(site.log(), /intent-file-damaged/);
    assert.ok(existsSync(`${file}.damaged`));
  });
});

it('I14: ten kills at random moments of switches leave one daemon and a whole history', async (t) => {
  const site = siteFor(t, { services: [server] });
  site.addSlot('new', 'proves');
  let launcher = site.launch();
  for (let kill = 0; kill < 10; kill++) {
    const { slot } = await site.hears(
      server.name,
      ({ tracks }) => tracks.program?.phase === 'committed',
    );
    site.ask(server.name, { ...toNew(20), slot: slot === 'old' ? 'new' : 'old' });
    // Half of them early, where the generation is made; half while the new version proves itself.
    const moment = Math.random() * (kill % 2 === 0 ? 50 : 400);
    await new Promise((resume) => setTimeout(resume, moment));
    const gone = ended(launcher);
    launcher.kill('SIGKILL');
    await gone;
    rmSync(join(site.root, 'heard-normal-server.json'), { force: true });
    launcher = site.launch();
  }
  const heard = await site.hears(
    server.name,
    ({ tracks }) => tracks.program?.phase === 'committed',
  );
  assert.deepEqual(site.daemons(), [heard.pid]);
  assert.equal(heard.slot, heard.tracks.program!.slot);
  const last = site.entries().findLast((entry) => entry.type !== 'answered');
  assert.match(last?.type ?? 'committed', /^(committed|undone|returned)$/);
});
