/** What a launcher and its link promise a daemon, whatever processes it starts. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outcome, TrackState } from '#protocol/launcher/messages.ts';
import type { Behaviour } from '../launcher/site.ts';

export type Asked = {
  readonly track: 'program' | 'agent';
  readonly slot: string;
  readonly proveSeconds: number;
  readonly tag: string;
};

/** One normal server on the track `program`, and an agent; slot `old` is installed on both. */
export type LauncherFixture = {
  addSlot(slot: string, behaviour: Behaviour): void;
  /** The launcher starts; answers when the normal server and the agent have heard it. */
  launch(): Promise<void>;
  /** The normal server that runs asks for it. */
  ask(request: Asked): void;
  /** The normal server asks for the agent, or even for itself; answers when that was heard. */
  want(track: 'program' | 'agent', wanted: 'running' | 'stopped'): Promise<void>;
  /** What the normal server hears of a track, as soon as it is so. */
  hears(
    track: 'program' | 'agent',
    matches: (state: TrackState) => boolean,
  ): Promise<{ readonly state: TrackState; readonly slot: string }>;
  isAgentRunning(running: boolean): Promise<void>;
  /** The versions that wrote to the data of a generation, in order. */
  writtenBy(generation: number): readonly string[];
  current(): number;
  generations(): readonly number[];
  /** The types of the lines of the track's intent file. */
  entries(): readonly string[];
  end(): void;
};

const toNew = { track: 'program', slot: 'new', proveSeconds: 20, tag: 'lease 7' } as const;
const hasOutcome = (state: TrackState): boolean => state.outcome !== null;

type Way = {
  readonly behaviour: Behaviour;
  readonly proveSeconds: number;
  readonly outcome: Pick<Outcome, 'ended' | 'cause'>;
  readonly runs: string;
  readonly entries: readonly string[];
};

const wentBack = ['switch', 'switched', 'attempt', 'returning', 'returned'];

const ways: readonly Way[] = [
  {
    behaviour: 'proves',
    proveSeconds: 20,
    outcome: { ended: 'committed', cause: null },
    runs: 'new',
    entries: ['switch', 'switched', 'attempt', 'committed'],
  },
  {
    behaviour: 'exits',
    proveSeconds: 20,
    outcome: { ended: 'returned', cause: 'start' },
    runs: 'old',
    entries: wentBack,
  },
  {
    behaviour: 'crashes',
    proveSeconds: 20,
    outcome: { ended: 'returned', cause: 'crash' },
    runs: 'old',
    entries: wentBack,
  },
  {
    behaviour: 'refuses-settings',
    proveSeconds: 20,
    outcome: { ended: 'returned', cause: 'start' },
    runs: 'old',
    entries: wentBack,
  },
  {
    behaviour: 'hangs',
    proveSeconds: 1,
    outcome: { ended: 'returned', cause: 'health' },
    runs: 'old',
    entries: wentBack,
  },
  {
    behaviour: 'needs-network',
    proveSeconds: 1,
    outcome: { ended: 'returned', cause: 'network' },
    runs: 'old',
    entries: wentBack,
  },
];

export function launcherContract(name: string, make: () => LauncherFixture): void {
  const check = (title: string, act: (fixture: LauncherFixture) => Promise<void>): void =>
    void test(title, async () => {
      const fixture = make();
      try {
        await act(fixture);
      } finally {
        fixture.end();
      }
    });

  describe(`a launcher: ${name}`, { concurrency: 3 }, () => {
    for (const { behaviour, proveSeconds, outcome, runs, entries } of ways) {
      check(`a new version that ${behaviour} ends as ${outcome.ended}`, async (site) => {
        site.addSlot('new', behaviour);
        await site.launch();
        site.ask({ ...toNew, proveSeconds });
        const heard = await site.hears('program', hasOutcome);
        const { ended, cause, from, to, tag } = heard.state.outcome ?? {};
        assert.deepEqual({ ended, cause }, outcome);
        assert.deepEqual([from, to, tag], ['old', 'new', 'lease 7']);
        assert.equal(heard.slot, runs);
        assert.equal(heard.state.phase, 'committed');
        assert.deepEqual(site.entries(), entries);
        const isNew = runs === 'new';
        assert.equal(site.current(), isNew ? 2 : 1);
        assert.deepEqual(site.generations(), isNew ? [1, 2] : [1]);
        assert.equal(site.writtenBy(1).includes('new'), false, 'old data stay as they were');
        if (isNew) assert.deepEqual(site.writtenBy(2), ['old', 'new']);
      });
    }

    check('a slot that is not there is answered at once, and nothing stops', async (site) => {
      await site.launch();
      site.ask(toNew);
      const { state, slot } = await site.hears('program', hasOutcome);
      assert.equal(state.outcome?.ended, 'returned');
      assert.equal(state.outcome?.cause, 'start');
      assert.equal(slot, 'old');
      assert.deepEqual(site.entries(), ['answered']);
      assert.deepEqual(site.writtenBy(1), ['old'], 'it was started once');
    });

    check('a switch to what runs already is answered at once', async (site) => {
      await site.launch();
      site.ask({ ...toNew, slot: 'old' });
      const { state } = await site.hears('program', hasOutcome);
      assert.equal(state.outcome?.ended, 'committed');
      assert.deepEqual(site.writtenBy(1), ['old']);
    });

    check('the agent is stopped and started by itself; its program track is not', async (site) => {
      await site.launch();
      await site.want('agent', 'stopped');
      await site.hears('agent', ({ wanted }) => wanted === 'stopped');
      await site.isAgentRunning(false);
      await site.want('program', 'stopped');
      await site.want('agent', 'running');
      const { slot } = await site.hears('agent', ({ wanted }) => wanted === 'running');
      assert.equal(slot, 'old', 'the normal server still runs');
      await site.isAgentRunning(true);
    });
  });
}
