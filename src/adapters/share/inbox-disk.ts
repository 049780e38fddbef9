/** An inbox folder, filled from a control manager: one file per digest, checked on arrival. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import type { Inbox } from '#ports/inbox.ts';
import { errorCode, makeFolder, refuseDiskError } from '../files/atomic-file.ts';
import { download } from '../link/download-http.ts';
import type { Dialling } from '../identity/link-trust.ts';

/** The digest that a file of the inbox belongs to, whole or half. */
function digestOfName(name: string): Digest | null {
  const stem = name.split('.', 1)[0] ?? '';
  return digestPattern.test(stem) ? brand<Digest>(stem) : null;
}

export function openInbox(options: {
  readonly folder: string;
  /** `https://host:port` of the control manager. */
  readonly source: string;
  readonly security: Dialling | null;
}): Inbox {
  const { folder, source, security } = options;
  return {
    async fetch({ digest, bytes }, signal) {
      const file = join(folder, digest);
      const url = new URL(`/v1/content/${digest}`, source).href;
      const progress = (): void => undefined;
      try {
        await makeFolder(folder);
        const fetched = await download({ url, security, file, digest, bytes, progress, signal });
        return fetched.ok ? ok(null) : fetched;
      } catch (error) {
        // Somebody removed the folder under our hands; the next attempt makes it anew.
        if (errorCode(error) !== 'ENOENT') return refuseDiskError(error, folder);
        return refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }));
      }
    },
    async keepOnly(digests) {
      const names = await readdir(folder).catch((): string[] => []);
      for (const name of names) {
        const digest = digestOfName(name);
        // What bears no digest was not put here by us.
        if (digest === null || digests.has(digest)) continue;
        await rm(join(folder, name), { force: true });
      }
    },
  };
}
