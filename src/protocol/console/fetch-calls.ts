/** Fetching a release from other information servers and caches. */

import { z } from 'zod';
import { bytes, componentName, digest, version } from '../shared/primitives.ts';

export const fetchCalls = {
  /** Answered when it stands in the share; asked again, it goes on where it stopped. */
  'share.fetch': {
    params: z.strictObject({
      component: componentName,
      version,
      /** Of the manifest; needed where nothing is signed. */
      digest: digest.optional(),
    }),
    result: z.object({
      component: componentName,
      version,
      digest,
      from: z.array(z.object({ source: z.string(), bytes })),
    }),
  },
} as const;
