/**
 * What a console listener says without being asked: that something changed, never what. Whoever
 * shows it asks again. `POST /v1/events` is answered by server-sent events, one object each.
 */

import { z } from 'zod';
import { instant } from '../shared/primitives.ts';

export const eventsPath = '/v1/events';

/** What a page may be about. */
export const changedParts = [
  'fleet',
  'upgrade',
  'holds',
  'catalogue',
  'content',
  'enrolment',
  'people',
  'record',
  'site',
  'sites',
  'campaigns',
] as const;
export type ChangedPart = (typeof changedParts)[number];

export const changedEvent = z.object({
  /** Of the process that says it; another one counts anew. */
  life: z.string().max(64),
  /** How often anything had changed by then: who knows this number has missed nothing. */
  number: z.int().min(0),
  at: instant,
  /** Of the web console's page that is served now; versions before say none. */
  build: z.string().max(64).nullable().optional(),
  /** Empty: nothing, but the connection stands. */
  parts: z.array(z.enum(changedParts)),
});
export type ChangedEvent = z.infer<typeof changedEvent>;
