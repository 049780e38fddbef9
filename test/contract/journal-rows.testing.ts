/** Rows that the contract tests of journals put in and compare. */

import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { Hold } from '#domain/hold/hold.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type HoldId,
  type LeaseId,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import {
  isInFlight,
  newGroup,
  newServer,
  type ServerState,
  type UpgradeServer,
} from '#domain/upgrade/state.ts';
import { exampleHead, examplePlan } from '#domain/upgrade/upgrade.testing.ts';
import type { Rows } from '#ports/journal.ts';

export const groupA = brand<GroupName>('A');
export const groupB = brand<GroupName>('B');

export function digestOf(number: number): Digest {
  return brand<Digest>(number.toString(16).padStart(64, '0'));
}

export function serverNamed(name: string): FleetServer {
  return {
    server: brand<ServerId>(name),
    installId: `install-${name}`,
    machineId: `machine-${name}`,
    domain: brand<DomainName>('tokyo'),
    platform: brand<Platform>('linux-x64'),
    os: 'Linux 6.1',
    memoryBytes: 1e9,
    diskBytesFree: 5e9,
    running: { version: '5.70', digest: digestOf(570) },
    programs: [],
    contents: [],
    rebootRecommended: null,
    withInformationServer: false,
    lastSeen: 0,
    bytesReceived: {},
  };
}

export function releaseOf(component: string, number: number): Release {
  return {
    digest: digestOf(number),
    manifest: {
      format: 1,
      component: brand<ComponentName>(component),
      lane: 'program',
      kind: 'tree',
      version: `1.${number}`,
      ordering: 'dotted',
      appliesTo: { min: '0', max: '9' },
      needsComponents: [],
      needs: { diskBytes: 0, memoryBytes: 0 },
      precautions: [],
      returnTo: [],
      rebootRecommended: false,
      packages: [],
      catalogue: { version: `1.${number}`, sections: [] },
    },
  };
}

export function revisionOf(epoch: number, number: number): CatalogueRevision {
  return {
    fence: { epoch, number },
    manifests: [digestOf(number)],
    text: `; ${epoch}.${number}\r\n`,
    watched: [],
    files: [],
  };
}

export function contentOf(component: string, number: number): SiteContent {
  return {
    component: brand<ComponentName>(component),
    version: String(number),
    ordering: 'decimal',
    path: `pattern/${component}.${number}`,
    file: { digest: digestOf(number), bytes: number },
    release: digestOf(number + 1),
  };
}

export function holdOf(id: string, change: Partial<Hold>): Hold {
  return {
    id: brand<HoldId>(id),
    scope: { servers: 'site', lanes: ['content'], components: [] },
    reason: 'month end',
    owner: { kind: 'person', name: 'mori' },
    from: 0,
    until: 100,
    releasedAt: null,
    ...change,
  };
}

export function rowOf(
  server: string,
  state: ServerState,
  change: Partial<UpgradeServer> = {},
): UpgradeServer {
  const lease = isInFlight(state)
    ? { id: brand<LeaseId>(`lease-${server}`), grantedAt: 1, until: 60_001 }
    : null;
  const row = newServer(brand<ServerId>(server), groupA);
  return { ...row, state, lease, wasLeased: lease !== null, ...change };
}

/** An upgrade with the groups A and B. */
export async function begin(rows: Rows, name: string, component = 'program'): Promise<UpgradeId> {
  const upgrade = brand<UpgradeId>(name);
  const release = {
    component: brand<ComponentName>(component),
    version: name,
    digest: digestOf(580),
  };
  const plan = examplePlan({ upgrade, release });
  await rows.upgrades.begin(plan, exampleHead(plan, {}), [
    newGroup(groupB, 1, 0),
    newGroup(groupA, 2, 0),
  ]);
  return upgrade;
}
