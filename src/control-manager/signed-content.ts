/**
 * Keeps what is delivered signed: asks for signatures when there is something new, and again before
 * they grow old. While it cannot be signed nothing is offered: nobody below would believe it.
 */

import type { Instant } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type { ContentSigner } from '#ports/content-signer.ts';
import type { Logger } from 'pino';
import type { Book } from './book.ts';
import { limits } from './limits.ts';

/** How it goes along with an offer. `metadata` is absent where nothing is signed here. */
export type Vouched = {
  readonly metadata?: Readonly<Record<string, string>>;
  /** From then on who has it is to be given newer. */
  readonly renewAt: Instant;
};

export type SignedContent = {
  update(): Promise<void>;
  /** null: nothing may be offered now. */
  vouched(): Vouched | null;
};

export function openSignedContent(options: {
  readonly signer: ContentSigner | null;
  readonly book: Book;
  readonly clock: Clock;
  readonly log: Logger;
}): SignedContent {
  const { signer, book, clock, log } = options;
  let vouched: Vouched | null = null;
  /** Numbers of the downloads that are vouched for: what a number stands for never changes. */
  let known: string | null = null;
  /** A disk that refuses is asked again after a while, not for every site that reports. */
  let notBefore = -Infinity;
  if (signer === null) {
    return { update: () => Promise.resolve(), vouched: () => ({ renewAt: Infinity }) };
  }
  return {
    vouched: () => vouched,
    async update() {
      const downloads = book.downloads();
      const numbers = downloads.map((one) => one.number).join();
      const now = clock.now();
      if (vouched !== null && known === numbers && now < vouched.renewAt) return;
      if (vouched === null && clock.monotonic() < notBefore) return;
      const signed = await signer.sign(
        downloads.flatMap((download) => download.items),
        now,
      );
      if (!signed.ok) {
        vouched = null;
        notBefore = clock.monotonic() + limits.resyncMilliseconds;
        log.error({ event: 'content-unsigned', because: signed.because }, 'content-unsigned');
        return;
      }
      const { files, renewAt } = signed.value;
      vouched = { metadata: Object.fromEntries(files), renewAt };
      known = numbers;
    },
  };
}
