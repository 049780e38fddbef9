/** Two groups of two servers, an old and a new release: what the stories of the checkers are about. */

import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type HoldId,
  type LeaseId,
  type Platform,
  type ServerId,
} from '#domain/names.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Release, ReleaseManifest } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';

export const site = 'tokyo';
export const ownServer = brand<ServerId>('tokyo-own');
export const program = brand<ComponentName>('program');
export const pattern = brand<ComponentName>('pattern');
export const platform = brand<Platform>('linux-x64');
const digestOf = (letter: string) => brand<Digest>(letter.repeat(64));

function releaseOf(
  letter: string,
  manifest: Pick<ReleaseManifest, 'component' | 'lane' | 'kind' | 'version'>,
): Release {
  const section = { name: 'Info_451_40000_1_4_1', offersPackage: true };
  return {
    digest: digestOf(letter),
    manifest: {
      format: 1,
      ordering: 'decimal',
      appliesTo: { min: '1', max: '99' },
      needsComponents: [],
      needs: { diskBytes: 0, memoryBytes: 0 },
      precautions: [],
      returnTo: [],
      rebootRecommended: false,
      packages: [
        {
          platform,
          treeDigest: brand<Digest>(`tree of ${letter}`),
          treeBytes: 10,
          fileCount: 1,
          archive: { digest: brand<Digest>(`archive of ${letter}`), bytes: 10 },
          proof: [{ path: 'main', digest: brand<Digest>(`main of ${letter}`) }],
        },
      ],
      catalogue: {
        version: manifest.version,
        sections: manifest.lane === 'program' ? [section] : [],
      },
      ...manifest,
    },
  };
}

export const old = releaseOf('a', {
  component: program,
  lane: 'program',
  kind: 'self',
  version: '5.70',
});
export const target = releaseOf('b', {
  component: program,
  lane: 'program',
  kind: 'self',
  version: '5.80',
});
export const newer = releaseOf('c', {
  component: program,
  lane: 'program',
  kind: 'self',
  version: '5.90',
});
export const content = releaseOf('d', {
  component: pattern,
  lane: 'content',
  kind: 'content',
  version: '2',
});
export const unknown = digestOf('f');

const gate = { percentMin: 100, sampleMin: 1, soakSeconds: 1 };
const groupOf = (name: string, ...servers: string[]) => ({
  name: brand<GroupName>(name),
  servers: servers.map((one) => brand<ServerId>(one)),
  from: 0,
  windows: [],
  hold: 'site' as const,
  approve: false,
  gate,
});

export const plan: UpgradePlan = {
  upgrade: brand('to-5.80'),
  release: { component: program, version: '5.80', digest: target.digest },
  form: 'upgrade',
  groups: [groupOf('A', 'a1', 'a2'), groupOf('B', 'b1', 'b2')],
  agent: { upgrade: false, stop: false },
  leaseSeconds: 60,
  proveSeconds: 60,
  inFlightMax: 1,
  holdMinutesMax: 10,
  stageMinutesMax: 60,
  linkBitsPerSecond: null,
  groupMinutesMax: null,
  mixedDaysMax: 90,
  precautionsRead: true,
  goAhead: [],
};

/** Content of the whole site, unless a test says otherwise. */
export function holdOf(change: Partial<Hold> = {}): Hold {
  return {
    id: brand<HoldId>('hold-1'),
    scope: { servers: 'site', lanes: ['content'], components: [] },
    reason: 'said so',
    owner: { kind: 'upgrade', upgrade: plan.upgrade, key: 'A' },
    from: 0,
    until: 600_000,
    releasedAt: null,
    ...change,
  };
}

export function revisionOf(change: Partial<CatalogueRevision>): CatalogueRevision {
  const fence = { epoch: 1, number: 1 };
  const section = 'Info_451_40000_1_4_1';
  const text = `[${section}]\r\nVersion=5.70\r\n`;
  const watched = [{ section, ordering: 'decimal' as const }];
  return { fence, manifests: [old.digest], text, watched, files: [], ...change };
}

export const releases = new Map([old, target, newer, content].map((one) => [one.digest, one]));

export function leaseOf(name: string): LeaseId {
  return brand<LeaseId>(`lease-${name}`);
}

export function fleetServer(server: ServerId): FleetServer {
  return {
    server,
    installId: 'install',
    machineId: server,
    domain: brand('default'),
    platform,
    os: 'Linux',
    memoryBytes: 1,
    diskBytesFree: 1,
    running: { version: '5.70', digest: old.digest },
    programs: [],
    contents: [],
    rebootRecommended: null,
    withInformationServer: false,
    lastSeen: 0,
    bytesReceived: {},
  };
}
