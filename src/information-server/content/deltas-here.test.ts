import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { brand, type ComponentName, type Digest, type Platform } from '#domain/names.ts';
import type { Deltas, KeptDelta } from '#ports/deltas.ts';
import type { Site } from '../site.ts';
import { deltaBytesTo } from './deltas-here.ts';

const digest = (name: string): Digest => brand<Digest>(name);
const scan = brand<ComponentName>('scan');

function release(version: string, platforms: readonly string[]): Release {
  const packages = platforms.map((platform) => ({
    platform,
    treeDigest: digest(`${version} ${platform}`),
  }));
  return { digest: digest(version), manifest: { component: scan, packages } } as unknown as Release;
}

function server(platform: string, version: string | null): FleetServer {
  const programs = version === null ? [] : [{ component: scan, version, digest: digest(version) }];
  return { platform: brand<Platform>(platform), programs, contents: [] } as unknown as FleetServer;
}

const releases = [
  release('1', ['x64', 'arm']),
  release('2', ['x64', 'arm']),
  release('3', ['x64']),
];
const made = new Map<string, KeptDelta>([
  ['1 x64-3 x64', { digest: digest('a delta'), bytes: 17 }],
  ['2 x64-3 x64', null],
]);

function siteWith(deltas: Pick<Deltas, 'find'> | undefined) {
  const rows = { catalogue: { releases: async () => releases } };
  return { journal: { rows }, deltas } as unknown as Pick<Site, 'journal' | 'deltas'>;
}

test('a delta counts where it is made from what the server runs on its platform', async () => {
  const target = releases[2];
  assert.ok(target !== undefined);
  const find: Deltas['find'] = async ({ from, to }) => {
    const kept = made.get(`${from}-${to}`);
    return kept === undefined ? 'absent' : kept;
  };
  const bytes = await deltaBytesTo(siteWith({ find }), target);
  const cases: readonly (readonly [string, FleetServer, number | null])[] = [
    ['one is made', server('x64', '1'), 17],
    ['it would be no smaller', server('x64', '2'), null],
    ['it runs the release already', server('x64', '3'), null],
    ['the release has no package for it', server('arm', '1'), null],
    ['what it runs never was here', server('x64', '0'), null],
    ['it runs nothing of the component', server('x64', null), null],
  ];
  for (const [title, one, expected] of cases) assert.equal(bytes(one), expected, title);
  const without = await deltaBytesTo(siteWith(undefined), target);
  assert.equal(without(server('x64', '1')), null);
});
