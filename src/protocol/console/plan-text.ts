/** A plan as it crosses the wire. */

import { z } from 'zod';

/** The whole plan file as text, so that line and column can be answered. */
export const planText = z.strictObject({
  file: z.string().max(1_000),
  text: z.string().max(8_000_000),
  /** The person read the release's precautions just now (R1), whatever the file says. */
  acknowledged: z.boolean().optional(),
});
