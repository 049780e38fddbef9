/**
 * A site's store on a simulated disk, and the slots unpacked from it. Each file is part, synced,
 * and one rename in the world; here it is one effect, and a kill comes before or after it.
 */

import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { againstItem } from '#domain/delivery/content-item.ts';
import { contentManifest, fileNameOf } from '#domain/delivery/content-release.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Store } from '#ports/store.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { contentTreeListing } from '#domain/trust/content-tree.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';
import type { Process } from '../world/machine.ts';
import {
  digestOfText,
  manifestCopy,
  storePath,
  type FileFacts,
  type StoredCopy,
  type StoreFolder,
} from './store-folder.ts';
import { StagedReleasesSimulated, type StagedOptions } from './version-folders-simulated.ts';

export type StoreSimulated = Store & {
  /** A release file without the file: what `importRelease` does with a stream. */
  importReady(
    release: Release,
    against: (release: Release, metadata: MetadataFiles) => Promise<Problem | null>,
    metadata?: MetadataFiles,
  ): Promise<Result<Release>>;
};

export type StoreOptions = Omit<StagedOptions, 'unpack'> & {
  readonly folder: StoreFolder;
  /** A file that somebody put on this disk, such as one of the inbox; null: there is none. */
  fileAt(path: string): FileFacts | null;
  /** Of the slots, those that a track's `current` leads to. */
  currentSlots(): readonly string[];
};

/** Where the agent puts a file; `fileAt` is asked for it. */
export function inboxPath(digest: Digest): string {
  return `inbox/${digest}`;
}

export function openStoreSimulated(options: StoreOptions): StoreSimulated {
  const { process, folder, platform } = options;
  const slots = new Slots({ ...options, unpack: (file) => treeIn(folder.find(file)) });
  const file = (kind: 'manifest' | 'archive', digest: Digest): Promise<string | null> =>
    process.effect(() => {
      const path = storePath({ kind, digest });
      return folder.find(path) === null ? null : path;
    });
  return {
    importRelease: () =>
      Promise.reject(new Error('broken invariant: a simulated store takes releases, no streams')),
    importReady: (release, against, metadata = new Map()) =>
      importReady(options, release, (of) => against(of, metadata)),
    takeContent: (item, path) => takeContent(options, item, path),
    manifestFile: (digest) => file('manifest', digest),
    archiveFile: (digest) => file('archive', digest),
    /** One removal at a time, as on a real disk. */
    async removeArchives(digests) {
      for (const digest of digests) {
        await process.effect(() => folder.remove(storePath({ kind: 'archive', digest })));
      }
    },
    async stageSelf(release) {
      const digest = packageFor(release.manifest, platform)?.archive.digest;
      const path = digest === undefined ? '' : storePath({ kind: 'archive', digest });
      const added = await slots.add(release, path);
      return added.ok ? ok({ slot: slotNameOf(release) }) : added;
    },
    keepSlots: (kept) => slots.keepNamed([...kept.slots, ...kept.releases.map(slotNameOf)]),
    inboxFile: inboxPath,
  };
}

class Slots extends StagedReleasesSimulated {
  readonly #options: StoreOptions;

  constructor(options: StoreOptions & StagedOptions) {
    super(options);
    this.#options = options;
  }

  /** One removal at a time, as on a real disk. */
  async keepNamed(names: readonly string[]): Promise<void> {
    const { process, currentSlots } = this.#options;
    const kept = await process.effect(() => new Set([...names, ...currentSlots()]));
    const goes = this.folders().filter(({ name }) => !kept.has(name));
    for (const { name } of goes) {
      await process.effect(() => this.removeWhere((one) => one.name === name));
    }
  }
}

function treeIn(copy: StoredCopy | null): { readonly tree: Digest } | null {
  return copy?.tree === undefined ? null : { tree: copy.tree };
}

async function importReady(
  { process, folder }: StoreOptions,
  release: Release,
  against: (release: Release) => Promise<Problem | null>,
): Promise<Result<Release>> {
  const refusal = await against(release);
  if (refusal !== null) return refuse(refusal);
  const archives = release.manifest.packages.map(({ archive, treeDigest: tree }) => {
    return { path: storePath({ kind: 'archive', ...archive }), copy: { ...archive, tree } };
  });
  const manifest = {
    path: storePath({ kind: 'manifest', ...release }),
    copy: manifestCopy(release),
  };
  // All of it is there as part files before any of it has its name.
  const bytes = [...archives, manifest].reduce((sum, { copy }) => sum + copy.bytes, 0);
  const full = await process.effect(() => folder.disk.refusal(bytes));
  if (full !== null) return refuse(full);
  for (const { path, copy } of [...archives, manifest]) {
    const failed = await place(process, folder, path, copy);
    if (failed !== null) return refuse(failed);
  }
  return ok(release);
}

function place(
  process: Process,
  folder: StoreFolder,
  path: string,
  copy: StoredCopy,
): Promise<Problem | null> {
  return process.effect(() => {
    const refusal = folder.disk.refusal(copy.bytes);
    if (refusal === null) folder.put(path, copy);
    return refusal;
  });
}

async function takeContent(
  { process, folder, fileAt }: StoreOptions,
  item: ContentItem,
  file: string,
): Promise<Result<{ content: SiteContent; release: Release }>> {
  const against = againstItem(item);
  if (against !== null) return refuse(against);
  const { digest, bytes } = item;
  const found = await process.effect(() => fileAt(file));
  if (found?.digest !== digest) {
    const wrong = { expected: digest, found: found?.digest ?? 'absent' };
    return refuse(problem('PACKAGE_DIGEST_WRONG', wrong));
  }
  if (found.bytes !== bytes) {
    return refuse(problem('CATALOGUE_RESTORE_IMPOSSIBLE', { path: file, digest }));
  }
  const release = contentRelease(item);
  const tree = release.manifest.packages[0]?.treeDigest;
  const archive = release.manifest.packages[0]?.archive;
  if (tree === undefined || archive === undefined) throw new Error('content has one package');
  const copies: readonly (readonly [string, StoredCopy])[] = [
    [storePath({ kind: 'content', digest }), { digest, bytes }],
    [storePath({ kind: 'archive', ...archive }), { ...archive, tree }],
    [storePath({ kind: 'manifest', ...release }), manifestCopy(release)],
  ];
  for (const [path, copy] of copies) {
    const failed = await place(process, folder, path, copy);
    if (failed !== null) return refuse(failed);
  }
  return ok({ content: contentOf(item, release), release });
}

/** A tree of one file; equal files under equal names pack into equal archives. */
export function contentRelease(item: ContentItem): Release {
  const { digest, bytes } = item;
  const fileName = fileNameOf(item.path);
  const of = `${fileName} ${digest}`;
  const manifest = contentManifest(item, {
    // Of the very file that is signed: nothing else binds this release to it.
    treeDigest: digestOfText(contentTreeListing({ fileName, digest, bytes })),
    treeBytes: bytes,
    fileCount: 1,
    archive: { digest: digestOfText(`archive ${of}`), bytes },
  });
  return { digest: digestOfText(canonicalJson(manifest)), manifest };
}

function contentOf(item: ContentItem, release: Release): SiteContent {
  const { component, version, ordering, path, digest, bytes } = item;
  return { component, version, ordering, path, file: { digest, bytes }, release: release.digest };
}
