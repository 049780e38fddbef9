/** The steps to an upgrade, in the order in which they are taken; each has an address of its own. */

import { z } from 'zod';

export const steps = [
  'release',
  'preflight',
  'groups',
  'days',
  'method',
  'gates',
  'forecast',
  'start',
] as const;
export type Step = (typeof steps)[number];

export const stepSearch = z.object({ step: z.enum(steps).optional().catch(undefined) });
