/** A site's inbox, filled over a simulated link: one file per digest, checked on arrival. */

import { ok } from '#domain/result.ts';
import type { Inbox } from '#ports/inbox.ts';
import type { Process } from '../world/machine.ts';
import type { Path } from '../world/network.ts';
import type { SharedLink } from '../world/shared-link.ts';
import { downloadSimulated, type HalfFile, type Source } from './download-simulated.ts';
import type { InboxFolder } from './inbox-folder.ts';

export function openInboxSimulated(given: {
  readonly process: Process;
  readonly folder: InboxFolder;
  /** To the control manager. */
  readonly path: Path;
  readonly link: SharedLink;
  readonly source: Source;
}): Inbox {
  const { process, folder } = given;
  return {
    async fetch({ digest, bytes }, signal) {
      const stands = await process.effect(() => folder.find(digest));
      if (stands !== null) {
        // What an earlier run left is checked again rather than believed.
        if (stands.digest === digest && stands.bytes === bytes) return ok(null);
        await process.effect(() => folder.remove(digest));
      }
      const half: HalfFile = {
        read: () => folder.half(digest),
        append: (of, more) => folder.append(digest, of, more),
        empty: () => folder.empty(digest),
      };
      const fetched = await downloadSimulated({ ...given, half, digest, bytes, signal });
      if (fetched.ok) await process.effect(() => folder.end(digest, { digest, bytes }));
      return fetched;
    },
    async keepOnly(digests) {
      const names = await process.effect(() => folder.digests());
      for (const name of names) {
        if (!digests.has(name)) await process.effect(() => folder.remove(name));
      }
    },
  };
}
