/** One server as the tree shows it. */

import { z } from 'zod';
import {
  bytes,
  componentName,
  groupName,
  instant,
  serverId,
  version,
} from '../shared/primitives.ts';

/** How the session proves a server (D9): `new` only when its hello names the digest wanted. */
const session = z.object({
  state: z.enum(['none', 'old', 'new']),
  since: instant.nullable(),
  /** False on an insecure loopback, and where there is none; versions before this do not say. */
  encrypted: z.boolean().optional(),
});

export const treeServer = z.object({
  server: serverId,
  program: version.nullable(),
  programs: z.array(
    z.object({
      component: componentName,
      version,
      /** What a vendor's installer laid down: a switch of it is not atomic. */
      notAtomic: z.literal(true).optional(),
    }),
  ),
  contents: z.array(z.object({ component: componentName, version })),
  session,
  lastSeen: instant.nullable(),
  platform: z.string(),
  os: z.string(),
  /** Its state in the running upgrade, else `idle`. */
  state: z.string(),
  group: groupName.nullable(),
  rebootRecommended: z.string().nullable(),
  /** Why what it runs is not what the organisation signed: a code; null: it is. Absent: unknown. */
  unsigned: z.string().nullable().optional(),
  /** The launcher of a release that failed there: the one before it goes on. */
  launcherFailed: z
    .object({ version, cause: z.string(), detail: z.string() })
    .nullable()
    .optional(),
  /** Bytes received so far for the running upgrade, and in all. */
  bytesReceived: bytes,
  bytesTotal: bytes,
});
