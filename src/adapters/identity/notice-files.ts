/** What notices are called on a disk: in ROOT/trust, and in an organisation folder. */

import type { NoticeKind } from '#domain/trust/notices.ts';

export const noticeFiles = {
  'refused-authorities': 'refused-authorities.crl',
} as const satisfies Record<NoticeKind, string>;
