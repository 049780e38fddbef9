/**
 * Servers that know newer signed metadata than their site: it was put back from a backup, or its
 * people forgot to import. What is missing here may be a withdrawal, so people are told; what the
 * server says is not taken over. Each version is said once in the life of a program.
 */

import type { Lane, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { Hello } from '#protocol/normal-server/messages.ts';
import { metadataVersion, timestampName } from '#protocol/shared/metadata-version.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';

type Heard = { readonly server: ServerId; readonly known: number };

export class Behind {
  readonly #site: Site;
  readonly #loop: Pick<Loop, 'submit'>;
  readonly #heard = new Map<Lane, Heard>();

  constructor(site: Site, loop: Pick<Loop, 'submit'>) {
    this.#site = site;
    this.#loop = loop;
  }

  async hear({ server, trusted }: Pick<Hello, 'server' | 'trusted'>): Promise<void> {
    for (const lane of ['program', 'content'] as const) {
      const known = trusted?.[lane] ?? 0;
      if (known <= (this.#heard.get(lane)?.known ?? 0)) continue;
      const here = await this.#version(lane);
      if (known <= here) continue;
      this.#heard.set(lane, { server, known });
      const because = problem('METADATA_BEHIND', { server, lane, known, here });
      this.#site.log.warn({ event: 'metadata-behind', because }, 'metadata-behind');
      const at = this.#site.clock.now();
      const detail = { lane, known, here };
      await this.#loop.submit(async ({ log }) => {
        const who = 'information-server';
        await log.appendRecord({ at, kind: 'metadata-behind', who, server, detail });
        return [];
      });
    }
  }

  /** As it stands now: what was imported meanwhile is no news any more. */
  async problems(): Promise<readonly Problem[]> {
    const found: Problem[] = [];
    for (const [lane, { server, known }] of this.#heard) {
      const here = await this.#version(lane);
      if (known > here) found.push(problem('METADATA_BEHIND', { server, lane, known, here }));
    }
    return found;
  }

  async #version(lane: Lane): Promise<number> {
    return metadataVersion(await this.#site.trusted.file(lane, timestampName));
  }
}
