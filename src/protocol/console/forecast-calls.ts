/** Calls about how an upgrade would go, and how it went: a part of the table in `contract.ts`. */

import { z } from 'zod';
import { upgradeId } from '../shared/primitives.ts';
import { forecastLimits, forecastProgressSchema, forecastWishSchema } from './forecast.ts';
import { planText } from './plan-text.ts';
import { upgradeReportSchema } from './report.ts';

export const forecastCalls = {
  /** Begins a forecast of one plan, or of two to compare; how it goes on is looked at. */
  'forecast.begin': {
    params: forecastWishSchema.extend({
      plans: z.array(planText).min(1).max(forecastLimits.plansMax),
    }),
    result: z.object({ forecast: z.string() }),
  },
  /** One that nobody looks at for a while is ended. */
  'forecast.look': {
    params: z.strictObject({ forecast: z.string().max(100) }),
    result: forecastProgressSchema,
  },
  'forecast.stop': {
    params: z.strictObject({ forecast: z.string().max(100) }),
    result: z.object({ done: z.literal(true) }),
  },
  'upgrade.report': {
    params: z.strictObject({ upgrade: upgradeId.optional() }),
    result: upgradeReportSchema,
  },
} as const;
