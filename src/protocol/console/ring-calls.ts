/** Calls of both tiers about content on its way through rings, and about content taken back. */

import { z } from 'zod';
import { causes } from '#domain/names.ts';
import type { RingProgress } from '#domain/ring/rollout.ts';
import {
  componentName,
  domainName,
  instant,
  problem,
  ringCounts,
  ringName,
  serverId,
  version,
} from '../shared/primitives.ts';

const content = z.object({ component: componentName, version });

export type RingCountsView = z.infer<typeof ringCounts>;

const ringGate = z.object({
  percentMin: z.number(),
  healthyMin: z.int(),
  sampleMin: z.int(),
  soakSeconds: z.number(),
  decideSeconds: z.number(),
});
export type RingGateView = z.infer<typeof ringGate>;

/** A ring as the settings have it now; what is under way keeps those that it began with. */
const setRing = z.object({
  /** The deployment plan; null: of a site itself. */
  plan: z.string().nullable(),
  ring: ringName,
  gate: ringGate,
  folders: z.array(z.string()),
  domains: z.array(domainName),
  /** So many servers are named one by one. */
  servers: z.int(),
  /** Whoever is in no other ring of the site is in this one. */
  takesOthers: z.boolean(),
});
export type SetRingView = z.infer<typeof setRing>;

export const ringView = z.object({
  ring: ringName,
  state: z.enum(['waiting', 'open', 'soaking', 'inconclusive', 'passed', 'failed']),
  /** Since when it is in that state; null: it waits. */
  since: instant.nullable(),
  because: problem.nullable(),
  /** Who let it pass; null: its gate, or it has not passed. */
  who: z.string().nullable(),
  gate: ringGate.nullable(),
  counts: ringCounts,
});

const rolloutView = z.object({
  /** Its name for `content.pass`: of a component here, of a download at a control manager. */
  rollout: z.string(),
  contents: z.array(content),
  /** What there was before, and is again where this is taken back. */
  before: z.array(content),
  /** The deployment plan; null: the rings of a site itself. */
  plan: z.string().nullable(),
  /** `open`: to everybody, and nobody judges. */
  state: z.enum(['open', 'queued', 'running', 'inconclusive', 'passed', 'failed', 'withdrawn']),
  emergency: z.boolean(),
  beganAt: instant,
  rings: z.array(ringView),
  /** Some of those whom it did not suit, as far as the asker may see them. */
  failed: z.array(
    z.object({ server: serverId, cause: z.enum(causes), detail: z.string().nullable() }),
  ),
});
export type RolloutView = z.infer<typeof rolloutView>;

export const ringCalls = {
  'content.rings': {
    params: z.strictObject({}),
    result: z.object({
      rollouts: z.array(rolloutView),
      /** Versions before this do not say. */
      settings: z.array(setRing).optional(),
      withdrawn: z.array(
        z.object({
          component: componentName,
          version,
          reason: z.string(),
          who: z.string(),
          at: instant,
        }),
      ),
    }),
  },
  /** A person takes it upon himself that a ring which proved nothing counts as passed. */
  'content.pass': {
    params: z.strictObject({ rollout: z.string().min(1).max(64), ring: ringName }),
    result: z.object({ done: z.literal(true) }),
  },
  /** Nobody takes that content any more; who has it goes back to what there was before. */
  'content.withdraw': {
    params: z.strictObject({
      component: componentName,
      version,
      /** Stands in the record, and is told to whoever is offered it. */
      reason: z.string().min(1).max(500),
    }),
    result: z.object({ done: z.literal(true) }),
  },
  /**
   * Lets one version in for a day, in spite of holds: at an information server those of people and
   * of its control manager, at a control manager its own; through the rings all the same.
   */
  'content.admit': {
    params: z.strictObject({
      component: componentName,
      version,
      /** Stands in the record. */
      reason: z.string().min(1).max(500),
    }),
    result: z.object({ done: z.literal(true) }),
  },
} as const;

/** How far a ring is, as it is shown. */
export function progressView(
  progress: RingProgress,
): Omit<RolloutView['rings'][number], 'ring' | 'gate' | 'counts'> {
  const { state } = progress;
  const because = 'because' in progress ? progress.because : null;
  const who = progress.state === 'passed' ? progress.who : null;
  return { state, since: sinceOf(progress), because, who };
}

function sinceOf(progress: RingProgress): number | null {
  switch (progress.state) {
    case 'waiting':
      return null;
    case 'open':
    case 'inconclusive':
      return progress.openedAt;
    case 'soaking':
      return progress.since;
    case 'passed':
    case 'failed':
      return progress.at;
  }
}
