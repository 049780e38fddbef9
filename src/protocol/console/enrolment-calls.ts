/** Calls about who may enrol, who did, and whose certificates count no more. */

import { z } from 'zod';
import { noticeKinds } from '#domain/trust/notices.ts';
import { instant, serverId } from '../shared/primitives.ts';
import { noticeTexts } from '../shared/notices.ts';
import { tokenId } from '../shared/organisation.ts';

const nothing = z.strictObject({});
const reason = z.string().min(1).max(500);

export const enrolmentTokenUsesMax = 10_000;

const tokenView = z.object({
  id: tokenId,
  madeAt: instant,
  until: instant,
  who: z.string(),
  uses: z.int(),
  usesMax: z.int(),
  server: serverId.nullable(),
  state: z.enum(['open', 'used', 'expired', 'revoked']),
});

const enrolledView = z.object({
  server: serverId,
  state: z.enum(['waiting', 'enrolled', 'expired', 'gone', 'revoked']),
  since: instant,
  /** End of its newest certificate. */
  until: instant.nullable(),
  token: z.string().nullable(),
  approvedBy: z.string().nullable(),
  remote: z.string(),
  connected: z.boolean(),
});

export const enrolmentCalls = {
  'fleet.token.add': {
    params: z.strictObject({
      /** More than one: each server waits for `fleet.approve`. */
      uses: z.int().min(1).max(enrolmentTokenUsesMax),
      minutes: z
        .number()
        .positive()
        .max(60 * 24 * 92),
      /** Only for this server, also in place of the one of that name. */
      server: serverId.optional(),
      /** Where servers reach this information server, if not where it listens. */
      at: z.string().min(1).max(300).optional(),
    }),
    /** The only time that the token itself is shown. */
    result: tokenView.extend({ token: z.string() }),
  },
  'fleet.token.list': { params: nothing, result: z.object({ tokens: z.array(tokenView) }) },
  'fleet.token.revoke': { params: z.strictObject({ id: tokenId }), result: tokenView },
  'fleet.approve': { params: z.strictObject({ server: serverId }), result: enrolledView },
  /** Its session ends at once, and none of its certificates counts any more. */
  'fleet.revoke': {
    params: z.strictObject({ server: serverId, reason }),
    result: enrolledView,
  },
  /** It is gone from the tree, and comes back only with a new token. */
  'fleet.remove': {
    params: z.strictObject({ server: serverId }),
    result: z.object({ done: z.literal(true) }),
  },
  'fleet.certificates': {
    params: nothing,
    result: z.object({
      /** Of the site's own authority; null: no organisation. */
      authority: z
        .object({ site: z.string(), organisation: z.string(), until: instant })
        .nullable(),
      servers: z.array(enrolledView),
    }),
  },
} as const;

/** Of both tiers: what the organisation's root says to everybody. */
export const organisationCalls = {
  'organisation.import': {
    params: z.strictObject({ texts: noticeTexts }),
    result: z.object({
      /** Empty: what was sent stood here before. */
      taken: z.array(
        z.object({
          kind: z.enum(noticeKinds),
          number: z.int(),
          at: instant,
          /** Serial numbers of the certificates that count no more. */
          authorities: z.array(z.string()),
        }),
      ),
    }),
  },
} as const;
