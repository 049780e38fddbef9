import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type Platform } from '../names.ts';
import { isProvedToRun, shows } from './proof.ts';
import type { Release, ReleasePackage } from './release.ts';
import { plainManifest } from './release.testing.ts';

const digest = (letter: string) => brand<Digest>(letter.repeat(64));
const linux = brand<Platform>('linux-x64');
const file = (path: string, letter: string) => ({ path, digest: digest(letter) });
const two = [file('bin/a', 'a'), file('bin/b', 'b')];

function releaseWith(proof: ReleasePackage['proof']): Release {
  return {
    digest: digest('0'),
    manifest: {
      ...plainManifest,
      packages: [
        {
          platform: linux,
          treeDigest: digest('0'),
          treeBytes: 1,
          fileCount: 1,
          archive: { digest: digest('0'), bytes: 1 },
          proof,
        },
      ],
    },
  };
}

test('every file that is expected must be shown, with its digest; others do not matter', () => {
  assert.ok(shows(two, two.toReversed()));
  assert.ok(shows(two, [...two, file('bin/c', 'c')]));
  assert.ok(shows([], two));
  assert.ok(!shows(two, two.slice(1)));
  assert.ok(!shows(two, [file('bin/a', 'a'), file('bin/b', 'c')]));
});

test('a process proves a release by the package of its platform', () => {
  const release = releaseWith(two);
  assert.ok(isProvedToRun(release, { platform: linux, proof: two }));
  assert.ok(!isProvedToRun(release, { platform: linux, proof: [] }));
  assert.ok(!isProvedToRun(release, { platform: brand('windows-x64'), proof: two }));
  assert.ok(isProvedToRun(releaseWith([]), { platform: linux, proof: [] }));
});
