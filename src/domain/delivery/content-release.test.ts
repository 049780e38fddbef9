import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, orderings, parseVersion, type Ordering } from '../catalogue/version.ts';
import { brand, type ComponentName, type Digest } from '../names.ts';
import { contentManifest, fileNameOf } from './content-release.ts';

const digest = brand<Digest>('a'.repeat(64));
const packed = {
  treeDigest: digest,
  treeBytes: 70,
  fileCount: 1,
  archive: { digest, bytes: 60 },
};

function manifestOf(ordering: Ordering) {
  const component = brand<ComponentName>('pattern');
  return contentManifest({ component, version: '1', ordering, bytes: 50 }, packed);
}

const versions: Readonly<Record<Ordering, readonly string[]>> = {
  decimal: ['0', '5.80', '999'],
  semver: ['0.0.0-alpha', '1.2.3', '9999.1.1'],
  dotted: ['0', '0.1', '19.555.00'],
  counter: ['0', '880'],
  date: ['0000-01-01', '2026-11-23'],
};

for (const ordering of orderings) {
  test(`content ordered as ${ordering} may follow any version`, () => {
    const { min, max } = manifestOf(ordering).appliesTo;
    for (const version of versions[ordering]) {
      assert.ok(parseVersion(ordering, version).ok, version);
      assert.ok(compareVersions(ordering, min, version) <= 0, version);
      assert.ok(compareVersions(ordering, version, max) < 0, version);
    }
  });
}

test('the release of a file is content for every platform, with room for it twice', () => {
  const manifest = manifestOf('counter');
  assert.deepEqual([manifest.lane, manifest.kind], ['content', 'content']);
  assert.equal(manifest.needs.diskBytes, 100);
  assert.deepEqual(manifest.packages, [{ platform: 'any', ...packed, proof: [] }]);
  assert.deepEqual(manifest.catalogue, { version: '1', sections: [] });
});

test('a file is called as it is in the share, whichever way its folders are parted', () => {
  assert.equal(fileNameOf('pattern/lpt.880'), 'lpt.880');
  assert.equal(fileNameOf('pattern\\deep\\lpt.880'), 'lpt.880');
  assert.equal(fileNameOf('lpt.880'), 'lpt.880');
});
