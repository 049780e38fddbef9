/**
 * Content that went through the rings of a site, and some that proves nothing: as an information
 * server would have written it down. Only what no tick changes while no server is connected.
 */

import type { SiteContent } from '#domain/fleet/content.ts';
import {
  brand,
  type Cause,
  type ComponentName,
  type Digest,
  type RingName,
  type ServerId,
} from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { OutcomeState } from '#domain/ring/outcome.ts';
import type { RingProgress, RollingRing } from '#domain/ring/rollout.ts';
import type { Rows } from '#ports/journal.ts';

export const contentRings = [
  { name: 'first', domains: ['web'], healthyMin: 10, sampleMin: 10 },
  { name: 'rest' },
];

const first = brand<RingName>('first');
const rest = brand<RingName>('rest');
const hourMs = 3_600_000;
const gate = {
  percentMin: 95,
  healthyMin: 10,
  sampleMin: 10,
  soakSeconds: 3_600,
  decideSeconds: 14_400,
};

export async function putRollouts(rows: Rows): Promise<void> {
  const now = Date.now();
  const spyware = brand<ComponentName>('spyware-pattern');
  const passed = { state: 'passed', at: now - 20 * hourMs, who: null } as const;
  await rows.rings.putRollout({
    component: spyware,
    content: content(spyware, '1.103'),
    before: content(spyware, '1.102'),
    rings: [ring(first, passed), ring(rest, passed)],
    isWatched: false,
    beganAt: now - 26 * hourMs,
  });
  await put(rows, spyware, [
    { ring: first, state: 'healthy', count: 38 },
    { ring: first, state: 'failed', cause: 'health', count: 2 },
    { ring: rest, state: 'healthy', count: 60 },
    { ring: rest, state: 'failed', cause: 'network', count: 1 },
  ]);
  const engine = brand<ComponentName>('scan-engine');
  const counted = { healthy: 0, judged: 3, healthyMin: 10, sampleMin: 10 };
  const because = problem('RING_INCONCLUSIVE', { ring: first, ...counted });
  await rows.rings.putRollout({
    component: engine,
    content: content(engine, '12.1'),
    before: content(engine, '12.0'),
    rings: [
      ring(first, { state: 'inconclusive', openedAt: now - 5 * hourMs, because }),
      ring(rest, { state: 'waiting' }),
    ],
    isWatched: false,
    beganAt: now - 5 * hourMs,
  });
  await put(rows, engine, [
    { ring: first, state: 'failed', cause: 'network', count: 8 },
    { ring: first, state: 'failed', cause: 'disk', count: 1 },
    { ring: first, state: 'there', count: 2, silentSince: now - hourMs },
  ]);
  await rows.rings.putWithdrawn({
    component: spyware,
    version: '1.101',
    file: digestOf('1.101'),
    reason: 'Scans of mail folders take minutes',
    who: 'mori',
    at: now - 50 * hourMs,
  });
}

function ring(name: RingName, progress: RingProgress): RollingRing {
  return { name, gate, progress };
}

type Told = {
  readonly ring: RingName;
  readonly state: OutcomeState;
  readonly cause?: Cause;
  readonly silentSince?: number;
  readonly count: number;
};

/** One server after another, whoever they are. */
async function put(rows: Rows, component: ComponentName, all: readonly Told[]): Promise<void> {
  let made = 0;
  for (const { ring: name, state, cause = null, silentSince = null, count } of all) {
    for (let told = 0; told < count; told++) {
      made += 1;
      await rows.rings.putOutcome({
        component,
        server: brand<ServerId>(`srv-${String(made).padStart(6, '0')}`),
        ring: name,
        state,
        cause,
        detail: cause === 'disk' ? 'no space left on device' : null,
        at: Date.now() - 4 * hourMs,
        silentSince,
      });
    }
  }
}

function content(component: ComponentName, version: string): SiteContent {
  return {
    component,
    version,
    ordering: 'decimal',
    path: `${component}/${version}`,
    file: { digest: digestOf(version), bytes: 40_000 },
    release: digestOf(`${version}0`),
  };
}

function digestOf(version: string): Digest {
  return brand<Digest>(version.replaceAll('.', '').padStart(64, '0'));
}
