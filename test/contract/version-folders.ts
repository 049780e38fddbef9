/** What the versions of a component side by side promise, whatever disk they stand on. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type Platform } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { VersionFolders } from '#ports/installer.ts';

export type Packed = { readonly release: Release; readonly archiveFile: string };

export type VersionFoldersFixture = {
  /** As any later process finds them. */
  open(): VersionFolders;
  pack(version: string): Promise<Packed>;
  /** A file in that place that is no archive. */
  notAnArchive(): Promise<string>;
  /** Somebody changes a file of it. */
  damage(name: string): Promise<void>;
};

const codeOf = (result: Result<null>): string => (result.ok ? 'ok' : result.because.code);

function elsewhere({ digest, manifest }: Release): Release {
  const platform = brand<Platform>('another-platform');
  const packages = manifest.packages.map((one) => ({ ...one, platform }));
  return { digest, manifest: { ...manifest, packages } };
}

export function versionFoldersContract(
  name: string,
  make: () => Promise<VersionFoldersFixture>,
): void {
  describe(`version folders: ${name}`, () => {
    test('nothing is there before something was added', async () => {
      const { open, pack } = await make();
      const { release } = await pack('1.0');
      const folders = open();
      assert.deepEqual(await folders.list(), []);
      assert.equal(await folders.current(), null);
      assert.equal(await folders.find(release.digest), null);
      assert.equal(await folders.release(folders.nameOf(release)), null);
      assert.equal(await folders.isIntact(release), false);
    });

    test('what was added stands there whole, for later processes too, and is not current', async () => {
      const { open, pack } = await make();
      const { release, archiveFile } = await pack('1.0');
      assert.equal(codeOf(await open().add(release, archiveFile)), 'ok');
      const folders = open();
      const place = folders.nameOf(release);
      assert.deepEqual(await folders.list(), [place]);
      assert.deepEqual(await folders.find(release.digest), release);
      assert.deepEqual(await folders.release(place), release);
      assert.equal(await folders.isIntact(release), true);
      assert.equal(await folders.current(), null);
      assert.equal(codeOf(await folders.add(release, 'no such file')), 'ok', 'it stands already');
    });

    test('the link names one of them, another one, or none', async () => {
      const { open, pack } = await make();
      const [first, second] = [await pack('1.0'), await pack('2.0')];
      for (const { release, archiveFile } of [first, second]) {
        assert.equal(codeOf(await open().add(release, archiveFile)), 'ok');
      }
      const folders = open();
      const names = [first, second].map(({ release }) => folders.nameOf(release));
      assert.deepEqual(await folders.list(), names);
      for (const one of [...names, names[0] ?? null, null]) {
        assert.equal(codeOf(await folders.point(one)), 'ok');
        assert.equal(await open().current(), one);
      }
    });

    test('only those that are named stay; the link is not touched', async () => {
      const { open, pack } = await make();
      const versions = [await pack('1.0'), await pack('2.0'), await pack('3.0')];
      const folders = open();
      for (const { release, archiveFile } of versions) await folders.add(release, archiveFile);
      const [, second = '', third = ''] = await folders.list();
      await folders.point(third);
      await folders.keepOnly([third, second]);
      assert.deepEqual(await open().list(), [second, third]);
      assert.equal(await open().current(), third);
      const [first] = versions;
      assert.equal(await folders.find(first?.release.digest ?? brand('none')), null);
    });

    test('what is damaged is seen, and whole again when it is added anew', async () => {
      const { open, pack, damage } = await make();
      const { release, archiveFile } = await pack('1.0');
      const folders = open();
      await folders.add(release, archiveFile);
      await damage(folders.nameOf(release));
      assert.equal(await folders.isIntact(release), false);
      assert.equal(codeOf(await folders.add(release, archiveFile)), 'ok');
      assert.equal(await folders.isIntact(release), true);
    });

    test('what is not the tree of its manifest gets no folder', async () => {
      const { open, pack, notAnArchive } = await make();
      const [wanted, other] = [await pack('1.0'), await pack('2.0')];
      const folders = open();
      const refusals = [
        [wanted.release, other.archiveFile, 'PACKAGE_DIGEST_WRONG'],
        [wanted.release, await notAnArchive(), 'PACKAGE_UNREADABLE'],
        [elsewhere(wanted.release), wanted.archiveFile, 'PACKAGE_NO_PLATFORM'],
      ] as const;
      for (const [release, archiveFile, code] of refusals) {
        assert.equal(codeOf(await folders.add(release, archiveFile)), code);
        assert.deepEqual(await folders.list(), []);
        assert.equal(await folders.find(release.digest), null);
      }
    });
  });
}
