import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import type { DeliveryRecord } from '#ports/delivery-store.ts';
import type { Session } from './agents.ts';
import { blankSite, Book } from './book.ts';
import { limits } from './limits.ts';
import { openSender } from './sender.ts';
import type { Vouched } from './signed-content.ts';

const names = ['a', 'b', 'c', 'd'].map((name) => brand<ServerId>(name));

const unsigned = (): Vouched => ({ renewAt: Infinity });

/** Four connected sites that are all owed one offer with a catalogue of so many bytes. */
function fleet(catalogueBytes: number, vouched: () => Vouched | null = unsigned) {
  let now = 5_000;
  let timers: { at: number; act: () => void }[] = [];
  const sent: string[] = [];
  const record: DeliveryRecord = {
    epoch: 1,
    sites: names.map((site, number) => {
      const offer = { fence: { epoch: 1, number }, deployment: 1, download: 1, plan: 'p', at: 0 };
      return { ...blankSite(site), offer };
    }),
    holds: [],
    downloads: [{ number: 1, finishedAt: 0, items: [], catalogue: 'x'.repeat(catalogueBytes) }],
    deployments: [],
    rollouts: [],
    withdrawn: [],
    campaigns: [],
    deploymentsMade: 1,
  };
  const done = (): Promise<void> => Promise.resolve();
  const store = {
    load: () => Promise.resolve(record),
    save: done,
    genesis: () => Promise.resolve(null),
    recordHead: assert.fail,
    searchRecord: () => Promise.resolve({ lines: [], next: null }),
    record: () => Promise.resolve([]),
    close: done,
  };
  const sessions: Session[] = names.map((site) => ({
    site,
    agentVersion: '1',
    hearsNotices: false,
    hearsCampaigns: false,
    welcomed: true,
    sent: null,
    send: (message) => sent.push(`${site} ${message.type}`),
  }));
  const sender = openSender({
    book: new Book({ record, store, settings: { folders: new Map() } }),
    content: { vouched },
    clock: {
      now: () => now,
      monotonic: () => now,
      after(milliseconds, act) {
        const timer = { at: now + milliseconds, act };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
    },
    log: pino({ level: 'silent' }),
    sessions: () => sessions,
  });
  function pass(milliseconds: number): void {
    now += milliseconds;
    const due = timers.filter((one) => one.at <= now);
    timers = timers.filter((one) => one.at > now);
    for (const one of due) one.act();
  }
  return { sender, sessions: () => sessions, sent, pass, timers: () => timers.length };
}

test('small offers leave at once, and once', () => {
  const { sender, sessions, sent } = fleet(1_000);
  sender.pump(sessions());
  sender.pump(sessions());
  assert.deepEqual(sent, ['a offer', 'b offer', 'c offer', 'd offer']);
});

test('large offers leave at a pace: nobody is forgotten, whatever else wakes the sender', () => {
  const { sender, sessions, sent, pass } = fleet(limits.offerBytesPerSecondMax / 2);
  sender.pump(sessions());
  sender.pump(sessions());
  assert.deepEqual(sent, ['a offer', 'b offer']);
  pass(999);
  sender.pump(sessions());
  assert.equal(sent.length, 2);
  pass(1);
  assert.deepEqual(sent, ['a offer', 'b offer', 'c offer', 'd offer']);
});

test('an offer larger than a whole second leaves all the same', () => {
  const { sender, sessions, sent, pass } = fleet(limits.offerBytesPerSecondMax * 2);
  sender.pump(sessions());
  for (const seconds of [1, 2, 3]) {
    assert.equal(sent.length, seconds);
    pass(1_000);
  }
  assert.equal(sent.length, 4);
});

test('nothing leaves after the end', () => {
  const { sender, sessions, sent, pass, timers } = fleet(limits.offerBytesPerSecondMax);
  sender.pump(sessions());
  sender.close();
  pass(5_000);
  assert.deepEqual([sent.length, timers()], [1, 0]);
});

test('nothing leaves while it cannot be signed', () => {
  let vouched: Vouched | null = null;
  const { sender, sessions, sent } = fleet(1_000, () => vouched);
  sender.pump(sessions());
  assert.equal(sent.length, 0);
  vouched = { metadata: { 'timestamp.json': '{}' }, renewAt: 10_000 };
  sender.pump(sessions());
  assert.equal(sent.length, 4);
});

test('an offer goes again when its signatures have grown old, and not before', () => {
  let renewAt = 10_000;
  const { sender, sessions, sent, pass } = fleet(1_000, () => ({ metadata: {}, renewAt }));
  sender.pump(sessions());
  pass(4_999);
  sender.pump(sessions());
  assert.equal(sent.length, 4);
  renewAt = 20_000;
  sender.pump(sessions());
  assert.equal(sent.length, 4, 'what was sent is fresh enough');
  pass(1);
  sender.pump(sessions());
  sender.pump(sessions());
  assert.equal(sent.length, 8);
});

test('signatures count for the pace', () => {
  const half = 'x'.repeat(limits.offerBytesPerSecondMax / 2);
  const vouched = { metadata: { 'timestamp.json': half }, renewAt: Infinity };
  const { sender, sessions, sent } = fleet(1_000, () => vouched);
  sender.pump(sessions());
  assert.equal(sent.length, 1);
});
