import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type Digest } from '../names.ts';
import { deltasOfUse } from './deltas-of-use.ts';
import type { Release } from './release.ts';

const digest = (name: string): Digest => brand<Digest>(name);

function release(component: string, version: string): Release {
  return {
    digest: digest(`${component} ${version}`),
    manifest: {
      component: brand<ComponentName>(component),
      version,
      packages: [{ treeDigest: digest(`tree of ${component} ${version}`) }],
    },
  } as unknown as Release;
}

const releases = ['1', '2', '3', '4', '5'].map((version) => release('scan', version));
const pair = (from: string, to: string) => ({
  from: digest(`tree of scan ${from}`),
  to: digest(`tree of scan ${to}`),
});

function check(
  title: string,
  used: { readonly wanted?: readonly string[]; readonly installed: readonly string[] },
  expected: Readonly<Record<string, boolean>>,
): void {
  test(title, () => {
    const of = (versions: readonly string[]): ReadonlySet<Digest> =>
      new Set(versions.map((version) => digest(`scan ${version}`)));
    const isOfUse = deltasOfUse({
      releases: [...releases, release('other', '1')],
      wanted: of(used.wanted ?? []),
      installed: of(used.installed),
    });
    for (const [versions, isKept] of Object.entries(expected)) {
      const [from = '', to = ''] = versions.split(' ');
      assert.equal(isOfUse(pair(from, to)), isKept, versions);
    }
  });
}

check(
  'what leads from a version that no server has, or to one that is past, is of no use',
  { installed: ['3', '4'] },
  { '3 5': true, '4 5': true, '3 4': true, '1 5': false, '2 5': false, '3 2': false, '4 1': false },
);

check(
  'what an upgrade that is not finished leads to stays, also when a newer version came',
  { wanted: ['2'], installed: ['1'] },
  { '1 2': true, '1 3': false, '1 5': true },
);

check(
  'a version that never was here may be anywhere: its delta came with a release',
  { installed: ['4'] },
  { 'elsewhere 5': true, 'elsewhere 3': false, '4 elsewhere': false },
);

check(
  'before any server was heard, nothing that leads to a known version goes',
  { installed: [] },
  { '1 2': true, '1 5': true, '1 elsewhere': false },
);
