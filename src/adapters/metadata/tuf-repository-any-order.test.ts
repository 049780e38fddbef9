/**
 * Whatever order people sign, rotate, withdraw and give up in: what is published is believed by who
 * knows the first root only and by who has followed all the time, and versions only rise.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { digestOfBytes } from '../files/digest.ts';
import { roleNames, rolesOf, type RoleName } from './tuf-metadata.ts';
import { readPublished, stagedFolder, type Published } from './tuf-repository-files.ts';
import { makeSigner, openReader, rolesFor, type Reader } from './tuf-repository.testing.ts';
import { discardStaged, makeRepository, openStaged, publish, stage } from './tuf-repository.ts';
import { signStaged } from './tuf-signing.ts';
import { programLifetimes, type Change } from './tuf-staging.ts';

const root = await mkdtemp(join(tmpdir(), 'dankai-any-order-'));
after(() => rm(root, { recursive: true, force: true }));

const people = ['alice', 'bob', 'carol', 'dave'].map(makeSigner);
const versions = ['1', '2', '3'] as const;
const lifetimes = programLifetimes;
const now = Date.now();

type Act =
  | { readonly type: 'target' | 'withdraw' | 'remove'; readonly version: string }
  | {
      readonly type: 'rotate';
      readonly roles: RoleName[];
      readonly who: number[];
      readonly needs: number;
    }
  | { readonly type: 'sign'; readonly who: number[] }
  | { readonly type: 'refresh' | 'publish' | 'discard' | 'everybody' };

const who = fc.subarray([0, 1, 2, 3], { minLength: 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('target' as const),
      version: fc.constantFrom(...versions),
    }),
  },
  fc.record({
    type: fc.constantFrom('withdraw' as const, 'remove' as const),
    version: fc.constantFrom(...versions),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('rotate' as const),
      roles: fc.subarray([...roleNames], { minLength: 1 }),
      who,
      needs: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('sign' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom('publish' as const, 'everybody' as const) }),
  },
  fc.record({ type: fc.constantFrom('refresh' as const, 'discard' as const) }),
);

const nameOf = (version: string): string => `program/${version}.json`;

async function changeOf(one: Act, folder: string): Promise<Change | null> {
  switch (one.type) {
    case 'target': {
      const digest = digestOfBytes(one.version);
      const target = { name: nameOf(one.version), digest, bytes: 1, custom: { digest } };
      return { type: 'target', target };
    }
    case 'withdraw':
      return { type: 'withdraw', name: nameOf(one.version), reason: 'crashes' };
    case 'remove':
      return { type: 'remove', name: nameOf(one.version) };
    case 'refresh':
      return { type: 'refresh' };
    case 'rotate': {
      const opened = await openStaged(folder);
      assert.ok(opened.ok);
      const { published, staged } = opened.value;
      const before = rolesOf(staged?.metadata.root ?? published.root);
      const signers = one.who.flatMap((at) => people[at] ?? []);
      const mine = rolesFor(signers, Math.min(one.needs, signers.length)).root;
      return {
        type: 'roles',
        roles: { ...before, ...Object.fromEntries(one.roles.map((role) => [role, mine])) },
      };
    }
    case 'sign':
    case 'publish':
    case 'everybody':
    case 'discard':
      return null;
  }
}

/** Refusals are expected; what stands after them is looked at all the same. */
async function carryOut(one: Act, folder: string): Promise<void> {
  const change = await changeOf(one, folder);
  if (change !== null) {
    const files = one.type === 'target' ? { [nameOf(one.version)]: one.version } : {};
    await stage(change, { folder, now, lifetimes, files });
  }
  if (one.type === 'sign') await sign(folder, one.who);
  if (one.type === 'everybody') await sign(folder, [0, 1, 2, 3]);
  if (one.type === 'publish' || one.type === 'everybody') await publish(folder, now);
  if (one.type === 'discard') await discardStaged(folder);
}

/** Each by himself: who has nothing to sign is refused, and hinders nobody. */
async function sign(folder: string, who: readonly number[]): Promise<void> {
  for (const at of who) await signStaged(stagedFolder(folder), people.slice(at, at + 1));
}

const numbers = (published: Published): readonly number[] =>
  roleNames.map((role) => published[role]?.signed.version ?? 0);

async function seen(reader: Reader): Promise<readonly unknown[]> {
  await reader.refresh();
  return Promise.all(
    versions.map(async (one) => (await reader.target(nameOf(one)))?.custom ?? null),
  );
}

function stated({ targets }: Published): readonly unknown[] {
  return versions.map((one) => targets?.signed.targets[nameOf(one)]?.custom ?? null);
}

/** At its end something is published, whatever was drawn before. */
const publication: readonly Act[] = [
  { type: 'discard' },
  { type: 'refresh' },
  { type: 'everybody' },
];
const acts = fc
  .array(act, { minLength: 4, maxLength: 14 })
  .map((drawn) => [...drawn, ...publication]);

test('whatever order: what is published is believed, and versions only rise', async () => {
  let made = 0;
  let publications = 0;
  const runs = 12;
  await fc.assert(
    fc.asyncProperty(acts, async (drawn) => {
      const folder = join(root, `repository-${++made}`);
      const signers = people.slice(0, 1);
      const options = { folder, roles: rolesFor(signers), signers, now, lifetimes };
      assert.ok((await makeRepository(options)).ok);
      const following = await openReader(folder);
      await seen(following);
      let before = await publishedIn(folder);
      for (const one of drawn) {
        await carryOut(one, folder);
        const published = await publishedIn(folder);
        const [old, next] = [numbers(before), numbers(published)];
        assert.ok(
          next.every((version, at) => version >= (old[at] ?? 0)),
          `${old.join()} ${next.join()}`,
        );
        if (old.join() === next.join()) continue;
        publications++;
        assert.ok(['publish', 'everybody'].includes(one.type), 'nothing else publishes');
        const fresh = await openReader(folder);
        assert.deepEqual(await seen(fresh), stated(published));
        const again = await openReader(folder, following.folder);
        assert.deepEqual(await seen(again), stated(published));
        await fresh.end();
        before = published;
      }
      await following.end();
      await rm(folder, { recursive: true });
    }),
    { numRuns: runs },
  );
  assert.ok(publications >= runs, `${publications} publications were looked at`);
});

async function publishedIn(folder: string): Promise<Published> {
  const published = await readPublished(folder);
  assert.ok(published.ok);
  return published.value;
}
