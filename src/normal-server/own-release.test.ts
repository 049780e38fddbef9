/** By the real verification of signed metadata, as a server's disk keeps it. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { trustIn } from '#adapters/metadata/trust-tuf.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { old as example } from '#simulation/checkers/example.testing.ts';
import { TestRepository } from '../../test/trust/tuf-for-tests.ts';
import { learnOfOwn, ownUnsigned } from './own-release.ts';
import type { ProgramWorld } from './program-world.ts';

const old = { ...example, digest: digestOfBytes(canonicalJson(example.manifest)) };

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-own-release-'));
});
after(() => rm(folder, { recursive: true }));

let count = 0;
function opened(release: Release | null) {
  const lane = new TestRepository();
  const asked: string[] = [];
  const above = { isThere: true };
  const roots = { program: lane.shippedRoot, content: lane.shippedRoot };
  const trust = trustIn(join(folder, String((count += 1))), roots);
  const world = {
    trust: async () => ok(trust),
    slot: { release, name: 'slot', prove: () => Promise.reject(new Error('not asked here')) },
    packages: {
      metadata: async (_lane: string, name: string) => {
        asked.push(name);
        const detail = 'away';
        if (!above.isThere) return refuse(problem('ADDRESS_UNREACHABLE', { address: 'x', detail }));
        return ok(lane.files.get(name) ?? null);
      },
    },
  } as unknown as ProgramWorld;
  const sign = (one: Release, custom?: object) => {
    const bytes = canonicalJson(one.manifest);
    lane.targets.set(programTargetName(one.manifest), { bytes, custom });
    lane.publish();
  };
  return { world, lane, sign, asked, above };
}

test('a release that nobody signed is found as soon as there is metadata', async () => {
  const { world, sign, asked, above } = opened(old);
  above.isThere = false;
  await learnOfOwn(world);
  assert.equal(await ownUnsigned(world), undefined, 'without metadata nobody can say');
  above.isThere = true;
  await learnOfOwn(world);
  assert.equal(await ownUnsigned(world), 'RELEASE_UNSIGNED');
  sign(old);
  await learnOfOwn(world);
  assert.equal(await ownUnsigned(world), null);
  asked.length = 0;
  await learnOfOwn(world);
  assert.deepEqual(asked, [], 'who is signed asks nobody');
});

test('another manifest under a name that was signed is found as well', async () => {
  const { world, sign } = opened({ ...old, digest: digestOfBytes('another') });
  sign(old);
  await learnOfOwn(world);
  assert.equal(await ownUnsigned(world), 'RELEASE_NOT_AS_SIGNED');
});

test('what was signed once and taken back since is no stranger; a checkout is no release', async () => {
  const { world, sign } = opened(old);
  sign(old, { withdrawn: 'it forgets' });
  await learnOfOwn(world);
  assert.equal(await ownUnsigned(world), null);
  assert.equal(await ownUnsigned(opened(null).world), undefined);
});
