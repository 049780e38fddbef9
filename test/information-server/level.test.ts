import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brand } from '#domain/names.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openPort, type FakePort } from './site.ts';

const hour = 3_600_000;

async function opened(act: (port: FakePort) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-level-'));
  const journal = await openJournal(join(folder, 'journal.sqlite'));
  assert.ok(journal.ok);
  await journal.value.transaction((rows) => rows.log.beginRecord({ site: brand('tokyo'), at: 1 }));
  try {
    await act(openPort(journal.value));
  } finally {
    await journal.value.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const level = { type: 'level', level: { version: '5.80', components: ['pattern'] } };

test('a control manager whose link is quiet for days is seen now (S2)', async () => {
  await opened(async ({ say, clock, agent }) => {
    await say(level);
    clock.now += 25 * hour;
    assert.equal((await agent.controlManager())?.seen, clock.now);
  });
});

test('one that went away was seen when it went, also after a restart (S2)', async () => {
  await opened(async ({ say, clock, agent, restarted }) => {
    await say(level);
    clock.now += hour;
    await say({ type: 'level', level: null });
    const gone = clock.now;
    clock.now += 25 * hour;
    assert.equal((await agent.controlManager())?.seen, gone);
    assert.equal((await restarted().controlManager())?.seen, gone);
  });
});

test('an agent that is cut off takes its control manager with it', async () => {
  await opened(async ({ say, clock, agent, cut }) => {
    await say(level);
    clock.now += hour;
    await cut();
    const gone = clock.now;
    clock.now += 25 * hour;
    assert.equal((await agent.controlManager())?.seen, gone);
  });
});
