import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import type { Hold, HoldOwner } from '#domain/hold/hold.ts';
import { brand, type ComponentName, type HoldId, type UpgradeId } from '#domain/names.ts';
import { pino } from 'pino';
import type { Site } from '#information-server/site.ts';
import { ActiveHolds } from '#information-server/ticks.ts';
import type { Journal } from '#ports/journal.ts';
import { siteStatus } from '#protocol/control-manager/messages.ts';
import { openPort, type FakePort } from './site.ts';

const id = brand<HoldId>('hold-1');
const pattern = brand<ComponentName>('pattern');

async function opened(act: (port: FakePort, journal: Journal) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-holds-'));
  const journal = await openJournal(join(folder, 'journal.sqlite'));
  assert.ok(journal.ok);
  await journal.value.transaction((rows) => rows.log.beginRecord({ site: brand('tokyo'), at: 1 }));
  try {
    await act(openPort(journal.value), journal.value);
  } finally {
    await journal.value.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const wire = {
  id,
  reason: 'said above',
  owner: 'Sato',
  from: 1,
  until: 9_000_000,
  lanes: ['content'],
  servers: 'all',
};
const said = (...holds: object[]): object => ({ type: 'holds', holds });

function holdOf(owner: HoldOwner): Hold {
  const scope = { servers: 'site', lanes: ['content'], components: [] } as const;
  return { id, scope, reason: 'ours', owner, from: 1, until: 2_000_000, releasedAt: null };
}

const owners: HoldOwner[] = [
  { kind: 'person', name: 'Tanaka' },
  { kind: 'upgrade', upgrade: brand<UpgradeId>('5.80'), key: 'site' },
];
for (const owner of owners) {
  test(`a hold of kind ${owner.kind} is never overwritten nor ended from above`, async () => {
    await opened(async ({ say }, journal) => {
      const ours = holdOf(owner);
      await journal.transaction((rows) => rows.holds.putHold(ours));
      await say(said(wire));
      assert.deepEqual(await journal.rows.holds.hold(id), ours);
      await say(said());
      assert.deepEqual(await journal.rows.holds.hold(id), ours);
    });
  });
}

test('a hold of the control manager that people released here does not rise again', async () => {
  await opened(async ({ say }, journal) => {
    await say(said(wire));
    const standing = await journal.rows.holds.hold(id);
    assert.equal(standing?.owner.kind, 'control-manager');
    const released = { ...standing, releasedAt: 1_000_001 };
    await journal.transaction((rows) => rows.holds.putHold(released));
    for (const message of [said(wire), said(), said({ ...wire, until: 9_000_001 })]) {
      await say(message);
      assert.equal((await journal.rows.holds.hold(id))?.releasedAt, 1_000_001);
    }
  });
});

test('one that stands is changed from above, and ends when it is named no more', async () => {
  await opened(async ({ say, clock }, journal) => {
    await say(said(wire));
    await say(said({ ...wire, until: 9_000_001 }));
    assert.equal((await journal.rows.holds.hold(id))?.until, 9_000_001);
    await say(said());
    assert.equal((await journal.rows.holds.hold(id))?.releasedAt, clock.now);
  });
});

test('a hold over some components stays one, on the way down and on the way up', async () => {
  await opened(async ({ say, told }, journal) => {
    await say(said({ ...wire, components: [pattern] }, { ...wire, id: 'hold-2' }));
    assert.deepEqual((await journal.rows.holds.hold(id))?.scope.components, [pattern]);
    const status = siteStatus.parse(told().findLast((one) => siteStatus.safeParse(one).success));
    const components = status.holds.map((one) => [one.id, one.components]);
    assert.deepEqual(components, [
      [id, [pattern]],
      ['hold-2', undefined],
    ]);
  });
});

test('one to come is kept as such; what was seen to begin is not to come any more', async () => {
  await opened(async ({ say, told, clock }, journal) => {
    const later = { ...wire, from: clock.now + 60_000 };
    await say({ ...said(), planned: [later] });
    const planned = await journal.rows.holds.hold(id);
    assert.ok(planned !== null && planned.isPlanned === true);
    const status = siteStatus.parse(told().findLast((one) => siteStatus.safeParse(one).success));
    assert.deepEqual([status.holds, status.planned], [[], []], 'it is theirs, and stands not yet');
    await journal.transaction((rows) => rows.holds.putHold({ ...planned, isPlanned: false }));
    await say({ ...said(), planned: [later] });
    assert.equal((await journal.rows.holds.hold(id))?.isPlanned, false);
    // The organisation put it off.
    await say({ ...said(), planned: [{ ...later, from: later.from + 1 }] });
    assert.equal((await journal.rows.holds.hold(id))?.isPlanned, true);
  });
});

test('a hold to come begins with its time, once, and is written down', async () => {
  await opened(async ({ clock }, journal) => {
    const planned = { ...holdOf({ kind: 'person', name: 'Tanaka' }), from: clock.now + 60_000 };
    const hold: Hold = { ...planned, until: clock.now + 120_000, isPlanned: true };
    await journal.transaction((rows) => rows.holds.putHold(hold));
    const site = { clock: { now: () => clock.now }, log: pino({ enabled: false }) };
    const holding = new ActiveHolds(site as unknown as Site);
    const look = () => journal.transaction((rows) => holding.look(rows));
    assert.deepEqual([await look(), await look()], [false, false]);
    clock.now += 60_000;
    assert.deepEqual([await look(), await look()], [true, false]);
    assert.equal((await journal.rows.holds.hold(id))?.isPlanned, false);
    const lines = await journal.rows.log.record(null, 10);
    assert.equal(lines.filter(({ kind }) => kind === 'hold-began').length, 1);
    // No clock that is set back undoes what began.
    clock.now -= 30_000;
    assert.equal(await look(), false);
    clock.now += 90_000;
    assert.equal(await look(), true, 'and it ends');
  });
});
