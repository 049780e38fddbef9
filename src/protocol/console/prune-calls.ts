/** Which packages of releases leave the store of an information server, and which stay. */

import { z } from 'zod';
import { bytes, componentName, digest, version } from '../shared/primitives.ts';

const packagesOf = { component: componentName, version, digest, bytes } as const;

export const pruneCalls = {
  /** By one rule (src/domain/catalogue/packages-of-use.ts); what goes comes back with its release file. */
  'share.prune': {
    params: z.strictObject({
      /** Of each component, used or not. */
      versionsKept: z.int().min(1).max(1_000).default(3),
      /** Nothing goes: this is what would. */
      preview: z.boolean().default(false),
    }),
    result: z.object({
      /** Of each component from the oldest version to the newest. */
      gone: z.array(z.object(packagesOf)),
      kept: z.array(z.object({ ...packagesOf, because: z.enum(['in-use', 'way-back', 'newest']) })),
    }),
  },
} as const;
