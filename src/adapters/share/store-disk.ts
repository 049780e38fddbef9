/** ROOT/store: verified copies by digest; and the slots unpacked from them. */

import { link, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { againstItem } from '#domain/delivery/content-item.ts';
import { contentManifest, fileNameOf } from '#domain/delivery/content-release.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import { brand, type Digest, type Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import type { Store } from '#ports/store.ts';
import { makeFolder, renameDurably, writeFileAtomically } from '../files/atomic-file.ts';
import { digestOfBytes, digestOfFile } from '../files/digest.ts';
import { addSlot, removeUnusedSlots, thisPlatform } from '../installation/installation-disk.ts';
import { packTree } from '../release/package-archive.ts';
import {
  parseReleaseBytes,
  readBundleStream,
  storedArchive,
  storedManifest,
} from '../release/release-file.ts';
import type { ShareOnDisk } from './share-disk.ts';

export type StoreOptions = {
  readonly root: string;
  readonly share: Pick<ShareOnDisk, 'putContent'>;
  readonly platform?: Platform;
};

export function storeFolder(root: string): string {
  return join(root, 'store');
}

export function openStore({ root, share, platform = thisPlatform() }: StoreOptions): Store {
  const store = storeFolder(root);
  return {
    importRelease: (stream: Readable, against) =>
      readBundleStream(stream, { name: 'upload', intoStore: store, against }),
    async takeContent(item, file) {
      const against = againstItem(item);
      if (against !== null) return refuse(against);
      const found = await digestOfFile(file).catch(() => null);
      if (found !== item.digest) {
        return refuse(
          problem('PACKAGE_DIGEST_WRONG', { expected: item.digest, found: found ?? 'absent' }),
        );
      }
      const { digest, bytes } = item;
      const put = await share.putContent({ file, digest, bytes });
      if (!put.ok) return put;
      const release = await contentRelease(store, item, file);
      if (!release.ok) return release;
      const { component, version, ordering, path } = item;
      const content: SiteContent = {
        component,
        version,
        ordering,
        path,
        file: { digest, bytes },
        release: release.value.digest,
      };
      return ok({ content, release: release.value });
    },
    manifestFile: async (digest) => storedManifest(store, digest),
    archiveFile: async (digest) => storedArchive(store, digest),
    async removeArchives(digests) {
      for (const digest of digests) await rm(storedArchive(store, digest), { force: true });
    },
    stageSelf(release) {
      const chosen = release.manifest.packages.find((one) => one.platform === platform);
      const archive = chosen ?? release.manifest.packages[0];
      const archiveFile = storedArchive(store, archive?.archive.digest ?? brand<Digest>(''));
      return addSlot({ root, release, archiveFile, platform });
    },
    keepSlots: ({ slots, releases }) =>
      removeUnusedSlots(root, [...slots, ...releases.map(slotNameOf)]),
    inboxFile: (digest) => join(root, 'inbox', digest),
  };
}

/** The release that this installation was laid down from, if the store has it. */
export async function storedRelease(root: string, digest: Digest): Promise<Release | null> {
  const file = storedManifest(storeFolder(root), digest);
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) return null;
  const release = parseReleaseBytes(bytes, file);
  return release.ok ? release.value : null;
}

/** A tree of one file, so that servers fetch and unpack content like everything else. */
async function contentRelease(
  store: string,
  item: ContentItem,
  file: string,
): Promise<Result<Release>> {
  await makeFolder(join(store, 'archives'));
  const work = await mkdtemp(join(store, 'content-'));
  try {
    const tree = join(work, 'tree');
    await makeFolder(tree);
    await link(file, join(tree, fileNameOf(item.path)));
    const archive = join(work, 'archive');
    const packed = await packTree(tree, archive);
    await renameDurably(archive, storedArchive(store, packed.archive.digest));
    const manifest = contentManifest(item, packed);
    const text = canonicalJson(manifest);
    const digest = digestOfBytes(text);
    await makeFolder(join(store, 'manifests'));
    const written = await writeFileAtomically(storedManifest(store, digest), text);
    return written.ok ? ok({ digest, manifest }) : written;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
