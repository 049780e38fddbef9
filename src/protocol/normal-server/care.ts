/**
 * What an information server may ask of a computer on somebody's behalf: how its installation
 * stands (the doctor's checks) and the last lines of a log. Both are answered by the normal server
 * that runs there; nothing is changed by either.
 */

import { z } from 'zod';
import { checkSchema } from '../console/doctor.ts';
import { problem } from '../shared/primitives.ts';

/** Lines that are asked for at a time, and bytes of all of them together, in UTF-8. */
export const logLinesMax = 1_000;
export const logBytesMax = 64 * 1024;

/** `launcher`: what started and ended there; it stands beside every daemon. */
export const logNames = ['normal-server', 'launcher'] as const;
export type LogName = (typeof logNames)[number];

const nonce = z.string().max(64);

export const doctorRequest = z.object({ type: z.literal('doctor-request'), nonce });

export const doctorAnswer = z.object({
  type: z.literal('doctor'),
  nonce,
  checks: z.array(checkSchema).max(200),
  /** Why nothing could be looked at; null: it was. */
  because: problem.nullable(),
});

export const logRequest = z.object({
  type: z.literal('log-request'),
  nonce,
  log: z.enum(logNames),
  lines: z.int().min(1).max(logLinesMax),
});

export const logAnswer = z.object({
  type: z.literal('log'),
  nonce,
  /** The oldest first. What stands in a file of secrets there is never in it. */
  text: z.string().max(logBytesMax),
  /** Lines before these were left out. */
  isCut: z.boolean(),
  because: problem.nullable(),
});
export type LogTail = Pick<z.infer<typeof logAnswer>, 'text' | 'isCut'>;
