/**
 * Packages that leave a store, with a real journal and a real disk: what is in use stays, what goes is
 * gone after a kill as well, and comes back with its release file.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { storedArchive } from '#adapters/release/release-file.ts';
import { openStore, storeFolder } from '#adapters/share/store-disk.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import {
  brand,
  type Digest,
  type PersonName,
  type Platform,
  type ServerId,
} from '#domain/names.ts';
import { removeGone } from '#information-server/content/packages-here.ts';
import { againstImport } from '#information-server/content/imports.ts';
import type { Change } from '#information-server/loop.ts';
import type { Parts } from '#information-server/parts.ts';
import { pruneShare } from '#information-server/routes/prune.ts';
import { serverNamed } from '../contract/journal-rows.testing.ts';

const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
const digest = (name: string): Digest => brand<Digest>(name);

function release(version: string, archives: readonly string[]): Release {
  const packages = archives.map((archive) => ({
    platform: brand<Platform>('any'),
    treeDigest: digest(`tree of ${archive}`),
    treeBytes: 1,
    fileCount: 1,
    archive: { digest: digest(archive), bytes: 100 },
    proof: [],
  }));
  return {
    digest: digest(`release ${version}`),
    manifest: { ...plainManifest, version, packages },
  };
}

const releases = [
  release('1', ['a1', 'shared']),
  release('2', ['a2', 'shared']),
  release('3', ['a3']),
  release('4', ['a4']),
  release('5', ['a5']),
];

/** A server runs 3; another is told to have 1, where that is asked for. */
async function world(context: TestContext, isWanted = false) {
  const root = await mkdtemp(join(tmpdir(), 'dankai-prune-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  const opened = await openJournal(join(root, 'journal.sqlite'));
  assert.ok(opened.ok);
  const journal = opened.value;
  context.after(() => journal.close());
  const archives = join(storeFolder(root), 'archives');
  await mkdir(archives, { recursive: true });
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'shared', 'a delta']) {
    await writeFile(storedArchive(storeFolder(root), digest(name)), name);
  }
  await journal.transaction(async (rows) => {
    await rows.log.beginRecord({ site: brand<ServerId>('tokyo'), at: 1 });
    for (const one of releases) await rows.catalogue.putRelease(one, 1);
    const running = { version: '3', digest: digest('release 3') };
    await rows.fleet.putServer({ ...serverNamed('web-1'), running });
    const { server } = serverNamed('web-2');
    await rows.fleet.putServer({ ...serverNamed('web-2'), running });
    const { component } = plainManifest;
    const wanted = { server, component, version: '1', digest: digest('release 1') };
    if (isWanted) await rows.fleet.putDesired({ ...wanted, owner: 'manual' });
  });
  const share = { putContent: () => Promise.reject(new Error('no content comes in here')) };
  const store = openStore({ root, share });
  const site = { self: { digest: digest('release 5') }, clock: { now: () => 7 }, store, journal };
  const loop = { submit: (change: Change) => journal.transaction(change) };
  const parts = { site, loop } as unknown as Parts;
  const pruned = async (versionsKept: number, preview = false) => {
    const answer = await pruneShare(parts, { versionsKept, preview }, by);
    assert.ok(answer.ok);
    const { gone, kept } = answer.value;
    return {
      gone: gone.map(({ version }) => version),
      kept: kept.map(({ version, because }) => `${version} ${because}`),
    };
  };
  const onDisk = async (): Promise<readonly string[]> => (await readdir(archives)).toSorted();
  return { parts, journal, store, archives, pruned, onDisk };
}

test('what nobody runs, wants or goes back to leaves the disk; what two releases have stays', async (context) => {
  const { journal, pruned, onDisk } = await world(context);
  const before = await onDisk();
  const expected = { gone: ['1'], kept: ['2 way-back', '3 in-use', '4 way-back', '5 in-use'] };
  assert.deepEqual(await pruned(1, true), expected);
  assert.deepEqual(await onDisk(), before);
  assert.deepEqual(await pruned(1), expected);
  assert.deepEqual(await onDisk(), ['a delta', 'a2', 'a3', 'a4', 'a5', 'shared']);
  assert.deepEqual((await pruned(1)).gone, []);
  const lines = await journal.rows.log.record(0, 10);
  assert.deepEqual(
    lines.map(({ kind, who, detail }) => [kind, who, detail['version']]),
    [['packages-removed', 'mori', '1']],
  );
});

test('what a server is told to have stays, though no server runs it', async (context) => {
  const { pruned } = await world(context, true);
  const { gone, kept } = await pruned(1);
  assert.deepEqual([gone, kept[0]], [[], '1 in-use']);
});

test('the version of packages that went is taken; they come back with their release file', async (context) => {
  const { journal, pruned } = await world(context);
  await pruned(1);
  const [first] = releases;
  assert.ok(first !== undefined);
  const other = { ...first, digest: digest('another 1') };
  assert.equal((await againstImport(journal.rows, other))?.code, 'RELEASE_VERSION_TAKEN');
  assert.equal(await againstImport(journal.rows, first), null);
  assert.deepEqual(await journal.rows.catalogue.release(first.digest), first);
  await journal.transaction((rows) => rows.catalogue.putRelease(first, 8));
  assert.equal((await pruned(5)).kept[0], '1 newest');
});

test('a kill before the files were removed leaves none behind', async (context) => {
  const { parts, journal, onDisk } = await world(context);
  await journal.transaction((rows) => rows.catalogue.packagesGone(digest('release 1'), 7));
  assert.ok((await onDisk()).includes('a1'));
  await removeGone(parts.site);
  assert.deepEqual(await onDisk(), ['a delta', 'a2', 'a3', 'a4', 'a5', 'shared']);
});
