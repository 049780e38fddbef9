/** What was found before an upgrade, or a deployment, begins. */

import { z } from 'zod';
import { bytes, groupName, problem, serverId } from '../shared/primitives.ts';

export const preflightView = z.object({
  go: z.boolean(),
  /** Reasons against; those in `goAheadPossible` may be taken upon oneself in the plan. */
  reasons: z.array(
    z.object({ because: problem, goAheadPossible: z.boolean(), accepted: z.boolean() }),
  ),
  precautions: z.array(z.string()),
  /** A vendor's installer does it: a kill in its middle may leave neither version whole. */
  notAtomic: z.literal(true).optional(),
  groups: z.array(
    z.object({
      name: groupName,
      servers: z.int(),
      bytes,
      /** null: the plan names no link speed. */
      linkSeconds: z.number().nullable(),
    }),
  ),
  unassigned: z.array(serverId),
});
