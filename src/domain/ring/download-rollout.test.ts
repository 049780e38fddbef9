import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dueOffers, type DeliveryState } from '../delivery/due.ts';
import { brand, type ComponentName, type Digest, type ServerId } from '../names.ts';
import {
  evidenceOf,
  newDownloadRollout,
  opennessOf,
  rolloutsUnderWay,
  stepDownload,
  type DownloadRollout,
  type WatchedSite,
} from './download-rollout.ts';
import type { RingCounts } from './evidence.ts';
import { countsOf, ringNamed } from './ring.testing.ts';
import { rolloutState, type RingGate } from './rollout.ts';

const second = 1_000;
const pattern = content('pattern', 'a');
const engine = content('engine', 'b');

function content(name: string, letter: string): DownloadRollout['contents'][number] {
  const digest = brand<Digest>(letter.repeat(64));
  return { component: brand<ComponentName>(name), version: '2', digest };
}

function rollout(gate: Partial<RingGate> = {}, download = 7): DownloadRollout {
  const rings = [
    { ...ringNamed('first', gate), folders: ['test'] },
    { ...ringNamed('rest', gate), folders: ['tokyo', 'osaka'] },
  ];
  return newDownloadRollout({ download, plan: 'careful', contents: [pattern, engine] }, rings);
}

function site(folder: string, part: Partial<WatchedSite> = {}): WatchedSite {
  return { folder, wasOffered: true, isSilent: false, evidence: [], ...part };
}

function says(of: typeof pattern, counts: Parameters<typeof countsOf>[0]) {
  return { component: of.component, digest: of.digest, counts: countsOf(counts) };
}

const well = [says(pattern, { healthy: 9 }), says(engine, { healthy: 9 })];

test('a download opens folder by folder, ring by ring', () => {
  const start = rollout();
  assert.deepEqual(
    ['test', 'tokyo'].map((one) => opennessOf(start, one)),
    ['closed', 'closed'],
  );
  const open = stepDownload(start, [], 0).rollout;
  assert.deepEqual(
    ['test', 'tokyo'].map((one) => opennessOf(open, one)),
    ['open', 'closed'],
  );
  const sites = [site('test', { evidence: well })];
  const soaking = stepDownload(open, sites, second).rollout;
  assert.equal(opennessOf(soaking, 'osaka'), 'closed');
  const passed = stepDownload(soaking, sites, 61 * second).rollout;
  assert.deepEqual(
    ['test', 'tokyo'].map((one) => opennessOf(passed, one)),
    ['open', 'open'],
  );
  // A folder that no ring names gets nothing by this plan.
  assert.equal(opennessOf(passed, 'elsewhere'), 'closed');
});

test('one kind of content that does harm stops the download, and it alone is guilty', () => {
  const open = stepDownload(rollout(), [], 0).rollout;
  const evidence = [says(pattern, { healthy: 4, failedBy: { health: 5 } }), ...well.slice(1)];
  const { rollout: failed, guilty } = stepDownload(open, [site('test', { evidence })], second);
  assert.deepEqual(guilty, [pattern]);
  assert.deepEqual(
    ['test', 'tokyo'].map((one) => opennessOf(failed, one)),
    ['void', 'void'],
  );
});

test('all kinds must pass before the next ring opens', () => {
  const open = stepDownload(rollout(), [], 0).rollout;
  const half = [site('test', { evidence: well.slice(0, 1) })];
  const stepped = stepDownload(open, half, second).rollout;
  assert.equal(stepped.rings[0]?.progress.state, 'open');
});

test('a site that goes silent after it was offered something has vanished as a whole', () => {
  const folders = new Set(['test']);
  const counted = (part: Partial<WatchedSite>): RingCounts =>
    evidenceOf([site('test', part)], folders, pattern);
  assert.equal(counted({ evidence: well, isSilent: true }).vanished, 9);
  assert.equal(counted({ isSilent: true }).vanished, 1);
  assert.equal(counted({ wasOffered: false, isSilent: true }).given, 0);
  const open = stepDownload(rollout(), [], 0).rollout;
  const failed = stepDownload(open, [site('test', { isSilent: true })], second).rollout;
  assert.equal(rolloutState(failed.rings), 'failed');
});

test('of one plan one download is under way; the newest of those that wait is next', () => {
  const begun = stepDownload(rollout({}, 1), [], 0).rollout;
  const all = [begun, rollout({}, 2), rollout({}, 3)];
  const numbers = (of: readonly DownloadRollout[]) => of.map(({ download }) => download);
  const now = rolloutsUnderWay(all);
  assert.deepEqual([numbers(now.underWay), numbers(now.passedOver)], [[1], [2]]);
  const failed = stepDownload(begun, [site('test', { isSilent: true })], second).rollout;
  const next = rolloutsUnderWay([failed, ...all.slice(1)]);
  assert.deepEqual([numbers(next.underWay), numbers(next.passedOver)], [[3], [2]]);
  // What proves nothing gives way to what is newer, and only to that.
  const silent = stepDownload(begun, [], 600 * second).rollout;
  assert.equal(rolloutState(silent.rings), 'inconclusive');
  assert.deepEqual(numbers(rolloutsUnderWay([silent]).underWay), [1]);
  const over = rolloutsUnderWay([silent, rollout({}, 2)]);
  assert.deepEqual([numbers(over.underWay), numbers(over.passedOver)], [[2], [1]]);
});

const site1 = brand<ServerId>('tokyo-is');

function stateOf(rollouts: readonly DownloadRollout[], offered: number | null): DeliveryState {
  const plan = 'careful';
  const deployments = [
    { number: 1, download: 6, plan, folder: 'tokyo', dueAt: 0 },
    { number: 2, download: 7, plan, folder: 'tokyo', dueAt: 0 },
  ];
  const rank = offered === null ? null : { download: offered, number: 1 };
  const sites = [{ site: site1, folder: 'tokyo', offered: rank, holds: [] }];
  return { sites, deployments, rollouts, holds: [] };
}

test('a site whose ring is not open goes on with the download before, and so where it failed', () => {
  const open = stepDownload(rollout(), [], 0).rollout;
  const offers = (of: DownloadRollout, offered: number | null) =>
    dueOffers(stateOf([of], offered), 10).offers.map(({ deployment }) => deployment.download);
  assert.deepEqual([offers(open, 6), offers(open, null)], [[], [6]]);
  const failed = stepDownload(open, [site('test', { isSilent: true })], second).rollout;
  assert.deepEqual([offers(failed, 6), offers(failed, null)], [[], [6]]);
  const sites = [site('test', { evidence: well })];
  const soaking = stepDownload(open, sites, second).rollout;
  assert.deepEqual(offers(stepDownload(soaking, sites, 61 * second).rollout, 6), [7]);
});

test('whatever sites say, in any order: no folder opens before the rings before it have passed', () => {
  const counts = fc.record({ healthy: fc.nat(5), pending: fc.nat(2), vanished: fc.nat(1) });
  const sites = fc.array(
    fc.record({
      folder: fc.constantFrom('test', 'tokyo', 'osaka', 'new'),
      wasOffered: fc.boolean(),
      isSilent: fc.boolean(),
      evidence: fc.array(
        fc.tuple(fc.constantFrom(pattern, engine), counts).map(([of, seen]) => says(of, seen)),
        { maxLength: 2 },
      ),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), sites), { maxLength: 10 }), (history) => {
      let now = 0;
      let one = rollout({ soakSeconds: 5, decideSeconds: 60 });
      for (const [wait, all] of history) {
        now += wait * second;
        one = stepDownload(one, all, now).rollout;
        const [first] = one.rings;
        const isPassed = first?.progress.state === 'passed';
        if (opennessOf(one, 'tokyo') === 'open') assert.ok(isPassed);
        assert.deepEqual(stepDownload(one, all, now).rollout, one);
      }
    }),
  );
});

test('a million servers of a thousand sites are decided within milliseconds', () => {
  const evidence = [
    says(pattern, { healthy: 990, vanished: 10 }),
    says(engine, { healthy: 1_000 }),
  ];
  const sites = Array.from({ length: 1_000 }, () => site('test', { evidence }));
  const open = stepDownload(rollout(), [], 0).rollout;
  const begunAt = performance.now();
  const stepped = stepDownload(open, sites, second).rollout;
  const milliseconds = performance.now() - begunAt;
  assert.equal(stepped.rings[0]?.progress.state, 'soaking');
  assert.ok(milliseconds < 50, `${milliseconds} ms`);
});
