/**
 * The share as a real folder: `server.ini` and the packages it names. It is held against the
 * catalogue revision, and repaired piece by piece from the store's verified copies
 * (`manifests/<digest>.json`, `archives/<digest>`, `contents/<digest>`). Every write is a part
 * file, synced, then one rename, so a kill anywhere leaves old or new. Only we write here by
 * rule; whoever else does is what `check` is for. Absent: deciding when to check (the program's).
 */

import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareCatalogues, type Drift, type PackageDrift } from '#domain/catalogue/drift.ts';
import { restoreCatalogue } from '#domain/catalogue/restore.ts';
import {
  catalogueFile,
  packageFolder,
  type CatalogueRevision,
  type ShareFile,
} from '#domain/catalogue/revision.ts';
import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { KeptEvidence, Share } from '#ports/share.ts';
import { errorCode, makeFolder, renameDurably } from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import { openCatalogueOfShare, type CatalogueOfShare } from './share-disk-catalogue.ts';
import { openEvidence, type EvidenceFolder } from './share-disk-evidence.ts';
import {
  copyVerified,
  lookAt,
  placeFile,
  refuseShareError,
  type DigestCache,
} from './share-disk-file.ts';

export type ShareOptions = {
  readonly shareFolder: string;
  readonly storeFolder: string;
  readonly evidenceFolder: string;
  readonly clock: Clock;
};

export type ShareOnDisk = Share & {
  /** Takes a verified copy of a content file into the store; `lay` brings it into the share. */
  putContent(content: {
    readonly file: string;
    readonly digest: Digest;
    readonly bytes: number;
  }): Promise<Result<null>>;
};

type Disk = {
  readonly options: ShareOptions;
  readonly evidence: EvidenceFolder;
  readonly catalogue: CatalogueOfShare;
  readonly cache: DigestCache;
};

export function openShare(options: ShareOptions): ShareOnDisk {
  const evidence = openEvidence(options.evidenceFolder, options.clock);
  const catalogue = openCatalogueOfShare(options, evidence);
  const disk: Disk = { options, evidence, catalogue, cache: new Map() };
  const inTurn = oneAtATime();
  return {
    catalogueText: () => catalogue.text(), // one rename brings a new one: never half of it
    lay: (revision) => inTurn(() => lay(disk, revision)),
    check: (revision, { thorough }) => inTurn(() => check(disk, revision, thorough)),
    restore: (revision, drift) => inTurn(() => restore(disk, revision, drift)),
    putContent: (content) => inTurn(() => putContent(disk, content)),
    removeUnnamed: (revisions) => inTurn(() => removeUnnamed(disk, revisions)),
  };
}

/** A check never sees half of a restore. */
function oneAtATime(): <Value>(act: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const next = last.then(act);
    last = next.catch(() => undefined);
    return next;
  };
}

const storeFolders = { manifest: 'manifests', archive: 'archives', content: 'contents' } as const;

/** A verified copy of a file of content, by its digest. */
export const storedContent = (store: string, digest: Digest): string =>
  join(store, storeFolders.content, digest);

function storeFile(disk: Disk, { kind, digest }: Pick<ShareFile, 'kind' | 'digest'>): string {
  const name = kind === 'manifest' ? `${digest}.json` : digest;
  return join(disk.options.storeFolder, storeFolders[kind], name);
}

async function check(disk: Disk, revision: CatalogueRevision, thorough: boolean): Promise<Drift> {
  const packages: PackageDrift[] = [];
  const baseline = parseServerIni(revision.text);
  invariant(baseline.ok, 'a revision can be read');
  const found = await disk.catalogue.read();
  if (!found.ok) packages.push(unreadableCatalogue(revision, found.because));
  for (const file of revision.files) {
    const drift = await driftOfFile(disk, file, thorough);
    if (drift !== null) packages.push(drift);
  }
  const fields = found.ok ? compareCatalogues(found.value, baseline.value, revision.watched) : [];
  return { fields, packages };
}

function unreadableCatalogue(revision: CatalogueRevision, because: Problem): PackageDrift {
  const isAbsent = because.code === 'FILE_UNREADABLE' && because.with['detail'] === 'ENOENT';
  const line = because.with['line'];
  const why = line === undefined ? because.code : `${because.code}, line ${line}`;
  const expected = digestOfBytes(revision.text);
  return { path: catalogueFile, expected, found: isAbsent ? null : why };
}

async function driftOfFile(
  disk: Disk,
  file: ShareFile,
  thorough: boolean,
): Promise<PackageDrift | null> {
  const { path, digest, bytes } = file;
  const look = { folder: disk.options.shareFolder, cache: disk.cache, thorough };
  const found = await lookAt(look, file);
  switch (found.kind) {
    case 'absent':
      return { path, expected: digest, found: null };
    case 'other':
      return { path, expected: digest, found: 'not a file' };
    case 'unreadable':
      return { path, expected: digest, found: found.code };
    case 'file':
      if (found.digest === digest) return null;
      if (found.digest !== null) return { path, expected: digest, found: found.digest };
      return { path, expected: `${bytes} bytes`, found: `${found.bytes} bytes` };
  }
}

/** Files first: the catalogue never names what is not there yet. */
async function lay(disk: Disk, revision: CatalogueRevision): Promise<Result<null>> {
  try {
    await makeFolder(disk.options.shareFolder);
    for (const file of revision.files) {
      if ((await driftOfFile(disk, file, false)) === null) continue;
      const source = storeFile(disk, file);
      const placed = await placeFile(disk.options.shareFolder, source, file, disk.evidence);
      if (!placed.ok) return placed;
    }
    const written = await disk.catalogue.write(revision.text);
    if (!written.ok) return written;
    await tidy(disk, revision);
    return ok(null);
  } catch (error) {
    return refuseShareError(error, disk.options.shareFolder);
  }
}

/** Each piece by itself: one that cannot be restored does not keep the others from it. */
async function restore(
  disk: Disk,
  revision: CatalogueRevision,
  drift: Drift,
): Promise<Result<readonly KeptEvidence[]>> {
  const kept: KeptEvidence[] = [];
  let refused: Problem | null = null;
  try {
    await makeFolder(disk.options.shareFolder);
    const drifted = new Set(drift.packages.map(({ path }) => path));
    for (const file of revision.files.filter(({ path }) => drifted.has(path))) {
      const source = storeFile(disk, file);
      const placed = await placeFile(disk.options.shareFolder, source, file, disk.evidence);
      if (placed.ok) kept.push(...placed.value);
      else refused ??= placed.because;
    }
    if (drift.fields.length > 0 || drifted.has(catalogueFile)) {
      const current = await disk.catalogue.text();
      const text = restoreCatalogue(current, revision.text, drift.fields);
      const written = text.ok ? await disk.catalogue.write(text.value.text) : text;
      if (written.ok) kept.push(...written.value);
      else refused ??= written.because;
    }
    await tidy(disk, revision);
  } catch (error) {
    return refuseShareError(error, disk.options.shareFolder);
  }
  return refused === null ? ok(kept) : refuse(refused);
}

/** Part files that a kill left, and evidence over its limits. */
async function tidy(disk: Disk, revision: CatalogueRevision): Promise<void> {
  const folders = new Set(['.', ...revision.files.map(({ path }) => dirname(path))]);
  for (const folder of folders) {
    const place = join(disk.options.shareFolder, folder);
    for (const name of await readdir(place).catch(() => [])) {
      if (/\.part-\d+-[0-9a-f]{8}$/.test(name)) await rm(join(place, name), { force: true });
    }
  }
  await disk.evidence.prune();
}

async function putContent(
  disk: Disk,
  content: { readonly file: string; readonly digest: Digest; readonly bytes: number },
): Promise<Result<null>> {
  const target = storeFile(disk, { kind: 'content', digest: content.digest });
  try {
    await makeFolder(dirname(target));
    const part = await copyVerified(content.file, target, { ...content, path: content.file });
    if (!part.ok) return part;
    await renameDurably(part.value, target);
    return ok(null);
  } catch (error) {
    return refuseShareError(error, target);
  }
}

async function removeUnnamed(
  disk: Disk,
  revisions: readonly CatalogueRevision[],
): Promise<readonly string[]> {
  const named = new Set(revisions.flatMap(({ files }) => files.map(({ path }) => path)));
  const folder = join(disk.options.shareFolder, packageFolder);
  const removed: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = `${packageFolder}/${entry.name}`;
      const isPackage = /^[0-9a-f]{64}\.(json|tar\.zst)$/.test(entry.name) && entry.isFile();
      if (!isPackage || named.has(path)) continue;
      await rm(join(folder, entry.name), { force: true });
      removed.push(path);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return removed;
}
