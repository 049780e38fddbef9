/**
 * Notices of the organisation's root at an information server: heard of the tier above or brought by
 * a person, written into the record, and told to every server that understands them. Whether one is
 * genuine, its port knows; whom it refuses, the links ask there.
 */

import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { noticeLine } from '#domain/record/line.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { Notice } from '#domain/trust/notices.ts';
import type { NoticeTexts } from '#ports/notices.ts';
import type { Loop } from '../loop.ts';
import type { Sessions } from './sessions.ts';
import type { Site } from '../site.ts';

export class StandingNotices {
  readonly #site: Site;
  readonly #sessions: Sessions;

  constructor(site: Site, loop: Loop, sessions: Sessions) {
    this.#site = site;
    this.#sessions = sessions;
    site.notices?.onTaken((taken) => {
      if (site.isEnded) return;
      loop.post(async ({ log }) => {
        await log.appendRecord(noticeLine(taken, site.clock.now()));
        return [];
      });
      for (const server of sessions.connected()) this.tell(server);
    });
  }

  /** Whole, so that it may be told at any time and again. */
  tell(server: ServerId): void {
    const texts = this.#site.notices?.texts() ?? {};
    const isHeard = this.#sessions.session(server)?.hello.hearsNotices === true;
    if (!isHeard || Object.keys(texts).length === 0) return;
    this.#sessions.send(server, { type: 'notices', texts });
  }

  async heard(texts: NoticeTexts): Promise<void> {
    const taken = await this.#site.notices?.take(texts, 'control-manager');
    if (taken?.ok === false)
      this.#site.log.warn({ because: taken.because }, 'a notice was refused');
  }

  async import(texts: NoticeTexts, who: string): Promise<Result<readonly Notice[]>> {
    const { notices } = this.#site;
    return notices === undefined
      ? refuse(problem('ENROLMENT_NOT_HERE', {}))
      : notices.take(texts, who);
  }
}
