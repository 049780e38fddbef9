/** Calls that are passed on to one server and answered there: its doctor, and its log. */

import { z } from 'zod';
import { logLinesMax, logNames } from '../normal-server/care.ts';
import { serverId } from '../shared/primitives.ts';
import { checkSchema } from './doctor.ts';

export const careCalls = {
  /** How the installation of that server stands, looked at there and now. */
  'fleet.doctor': {
    params: z.strictObject({ server: serverId }),
    result: z.object({ server: serverId, checks: z.array(checkSchema) }),
  },
  /** The last lines of its log; no secret is in it. */
  'fleet.log': {
    params: z.strictObject({
      server: serverId,
      log: z.enum(logNames),
      lines: z.int().min(1).max(logLinesMax),
    }),
    result: z.object({
      server: serverId,
      text: z.string(),
      /** There are lines before these. */
      isCut: z.boolean(),
    }),
  },
} as const;
