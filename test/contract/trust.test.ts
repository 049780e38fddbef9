/** Verified metadata, on a real disk with the TUF client and simulated, over one suite. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { brand, type Digest } from '#domain/names.ts';
import type { SignedTarget } from '#domain/trust/target.ts';
import { TrustRepositorySimulated } from '#simulation/adapters/trust-repository.ts';
import { LaneTrustSimulated, newLane } from '#simulation/adapters/trust-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { newKey, sourceOf, TestRepository } from '../trust/tuf-for-tests.ts';
import { oneMachine, settledOn } from './simulated.ts';
import { trustContract, type TrustFixture } from './trust.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-trust-'));
  folders.push(folder);
  return folder;
}

const laneRoles = ['targets', 'snapshot', 'timestamp'] as const;

/** The repository does the same things to real files as the simulated one to its own. */
function realRepository(): { tuf: TestRepository; repository: TrustFixture['repository'] } {
  const tuf = new TestRepository({ threshold: 2 });
  const expireIn = (seconds: number): void => {
    for (const role of laneRoles) tuf.expires[role] = new Date(Date.now() + seconds * 1_000);
  };
  return {
    tuf,
    repository: {
      put: (name, bytes, custom) => void tuf.targets.set(name, { bytes, custom }),
      publish({ expiresInSeconds, by } = {}) {
        const right = laneRoles.map((role) => tuf.roles[role].keys);
        expireIn(expiresInSeconds ?? 86_400);
        for (const role of laneRoles) {
          if (by === 'strangers') tuf.roles[role].keys = [newKey(), newKey()];
          if (by === 'one') tuf.roles[role].keys = tuf.roles[role].keys.slice(0, 1);
        }
        tuf.files.set('before.timestamp.json', tuf.files.get('timestamp.json') ?? Buffer.alloc(0));
        tuf.publish();
        for (const [index, role] of laneRoles.entries()) tuf.roles[role].keys = right[index] ?? [];
      },
      rotate() {
        for (const role of laneRoles) tuf.roles[role].keys = [newKey(), newKey()];
        tuf.publishRoot();
      },
      rotateRoot() {
        tuf.roles.root.keys = [newKey(), newKey()];
        tuf.publishRoot();
      },
      files: () => new Map<string, Uint8Array>(tuf.files),
    },
  };
}

const realSecondsMax = 1;

trustContract('TUF on a disk', async () => {
  const { tuf, repository } = realRepository();
  const folder = await newFolder();
  const { shippedRoot } = tuf;
  const open = (name: string) =>
    laneTrust({ folder: join(folder, name), shippedRoot, secondsMax: realSecondsMax });
  return {
    repository,
    open: () => open('here'),
    openElsewhere: () => open('elsewhere'),
    settled: (promise) => promise,
    pass: (seconds) => sleep(seconds * 1_000),
    secondsMax: realSecondsMax,
  };
});

/** No two of them share a key. */
let repositories = 0;

trustContract('simulated', async () => {
  const { machine, schedule, process } = oneMachine('server');
  repositories += 1;
  const owner = `owner ${repositories}`;
  const keys = (name: string) => ({
    keys: [`${name} 1 of ${owner}`, `${name} 2 of ${owner}`],
    threshold: 2,
  });
  const signed = new TrustRepositorySimulated({ root: keys('root'), lane: keys('lane') });
  let rotations = 0;
  const targets = new Map<string, SignedTarget>();
  const stored = machine.disk.store(newLane(signed.shippedRoot));
  const elsewhere = machine.disk.store(newLane(signed.shippedRoot));
  let laneKeys = keys('lane');
  return {
    repository: {
      put(name, content, custom) {
        const digest = brand<Digest>(createHash('sha256').update(content).digest('hex'));
        targets.set(name, { name, digest, bytes: content.length, custom: custom ?? null });
      },
      publish({ expiresInSeconds, by } = {}) {
        const expires = process.clock.now() + (expiresInSeconds ?? 86_400) * 1_000;
        const before = signed.files.get('timestamp.json');
        if (before !== undefined) signed.files.set('before.timestamp.json', before);
        const signers = by === 'strangers' ? ['nobody'] : laneKeys.keys.slice(0, by ? 1 : 2);
        signed.publish([...targets.values()], expires, signers);
      },
      rotate() {
        rotations += 1;
        laneKeys = keys(`lane after ${rotations}`);
        signed.rotate({ lane: laneKeys });
      },
      rotateRoot() {
        rotations += 1;
        signed.rotate({ root: keys(`root after ${rotations}`) });
      },
      files: () => new Map(signed.files),
    },
    open: () => new LaneTrustSimulated(machine.start('server', new Chance(1)), stored),
    openElsewhere: () => new LaneTrustSimulated(machine.start('below', new Chance(1)), elsewhere),
    settled: (promise) => settledOn(schedule, promise),
    pass: (seconds) =>
      settledOn(
        schedule,
        new Promise((resolve) => {
          process.clock.after(seconds * 1_000, () => resolve());
        }),
      ),
    secondsMax: 60,
  };
});

describe('trust on a disk that was killed or spoilt', () => {
  async function trusted() {
    const { tuf, repository } = realRepository();
    repository.put('program/1.0.json', 'one');
    repository.publish();
    repository.rotate();
    repository.publish();
    const folder = await newFolder();
    const open = () => laneTrust({ folder, shippedRoot: tuf.shippedRoot });
    assert.equal((await open().refresh(tuf.source())).ok, true);
    return { tuf, repository, folder, open };
  }

  for (const name of ['metadata/root.json', 'metadata/timestamp.json', 'metadata/snapshot.json']) {
    test(`half of ${name} locks nobody out`, async () => {
      const { tuf, repository, folder, open } = await trusted();
      const text = await readFile(join(folder, name), 'utf8');
      for (const half of ['', text.slice(0, text.length / 2), 'null']) {
        await writeFile(join(folder, name), half);
        assert.equal((await open().targets()).length, 1);
        repository.publish();
        assert.deepEqual(await open().refresh(tuf.source()), { ok: true, value: null });
      }
    });
  }

  for (const name of ['metadata/targets.json', 'verified.json', 'roots/2.root.json']) {
    test(`half of ${name} is mended by the next refresh`, async () => {
      const { tuf, folder, open } = await trusted();
      await writeFile(join(folder, name), (await readFile(join(folder, name))).subarray(0, 40));
      assert.deepEqual(await open().refresh(tuf.source()), { ok: true, value: null });
      assert.equal((await open().targets()).length, 1);
    });
  }

  test('a damaged root cannot bring an earlier state back', async () => {
    const { tuf, repository, folder, open } = await trusted();
    const earlier = sourceOf(new Map(tuf.files));
    repository.publish();
    assert.equal((await open().refresh(tuf.source())).ok, true);
    await writeFile(join(folder, 'metadata/root.json'), '');
    const answer = await open().refresh(earlier);
    assert.equal(answer.ok ? null : answer.because.code, 'METADATA_OLDER');
  });

  test('what a killed refresh left beside is removed by the next', async () => {
    const { tuf, folder, open } = await trusted();
    await writeFile(join(folder, 'metadata.part-999999999-0badcafe'), 'left');
    await open().refresh(tuf.source());
    assert.deepEqual((await readdir(folder)).toSorted(), ['metadata', 'roots', 'verified.json']);
  });

  test('two processes that refresh at once leave the newer', async () => {
    const { tuf, repository, open } = await trusted();
    const earlier = tuf.source();
    repository.put('program/2.0.json', 'two');
    repository.publish();
    const answers = await Promise.all([open().refresh(tuf.source()), open().refresh(earlier)]);
    assert.ok(answers[0]?.ok);
    assert.equal((await open().targets()).length, 2);
  });
});
