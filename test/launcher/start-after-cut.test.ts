/** Power cuts and kills at every point of a switch: what the next start makes of them. */

import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Change, Entry } from '#launcher/entries.ts';
import { ended, type Site } from './site.ts';
import { server, siteFor, toNew } from './launcher-for-tests.ts';

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
