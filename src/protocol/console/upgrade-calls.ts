/**
 * Calls about upgrades as a page shows them: beside what an upgrade says of itself what was planned,
 * what was forecast, and what a person may say to it now. A part of the table in `contract.ts`.
 */

import { z } from 'zod';
import { causes } from '#domain/names.ts';
import { directions } from '#domain/upgrade/directions.ts';
import {
  bytes,
  componentName,
  groupName,
  instant,
  problem,
  serverId,
  upgradeId,
  version,
} from '../shared/primitives.ts';
import { rangeSchema } from './forecast.ts';

const count = z.int().min(0);

export const upgradeServersMax = 1_000;
export const plannedWindowsMax = 60;

const listedUpgrade = z.object({
  upgrade: upgradeId,
  form: z.string(),
  component: componentName,
  version,
  state: z.string(),
  because: problem.nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  mixedUntil: instant,
  groups: count,
  servers: count,
  upgraded: count,
  /** Returned, vanished or held. */
  troubled: count,
});

const plannedGroup = z.object({
  name: groupName,
  servers: count,
  from: instant,
  /** The first of them; empty: at any time. */
  windows: z.array(z.object({ from: instant, until: instant })),
  hold: z.enum(['site', 'servers']),
  /** Waits for a person even when the gate before it passed. */
  approve: z.boolean(),
  soakSeconds: z.number(),
  method: z.enum(['deployment', 'local-installation', 'mixed']),
  /** Why nobody may approve it now; null: it may be approved. */
  notApprovable: problem.nullable(),
  bytes: z.object({ actual: bytes, planned: bytes }),
  forecast: z
    .object({ startsAt: rangeSchema.nullable(), endsAt: rangeSchema.nullable() })
    .nullable(),
});

export const upgradeCalls = {
  /** Newest first. */
  'upgrade.list': {
    params: z.strictObject({}),
    result: z.object({ upgrades: z.array(listedUpgrade) }),
  },
  'upgrade.show': {
    params: z.strictObject({ upgrade: upgradeId }),
    result: z.object({
      now: instant,
      /** The group whose turn it is; null: none is left. */
      turn: groupName.nullable(),
      /** Why it may not be said now; null: it may. */
      not: z.record(z.enum(directions), problem.nullable()),
      /** It stopped the agent (D5) and starts it again (D10). */
      agentStopped: z.boolean(),
      agent: z.object({ upgrade: z.boolean(), stop: z.boolean() }),
      mixedUntil: instant,
      holdMinutesMax: z.number(),
      linkBitsPerSecond: z.number().nullable(),
      groups: z.array(plannedGroup),
      forecast: z
        .object({ endsAt: rangeSchema.nullable(), mixedEndsAt: rangeSchema.nullable() })
        .nullable(),
    }),
  },
  /** Of one group, in the order of their names: to each those of his own domains. */
  'upgrade.servers': {
    params: z.strictObject({ upgrade: upgradeId, group: groupName }),
    result: z.object({
      servers: z
        .array(
          z.object({
            server: serverId,
            state: z.string(),
            cause: z.enum(causes).nullable(),
            because: problem.nullable(),
          }),
        )
        .max(upgradeServersMax),
    }),
  },
  /** What must be known of a release before one upgrades to it (R1, R2). */
  'release.show': {
    params: z.strictObject({ component: componentName, version }),
    result: z.object({
      component: componentName,
      version,
      kind: z.string(),
      appliesTo: z.object({ min: version, max: version }),
      needs: z.object({ diskBytes: bytes, memoryBytes: bytes }),
      needsComponents: z.array(componentName),
      precautions: z.array(z.string()),
      rebootRecommended: z.boolean(),
      returnTo: z.array(version),
      packages: z.array(z.object({ platform: z.string(), bytes })),
    }),
  },
} as const;

export type ListedUpgrade = z.infer<typeof listedUpgrade>;
export type PlannedGroupView = z.infer<typeof plannedGroup>;
