/**
 * Notices of the organisation's root as they cross every link: by kind, as they were signed. Who
 * hands one on need not be believed; see docs/protocol/enrolment.md.
 */

import { z } from 'zod';
import type { NoticeKind } from '#domain/trust/notices.ts';

/** Two of them fit into the shortest message of any link. */
export const noticeBytesMax = 96 * 1024;

const noticeText = z.string().min(1).max(noticeBytesMax);

export const noticeTexts = z.object({
  'refused-authorities': noticeText.optional(),
} satisfies Record<NoticeKind, unknown>);

/** The whole of what is known above; said after the welcome, and again when something is new. */
export const noticesMessage = z.object({ type: z.literal('notices'), texts: noticeTexts });
export type NoticesMessage = z.infer<typeof noticesMessage>;

/** Whoever says so understands it; versions before it end the session at such a message. */
export const hearsNotices = z.literal(true).optional();
