/**
 * What must not come back with an old journal: whose certificates count no more, and which people
 * there are. An information server writes it to a place elsewhere; `restore` reads it.
 */

import { z } from 'zod';
import { namePattern, type PersonName } from '#domain/names.ts';
import { roles } from '#domain/people/person.ts';
import type { EnrolledServer } from '#domain/trust/enrolment.ts';
import { digest, instant, named, serverId } from './primitives.ts';

const enrolledServer = z.strictObject({
  server: serverId,
  state: z.enum(['waiting', 'enrolled', 'revoked']),
  since: instant,
  token: z.string().max(64).nullable(),
  keyDigest: digest.nullable(),
  installId: z.string().max(64),
  machineId: z.string().max(128),
  remote: z.string().max(300),
  until: instant.nullable(),
  approvedBy: z.string().max(200).nullable(),
  refusedBefore: instant.nullable(),
}) satisfies z.ZodType<EnrolledServer>;

export const revocationsSchema = z.strictObject({
  format: z.literal(1),
  site: serverId,
  /** All until then stands in it. */
  at: instant,
  /** Names from which certificates were ever taken back, with the serials of those that count. */
  servers: z.array(
    z.strictObject({
      standing: enrolledServer,
      certificates: z.array(z.string().max(64)).max(1_000),
    }),
  ),
  /** All of them: who does not stand here has left. */
  people: z.array(
    z.strictObject({
      name: named<PersonName>(namePattern),
      role: z.enum(roles),
      scope: z.union([z.literal('whole'), z.array(z.string().max(64)).max(1_000)]),
    }),
  ),
});
export type Revocations = z.infer<typeof revocationsSchema>;
export const revocationsBytesMax = 64 * 1024 * 1024;
