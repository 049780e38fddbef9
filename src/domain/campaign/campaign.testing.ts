/** Campaigns as the tests of several files write them. */

import { brand, type ComponentName, type Digest, type RingName, type ServerId } from '../names.ts';
import { exampleGate } from '../ring/ring.testing.ts';
import type { RingGate } from '../ring/rollout.ts';
import type { Campaign, Wave } from './campaign.ts';

export const dayMs = 86_400_000;
export const siteNamed = (name: string): ServerId => brand<ServerId>(name);

export function wave(
  name: string,
  sites: readonly string[],
  { from = 0, gate = exampleGate }: { from?: number; gate?: RingGate | null } = {},
): Wave {
  return { name: brand<RingName>(name), sites: sites.map(siteNamed), from, gate };
}

/** Two waves: `tokyo` alone, then `osaka` and `kobe` behind a gate. */
export function campaignOf(change: Partial<Campaign> = {}): Campaign {
  return {
    campaign: brand('autumn'),
    number: 1,
    organisation: 'acme',
    at: 0,
    until: 30 * dayMs,
    reason: 'quarterly upgrade',
    release: {
      component: brand<ComponentName>('program'),
      version: '5.80.1179',
      digest: brand<Digest>('a'.repeat(64)),
    },
    inFlightMax: null,
    waves: [wave('pilot', ['tokyo']), wave('rest', ['osaka', 'kobe'])],
    plan: { groups: [{ name: 'A', domain: 'office' }] },
    withdrawn: null,
    ...change,
  };
}
