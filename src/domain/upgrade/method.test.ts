/** Groups whose servers people upgrade by installers: what the upgrade does there, and never does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Instant, type LeaseId, type ServerId } from '../names.ts';
import type { HeadEvent, ServerEvent, StepInput } from './event.ts';
import { isWhollyLocal, localUntil } from './method.ts';
import type { PlannedGroup } from './plan.ts';
import { recount, type UpgradeServer } from './state.ts';
import { stepHead } from './step-head.ts';
import { stepServer } from './step-server.ts';
import {
  exampleInput,
  examplePlanned,
  exampleRow,
  oldDigest,
  targetDigest,
} from './upgrade.testing.ts';

const [a1, a2] = ['a1', 'a2'].map((name) => brand<ServerId>(name)) as [ServerId, ServerId];
const leaseId = brand<LeaseId>('1');
const hourMs = 3_600_000;

/** A group of two as it goes: whatever is asked for is kept. */
class Story {
  #input: StepInput;
  readonly #rows = new Map<ServerId, UpgradeServer>();
  readonly asked: string[] = [];

  constructor(change: Partial<PlannedGroup>) {
    for (const server of [a1, a2]) this.#rows.set(server, { ...exampleRow('waiting'), server });
    const gate = { percentMin: 100, sampleMin: 2, soakSeconds: 600 };
    this.#input = exampleInput({
      plan: { groups: [examplePlanned('A', { servers: [a1, a2], gate, ...change })] },
      rows: this.rows,
      group: { state: 'waiting' },
    });
  }

  get rows(): UpgradeServer[] {
    return [...this.#rows.values()];
  }

  get group() {
    return this.#input.group;
  }

  get head() {
    return this.#input.head;
  }

  tell(server: ServerId, event: ServerEvent, now: Instant): void {
    const row = this.#rows.get(server);
    assert.ok(row);
    const next = stepServer(this.#input, row, event, now);
    this.#rows.set(server, next.server);
    this.#input = { ...this.#input, head: next.head, group: next.group };
    this.asked.push(...next.commands.map(({ type }) => type));
    assert.deepEqual(next.group.counts, recount(this.rows).counts);
  }

  tick(now: Instant, event: HeadEvent = { type: 'tick' }): void {
    const next = stepHead(this.#input, event, now);
    this.#input = { ...this.#input, head: next.head, group: next.group };
    this.asked.push(...next.commands.map(({ type }) => type));
    const opens = next.commands.some(({ type }) => type === 'open-group');
    const closes = next.commands.some(({ type }) => type === 'close-staging');
    for (const server of [a1, a2]) {
      if (opens) this.tell(server, opened, now);
      if (closes) this.tell(server, { type: 'staging-closed' }, now);
    }
  }

  states(): string[] {
    return this.rows.map(({ state }) => state);
  }
}

const opened = { type: 'opened', present: true, running: oldDigest, retry: false } as const;
const seen = { type: 'seen', running: targetDigest, against: null } as const;
/** What moves a package or keeps deliveries back. */
const sending = ['want', 'grant', 'place-hold', 'check-catalogue', 'nudge'];

test('a group by local installation is sent nothing, waits for its versions, and passes by its gate', () => {
  const story = new Story({ local: 'all' });
  story.tick(0);
  assert.deepEqual(story.states(), ['local', 'local']);
  // Days may go by; that it is away meanwhile means nothing.
  story.tell(a1, { type: 'disconnected' }, hourMs);
  story.tick(48 * hourMs);
  assert.equal(story.group.because?.code, 'INSTALLER_AWAITED');
  story.tell(a1, seen, 50 * hourMs);
  story.tick(50 * hourMs);
  assert.deepEqual([story.states(), story.group.state], [['upgraded', 'local'], 'staging']);
  story.tell(a2, seen, 60 * hourMs);
  story.tick(60 * hourMs);
  assert.equal(story.group.state, 'settling');
  story.tick(60 * hourMs + 599_000);
  assert.equal(story.group.state, 'settling');
  story.tick(60 * hourMs + 600_000);
  assert.deepEqual([story.group.state, story.head.state], ['passed', 'finished']);
  assert.deepEqual(story.group.gate, { leased: 2, healthy: 2, vanished: 0, failedBy: {} });
  // It is wanted of each once it runs there; the nudge is for who was absent.
  assert.deepEqual(
    story.asked.filter((type) => sending.includes(type)),
    ['want', 'want', 'nudge'],
  );
});

test('a server that asks for a lease all the same gets none', () => {
  const story = new Story({ local: 'all' });
  story.tick(0);
  const lease = { type: 'lease-requested', digest: targetDigest, lease: leaseId } as const;
  story.tell(a1, { type: 'staged' }, 1);
  story.tell(a1, lease, 2);
  assert.deepEqual([story.states()[0], story.asked.at(-1)], ['local', 'refuse']);
});

test('who is left when the time for installers is over is absent, and a person decides', () => {
  const story = new Story({ local: 'all' });
  story.tick(0);
  story.tell(a1, seen, hourMs);
  story.tick(7 * 24 * hourMs - 1);
  assert.deepEqual(story.states(), ['upgraded', 'local']);
  story.tick(7 * 24 * hourMs);
  assert.deepEqual(story.states(), ['upgraded', 'absent']);
  for (const later of [1_000, 601_000]) story.tick(7 * 24 * hourMs + later);
  assert.equal(story.group.state, 'inconclusive');
  // And counts when the installer is run after all.
  story.tell(a2, seen, 8 * 24 * hourMs);
  assert.equal(story.states()[1], 'upgraded');
});

test('one that is seen with the old version again counts against the gate', () => {
  const story = new Story({ local: 'all' });
  story.tick(0);
  story.tell(a1, seen, hourMs);
  story.tell(a1, { ...seen, running: oldDigest }, 2 * hourMs);
  assert.equal(story.states()[0], 'returned');
  assert.deepEqual(story.group.gate.failedBy, { unknown: 1 });
});

test('in a group of both kinds the others switch first, and the group settles with its last', () => {
  const story = new Story({ local: [a2] });
  story.tick(0);
  assert.deepEqual(story.states(), ['staging', 'local']);
  assert.equal(story.asked.filter((type) => type === 'want').length, 1);
  story.tell(a1, { type: 'staged' }, 1_000);
  story.tick(2_000);
  assert.equal(story.group.state, 'holding');
  story.tick(2_000, { type: 'hold-placed' });
  story.tick(2_000, { type: 'checked', drifts: 0, lockedAt: 2_000 });
  story.tell(a1, { type: 'lease-requested', digest: targetDigest, lease: leaseId }, 2_500);
  story.tell(a1, { type: 'installed' }, 3_000);
  story.tick(3_000);
  assert.equal(story.group.state, 'settling');
  story.tick(24 * hourMs);
  assert.equal(story.group.because?.code, 'INSTALLER_AWAITED');
  story.tell(a2, seen, 25 * hourMs);
  story.tick(25 * hourMs + 1_000);
  assert.equal(story.group.state, 'settling', 'what came last must stay well, too');
  story.tick(25 * hourMs + 601_000);
  assert.equal(story.group.state, 'passed');
});

test('a group is wholly local when all of its servers are', () => {
  const planned = examplePlanned('A', { servers: [a1, a2] });
  assert.deepEqual(
    ([undefined, [a1], [a2, a1], 'all'] as const).map((local) =>
      isWhollyLocal({ ...planned, local }),
    ),
    [false, false, true, true],
  );
  assert.equal(localUntil({ localMinutesMax: 1 }, { openedAt: 5, since: 9 }), 60_005);
});
