/** What an upgrade journals is enough to run it again, whatever happened to it. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { brand, type HoldId, type LeaseId, type ServerId } from '#domain/names.ts';
import type { HeadEvent, ServerEvent } from '#domain/upgrade/event.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { replay } from '#domain/upgrade/replay.ts';
import type { Journal } from '#ports/journal.ts';
import { old, planOf, target } from '#domain/upgrade/site.testing.ts';
import { simulatedJournal, upgradesOf, type World } from './upgrade-site.ts';

const servers = planOf().groups.flatMap((group) => group.servers);
const groups = planOf().groups.map(({ name }) => name);
const who = 'Sato';
const beginning = { startedAt: 1_000, withInformationServer: true };

type Told =
  | { readonly to: 'head'; readonly event: HeadEvent; readonly group?: (typeof groups)[number] }
  | { readonly to: 'server'; readonly server: ServerId; readonly event: ServerEvent };
/** What happens next: something is told, or the site becomes another. */
type Act = (world: World, tell: (told: Told) => Promise<void>, journal: Journal) => Promise<void>;

/** Mostly of the first group: what is told of a later one changes little. */
const aServer = fc.constantFrom(...servers.slice(0, 3), ...servers.slice(0, 3), ...servers);
const lease = brand<LeaseId>('lease-1');
const rarely = <Value>(value: Value) => ({ weight: 1, arbitrary: fc.constant(value) });
const often = <Value>(value: Value) => ({ weight: 6, arbitrary: fc.constant(value) });

const serverEvent: fc.Arbitrary<ServerEvent> = fc.oneof(
  often({ type: 'staged' } as const),
  often({ type: 'lease-requested', digest: target, lease } as const),
  often({ type: 'lease-confirmed', lease } as const),
  rarely({ type: 'lease-confirmed', lease: brand<LeaseId>('lease-0') } as const),
  rarely({ type: 'seen', running: target, against: null } as const),
  rarely({ type: 'seen', running: old, against: null } as const),
  rarely({ type: 'seen', running: null, against: null } as const),
  rarely({ type: 'installed' } as const),
  rarely({ type: 'disconnected' } as const),
  rarely({ type: 'returned', cause: 'health', detail: 'no answer' } as const),
  rarely({ type: 'returned', cause: 'network', detail: 'no link' } as const),
  rarely({
    type: 'not-stageable',
    cause: 'disk',
    because: { code: 'DISK_FULL', with: { path: '/' } },
  } as const),
  rarely({ type: 'deadline', connected: true } as const),
);

/** The information server's own upgrade mostly goes well: most of an upgrade lies behind it. */
const headEvent: fc.Arbitrary<HeadEvent> = fc.oneof(
  fc.constant({ type: 'paused', who } as const),
  fc.constant({ type: 'resumed', who } as const),
  fc.constant({ type: 'self-returned', cause: 'crash' } as const),
  fc.constant({ type: 'agent-returned', cause: 'crash' } as const),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(aServer, serverEvent).map(
      ([server, event]): Act =>
        (_, tell) =>
          tell({ to: 'server', server, event }),
    ),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 90_000 }).map(tickAfter) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 2 }).map(goOn) },
  { weight: 4, arbitrary: aServer.map(serverGoesOn) },
  // So long a silence that whoever was told to go has vanished.
  { weight: 1, arbitrary: fc.constant(tickAfter(150_000)) },
  {
    weight: 1,
    arbitrary: headEvent.map(
      (event): Act =>
        (_, tell) =>
          tell({ to: 'head', event }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...groups).map(
      (group): Act =>
        (_, tell) =>
          tell({ to: 'head', event: { type: 'approved', group, who }, group }),
    ),
  },
  { weight: 1, arbitrary: aServer.map(comeOrGo) },
  { weight: 1, arbitrary: fc.constant(beginProving) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map(holdPrograms) },
);

function tickAfter(milliseconds: number): Act {
  return async (world, tell, journal) => {
    const { clock, here } = world;
    world.isProving = false;
    clock.now += milliseconds;
    await tell({ to: 'head', event: { type: 'tick' } });
    for (const { row } of await journal.rows.upgrades.rowsDue(clock.now, 100)) {
      const event = { type: 'deadline', connected: here.has(row.server) } as const;
      await tell({ to: 'server', server: row.server, event });
    }
  };
}

/** Whatever the upgrade waits for happens; where it waits for nothing, nothing does. */
function goOn(drifts: number): Act {
  return async (_, tell, journal) => {
    const [head] = await journal.rows.upgrades.heads();
    const group = (await journal.rows.upgrades.groups(brand('to-5.80')))[head?.turn ?? 0];
    const lockedAt = group?.lockedAt ?? 0;
    const events: Readonly<Record<string, HeadEvent>> = {
      'self-staging': { type: 'self-staged' },
      'self-switching': { type: 'self-committed' },
      baseline: { type: 'baseline-laid' },
      agent: { type: 'agent-ready' },
      checking: { type: 'checked', drifts, lockedAt },
      restoring: { type: 'restored', lockedAt },
    };
    const event = events[head?.state ?? ''] ?? events[group?.state ?? ''];
    if (event !== undefined) await tell({ to: 'head', event });
  };
}

/** As `goOn`, for one server, up to its switch. */
function serverGoesOn(server: ServerId): Act {
  return async (_, tell, journal) => {
    const row = await journal.rows.upgrades.row(planOf().upgrade, server);
    const events: Readonly<Record<string, ServerEvent>> = {
      staging: { type: 'staged' },
      staged: { type: 'lease-requested', digest: target, lease },
      leased: { type: 'lease-confirmed', lease },
    };
    const event = events[row?.state ?? ''];
    if (event !== undefined) await tell({ to: 'server', server, event });
  };
}

function comeOrGo(server: ServerId): Act {
  return async ({ here }) => {
    if (!here.delete(server)) here.add(server);
  };
}

/** Until the next tick. */
async function beginProving(world: World): Promise<void> {
  world.isProving = true;
}

function holdPrograms(milliseconds: number): Act {
  return async ({ clock }, _, journal) => {
    const id = brand<HoldId>(`person-${clock.now}`);
    const scope = { servers: 'site', lanes: ['program'], components: [] } as const;
    const times = { from: clock.now, until: clock.now + milliseconds, releasedAt: null };
    const owner = { kind: 'person', name: who } as const;
    await journal.transaction((rows) =>
      rows.holds.putHold({ id, scope, reason: 'said so', owner, ...times }),
    );
  };
}

async function run(plan: UpgradePlan, acts: readonly Act[], journal: Journal): Promise<void> {
  const world = { clock: { now: 1_000 }, here: new Set(servers), isProving: false };
  const upgrades = upgradesOf(journal, world);
  const tell = async (told: Told): Promise<void> =>
    void (await journal.transaction((rows) => upgrades.tell(rows, plan.upgrade, told)));
  await journal.transaction(async (rows) => {
    const { head, groups: first, servers: rowsOf } = firstRows(plan, beginning);
    await rows.upgrades.begin(plan, head, [...first.values()]);
    for (const row of rowsOf.values()) await rows.upgrades.putRow(plan.upgrade, row);
  });
  await tell({ to: 'head', event: { type: 'started' } });
  for (const one of acts) await one(world, tell, journal);
}

/** The rows of the journal, and those that its inputs answer. */
async function bothWays(plan: UpgradePlan, { rows }: Journal) {
  const { upgrade } = plan;
  const kept = await rows.log.inputs({ upgrade, after: 0, limit: 1e6 });
  const inputs = kept.map(({ at, input }) => ({ at, input: JSON.parse(JSON.stringify(input)) }));
  const rebuilt = replay(plan, firstRows(plan, beginning), inputs);
  assert.ok(rebuilt !== null);
  const found = await Promise.all(servers.map((server) => rows.upgrades.row(upgrade, server)));
  return {
    journalled: {
      head: await rows.upgrades.head(upgrade),
      groups: await rows.upgrades.groups(upgrade),
      servers: found,
    },
    rebuilt: {
      head: rebuilt.head,
      groups: [...rebuilt.groups.values()],
      servers: [...rebuilt.servers.values()],
    },
  };
}

const ways = fc.array(act, { minLength: 60, maxLength: 200 });

test("I25: the journal's inputs alone rebuild the rows, after any order of events", async () => {
  const plan = planOf();
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(ways, async (acts) => {
      const journal = simulatedJournal();
      await run(plan, acts, journal);
      const { journalled, rebuilt } = await bothWays(plan, journal);
      for (const { kind } of await journal.rows.log.record(0, 10_000)) seen.add(kind);
      assert.deepEqual(rebuilt, journalled);
    }),
    { numRuns: 100, seed: 5 },
  );
  // Nothing would be shown if every upgrade ended at its beginning.
  const rare = ['server-vanished', 'server-returned', 'server-upgraded', 'group-passed'];
  assert.deepEqual(
    rare.filter((kind) => !seen.has(kind)),
    [],
  );
});

test('so they do from the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-replay-'));
  try {
    const journal = await openJournal(join(folder, 'journal.sqlite'));
    assert.ok(journal.ok);
    const of = { site: brand<ServerId>('tokyo'), at: 1 };
    await journal.value.transaction((rows) => rows.log.beginRecord(of));
    const plan = planOf();
    const [acts = []] = fc.sample(ways, { numRuns: 1, seed: 11 });
    await run(plan, acts, journal.value);
    const { journalled, rebuilt } = await bothWays(plan, journal.value);
    await journal.value.close();
    assert.deepEqual(rebuilt, journalled);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('of inputs that were kept without the facts of their site nothing is made up', () => {
  const plan = planOf();
  const event = { type: 'tick' } as const;
  const first = firstRows(plan, beginning);
  assert.equal(replay(plan, first, [{ at: 1_000, input: { event } }]), null);
});
