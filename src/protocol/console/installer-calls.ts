/** Calls about installers: what one may hold is decided and recorded where it is made. */

import { z } from 'zod';
import { digest } from '../shared/primitives.ts';

export const installerCalls = {
  /** Of a normal server; refused where it would run ahead of its information server (L1). */
  'installer.permit': {
    params: z.strictObject({
      /** Default: what the information server runs. */
      version: z.string().min(1).max(64).optional(),
      aheadOfInformationServer: z.string().min(1).max(500).optional(),
    }),
    result: z.object({
      version: z.string(),
      digest,
      informationServer: z.string(),
      site: z.string(),
    }),
  },
} as const;
