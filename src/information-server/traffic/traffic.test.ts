/** Transfers that share budgets, on a clock of the test's own: who gets how much, and when. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { noBudget, type Budget, type BudgetScope, type Speed } from '#domain/budget/budget.ts';
import { billKey, type BillEntry } from '#domain/budget/bill.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import type { Release } from '#domain/catalogue/release.ts';
import {
  brand,
  type DomainName,
  type Digest,
  type Platform,
  type ServerId,
} from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { Peer } from '#ports/link.ts';
import type { Change, Loop } from '../loop.ts';
import type { Site } from '../site.ts';
import { Budgets } from './budgets.ts';
import { Traffic } from './traffic.ts';

const digestOf = (number: number): Digest => brand<Digest>(String(number).padStart(64, '0'));

function release(lane: 'program' | 'content', number: number): Release {
  const archive = { digest: digestOf(number + 1), bytes: 1e9 };
  const treeDigest = digestOf(number + 2);
  const platform = brand<Platform>('any');
  const one = { platform, archive, treeDigest, treeBytes: 1, fileCount: 1, proof: [] };
  return {
    digest: digestOf(number),
    manifest: { ...plainManifest, lane, packages: [one] },
  } as unknown as Release;
}

/** Whole archives of these. */
const program = digestOf(11);
const content = digestOf(21);

class World {
  readonly traffic: Traffic;
  readonly budgets: Budgets;
  readonly billed = new Map<string, number>();
  readonly notes = new Map<string, string>();
  readonly kinds: string[] = [];
  #now = 1_000_000;
  readonly #timers: { at: number; act: () => void }[] = [];

  constructor(budget: Partial<Budget> = {}) {
    const rows = {
      fleet: {
        server: async (name: ServerId) => ({ domain: brand<DomainName>(name.split('-')[0] ?? '') }),
      },
      catalogue: { releases: async () => [release('program', 10), release('content', 20)] },
      upgrades: { openHeads: async () => [] },
      bill: {
        add: async (entry: BillEntry, { bytes }: { bytes: number }) => {
          const key = billKey(entry);
          this.billed.set(key, (this.billed.get(key) ?? 0) + bytes);
        },
      },
      log: {
        note: async (name: string) => this.notes.get(name) ?? null,
        putNote: async (name: string, value: string) => void this.notes.set(name, value),
      },
    } as unknown as Rows;
    const site = {
      name: brand<ServerId>('site'),
      log: pino({ enabled: false }),
      journal: { rows },
      isEnded: false,
      clock: {
        now: () => this.#now,
        monotonic: () => this.#now,
        after: (milliseconds: number, act: () => void) => {
          const timer = { at: this.#now + milliseconds, act };
          this.#timers.push(timer);
          return () => void (timer.at = Infinity);
        },
      },
    } as unknown as Site;
    const submit = async (change: Change): Promise<void> => {
      for (const effect of await change(rows)) effect();
    };
    this.budgets = new Budgets(site, () => ({ ...noBudget, ...budget }));
    this.traffic = new Traffic(site, { submit } as unknown as Loop, this.budgets);
    this.rows = rows;
  }

  readonly rows: Rows;

  async change(of: BudgetScope, bytesPerSecond: Speed, until: number | null = null) {
    const bitsPerSecond = bytesPerSecond === null ? null : bytesPerSecond * 8;
    const said = { until, at: this.#now, who: 'mori', reason: 'a test' };
    const change = { of, bitsPerSecond, ...said } as Parameters<Budgets['change']>[1];
    (await this.budgets.change(this.rows, change))();
  }

  /** In steps of a few milliseconds, whoever was let go going on in each. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    while (this.#now < until) {
      this.#now += 5;
      await turn();
      const due = this.#timers.filter(({ at }) => at <= this.#now);
      for (const timer of due) {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        timer.act();
      }
      await turn();
    }
  }

  /** A reader that takes all that he is given, or so much per second at most. */
  fetch(server: string, { of = program, reads = Infinity } = {}) {
    const transfer = this.traffic.begin({ digest: of, peer: peerOf(server) });
    const reader = { bytes: 0, isOver: false, end: () => transfer.end() };
    const run = async (): Promise<void> => {
      while (!reader.isOver) {
        const bytes = await transfer.allow(262_144);
        if (reader.isOver) return;
        transfer.sent(bytes);
        reader.bytes += bytes;
        if (reads !== Infinity) await this.#sleep((bytes * 1_000) / reads);
        // Even the fastest network takes a moment.
        else await this.#sleep(5);
      }
    };
    void run();
    return {
      reader,
      end() {
        reader.isOver = true;
        transfer.end();
      },
    };
  }

  /** Bytes per second of each, over that time. */
  async speeds(
    readers: readonly { readonly reader: { readonly bytes: number } }[],
    milliseconds: number,
  ): Promise<number[]> {
    const before = readers.map(({ reader }) => reader.bytes);
    await this.pass(milliseconds);
    return readers.map(
      ({ reader }, place) => ((reader.bytes - (before[place] ?? 0)) * 1_000) / milliseconds,
    );
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) =>
      this.#timers.push({ at: this.#now + milliseconds, act: resolve }),
    );
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function peerOf(server: string): Peer {
  const place = { site: 'tokyo', organisation: 'acme' };
  const identity = { role: 'normal-server', ...place, server: brand<ServerId>(server) } as const;
  return { identity, serial: '1' };
}

function near(found: readonly number[], expected: readonly number[], share = 0.06): void {
  for (const [place, one] of expected.entries()) {
    const speed = found[place] ?? 0;
    assert(
      Math.abs(speed - one) <= one * share,
      `${place}: ${Math.round(speed)} instead of ${one} of ${found.map(Math.round).join(', ')}`,
    );
  }
}

const always = (usual: Speed) => ({ usual, hours: [] });

test('a site is divided equally, and no second takes more than it may', async () => {
  const world = new World({ site: always(1_000_000) });
  await world.budgets.load(world.rows);
  const readers = ['a', 'b', 'c', 'd'].map((name) => world.fetch(name));
  await world.pass(1_000);
  for (let second = 0; second < 5; second += 1) {
    const found = await world.speeds(readers, 1_000);
    assert(found.reduce((sum, one) => sum + one) <= 1_000_000 * 1.01);
    near(found, [250_000, 250_000, 250_000, 250_000]);
  }
});

test('a limit that changes is felt within a second by what is under way', async () => {
  const world = new World({ site: always(1_000_000) });
  await world.budgets.load(world.rows);
  const readers = ['a', 'b'].map((name) => world.fetch(name));
  await world.pass(2_000);
  await world.change({ kind: 'site' }, 100_000);
  near(await world.speeds(readers, 1_000), [50_000, 50_000], 0.15);
  await world.change({ kind: 'server' }, 20_000);
  await world.pass(1_000);
  near(await world.speeds(readers, 1_000), [20_000, 20_000]);
  await world.change({ kind: 'server' }, null);
  await world.change({ kind: 'site' }, null);
  await world.pass(1_000);
  const [free = 0] = await world.speeds(readers, 1_000);
  assert(free > 10_000_000, 'nothing limits it any more');
  await world.change({ kind: 'site' }, 200_000);
  near(await world.speeds(readers, 1_000), [100_000, 100_000], 0.15);
});

test('a change ends by itself, and outlives a restart until then', async () => {
  const world = new World({ site: always(1_000_000) });
  await world.budgets.load(world.rows);
  const readers = [world.fetch('a')];
  await world.change({ kind: 'site' }, 100_000, 1_000_000 + 3_000);
  const [note] = world.notes.values();
  assert(note?.includes('a test'));
  await world.pass(1_000);
  near(await world.speeds(readers, 1_500), [100_000]);
  await world.pass(1_500);
  near(await world.speeds(readers, 1_000), [1_000_000]);
  assert.deepEqual(world.budgets.changes, []);
});

test('a reader that takes less leaves the rest to others', async () => {
  const world = new World({ site: always(1_000_000) });
  await world.budgets.load(world.rows);
  const readers = [world.fetch('slow', { reads: 50_000 }), world.fetch('a'), world.fetch('b')];
  await world.pass(3_000);
  const found = await world.speeds(readers, 5_000);
  assert((found[0] ?? 0) <= 55_000);
  assert((found[1] ?? 0) > 410_000 && (found[2] ?? 0) > 410_000, found.join(', '));
});

test('programs yield to content, and have the link again when it is there', async () => {
  const world = new World({ site: always(1_000_000) });
  await world.budgets.load(world.rows);
  const programs = [world.fetch('a'), world.fetch('b')];
  await world.pass(1_000);
  const pattern = world.fetch('c', { of: content });
  await world.pass(500);
  near(await world.speeds([...programs, pattern], 2_000), [25_000, 25_000, 950_000]);
  pattern.end();
  await world.pass(500);
  near(await world.speeds(programs, 2_000), [500_000, 500_000]);
});

test('a thin link and the hour of the day', async () => {
  const osaka = brand<DomainName>('osaka');
  const hours = [{ open: [{ from: 1_004_000, until: 1_008_000 }], speed: 20_000 }];
  const world = new World({
    links: [{ name: 'thin', domains: [osaka], limit: { usual: 100_000, hours } }],
    server: always(300_000),
  });
  await world.budgets.load(world.rows);
  const readers = [world.fetch('osaka-1'), world.fetch('osaka-2'), world.fetch('tokyo-1')];
  await world.pass(1_000);
  near(await world.speeds(readers, 2_000), [50_000, 50_000, 300_000]);
  await world.pass(2_000);
  near(await world.speeds(readers, 2_000), [10_000, 10_000, 300_000], 0.15);
  await world.pass(2_000);
  near(await world.speeds(readers, 2_000), [50_000, 50_000, 300_000]);
});

test('whoever leaves while he waits is let go, and nothing goes on without a transfer', async () => {
  const world = new World({ site: always(1) });
  await world.budgets.load(world.rows);
  const transfer = world.traffic.begin({ digest: program, peer: peerOf('a') });
  const allowed = transfer.allow(1_000_000);
  await world.pass(1_000);
  assert.equal(world.traffic.underWay.transfers, 1);
  transfer.end();
  assert.equal(await allowed, 1_000_000);
  assert.equal(world.traffic.underWay.transfers, 0);
  const early = world.traffic.begin({ digest: program, peer: peerOf('b') });
  early.end();
  await world.pass(100);
  assert.equal(world.traffic.underWay.transfers, 0);
});

test('the bill: bodies by what they are, and what connections carried besides', async () => {
  const world = new World({});
  await world.budgets.load(world.rows);
  const peer = peerOf('a');
  const carried = { sent: 0, received: 0 };
  const closed = world.traffic.meter.opened(peer, () => ({ ...carried }));
  const send = async (digest: Digest, bytes: number): Promise<void> => {
    const transfer = world.traffic.begin({ digest, peer });
    await transfer.allow(bytes);
    transfer.sent(bytes);
    transfer.end();
    carried.sent += bytes + 400;
    carried.received += 300;
  };
  const delta = digestOf(99);
  await world.traffic.served.delta(delta, digestOf(12));
  await send(digestOf(10), 1_000);
  await send(program, 50_000);
  await send(delta, 7_000);
  await send(content, 3_000);
  await world.traffic.bill('much');
  const program10 = `a program program ${digestOf(10)}`;
  const bodies = {
    [`${program10} other `]: 1_000,
    [`${program10} whole `]: 50_000,
    [`${program10} delta `]: 7_000,
    'a content program  whole ': 3_000,
  };
  assert.deepEqual(Object.fromEntries(world.billed), bodies);
  closed();
  await world.traffic.bill('all');
  assert.deepEqual(Object.fromEntries(world.billed), {
    ...bodies,
    'a    other ': 1_600,
    'a    received ': 1_200,
  });
  await world.traffic.bill('all');
  assert.equal(world.billed.size, 6);
});
