/** What `dankai doctor` and `dankai ports` answer: looked at on the computer itself, asked of nobody. */

import { z } from 'zod';
import { problem } from '../shared/primitives.ts';

export const checkNames = [
  'installation',
  'service',
  'listen',
  'name',
  'reach',
  'clock',
  'certificate',
  'disk',
  'sessions',
] as const;

export const portsSchema = z.object({
  /** Where something of this installation listens. */
  listens: z.array(
    z.object({
      service: z.string(),
      /** Who dials it. */
      for: z.enum(['agents', 'servers', 'people', 'caches', 'mirror']),
      host: z.string(),
      port: z.int(),
      /** In settings.yaml, where it can be changed. */
      setting: z.string(),
    }),
  ),
  /** Whom something of this installation dials. */
  dials: z.array(z.object({ service: z.string(), address: z.string(), setting: z.string() })),
});
export type Ports = z.infer<typeof portsSchema>;

export const checkSchema = z.object({
  check: z.enum(checkNames),
  /** A service, an address, a folder. */
  of: z.string().max(1_000),
  state: z.enum(['good', 'warning', 'bad']),
  /** What was measured, such as bytes free or milliseconds of skew; null: nothing. */
  found: z.union([z.string().max(1_000), z.number()]).nullable(),
  because: problem.nullable(),
});

export const doctorSchema = z.object({
  root: z.string(),
  checks: z.array(checkSchema),
});
export type Examination = z.infer<typeof doctorSchema>;
export type Check = Examination['checks'][number];
