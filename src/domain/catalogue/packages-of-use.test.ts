import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type Digest } from '../names.ts';
import { packagesOfUse, type PackagesStay } from './packages-of-use.ts';
import { plainManifest } from './release.testing.ts';
import type { Release } from './release.ts';

const digest = (name: string): Digest => brand<Digest>(name);

function release(component: string, version: string, returnTo: readonly string[] = []): Release {
  const of = brand<ComponentName>(component);
  return {
    digest: digest(`${component} ${version}`),
    manifest: { ...plainManifest, component: of, version, returnTo },
  };
}

const scan = ['1', '2', '3', '4', '5', '6'].map((version) => release('scan', version));

function check(
  title: string,
  used: {
    readonly releases?: readonly Release[];
    readonly inUse?: readonly string[];
    readonly versionsKept?: number;
  },
  expected: Readonly<Record<string, PackagesStay>>,
): void {
  test(title, () => {
    const found = packagesOfUse({
      releases: used.releases ?? scan,
      inUse: new Set((used.inUse ?? []).map(digest)),
      versionsKept: used.versionsKept ?? 1,
    });
    const stays = found.map(({ release: one, stays: why }) => [one.digest, why]);
    assert.deepEqual(Object.fromEntries(stays), expected);
  });
}

check(
  'the newest of each component stay, whether anybody uses them or not',
  { releases: [...scan.slice(3), release('other', '1')], versionsKept: 2 },
  { 'scan 4': null, 'scan 5': 'newest', 'scan 6': 'newest', 'other 1': 'newest' },
);

check(
  'what is in use stays, and the version before it',
  { inUse: ['scan 3', 'scan 6'] },
  {
    'scan 1': null,
    'scan 2': 'way-back',
    'scan 3': 'in-use',
    'scan 4': null,
    'scan 5': 'way-back',
    'scan 6': 'in-use',
  },
);

check(
  'every version that one in use may go back to by its signature stays',
  { releases: [...scan.slice(0, 5), release('scan', '6', ['1', '3'])], inUse: ['scan 6'] },
  {
    'scan 1': 'way-back',
    'scan 2': null,
    'scan 3': 'way-back',
    'scan 4': null,
    'scan 5': 'way-back',
    'scan 6': 'in-use',
  },
);

check(
  'the order is that of the versions, not that in which they came',
  { releases: [release('scan', '10'), release('scan', '9'), release('scan', '8')] },
  { 'scan 8': null, 'scan 9': null, 'scan 10': 'newest' },
);
