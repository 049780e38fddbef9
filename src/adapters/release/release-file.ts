/**
 * Reads a release that is one file: a plain tar of signed metadata, `release.json` (canonical
 * bytes), `archives/<digest>`, one per package, and deltas to them (docs/protocol/package.md).
 * Everything that the manifest says is checked, down to the trees inside the archives; a store sees
 * nothing of a file that is not whole and true. Absent here: whether the metadata is to be believed.
 */

import { createReadStream } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { archivesOf, type Release, type ReleaseManifest } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import type { CheckedRelease } from '#ports/packages.ts';
import { canonicalJson, parseReleaseManifest } from '#protocol/shared/release.ts';
import {
  isDiskFull,
  makeFolder,
  partBeside,
  removeDeadParts,
  removePart,
  renameDurably,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import { digestOfArchive, refuseReadError } from './package-archive-read.ts';
import { PackageRefused } from './package-archive-tree.ts';
import { collectDeltas, type DeltaCollector } from './release-file-deltas.ts';
import { collectMetadata } from './release-file-metadata.ts';
import { listStoredDeltas, readStoredDelta } from './stored-delta.ts';
import { writePart } from './release-file-part.ts';

const pieceBytes = 1024 * 1024;
export const releaseFileLimits = { manifestBytesMax: 4 * 1024 * 1024 };
export const manifestName = 'release.json';
export const archivesFolder = 'archives';

/** A manifest with the digest of its canonical bytes, as plans and leases name it. */
export function releaseOf(manifest: ReleaseManifest): Release {
  return { digest: digestOfBytes(canonicalJson(manifest)), manifest };
}

/** The manifest in exactly the bytes whose digest is the release's name; nothing else passes. */
export function parseReleaseBytes(bytes: Uint8Array, file: string): Result<Release> {
  const unreadable = (detail: string) => refuse(problem('PACKAGE_UNREADABLE', { file, detail }));
  const text = Buffer.from(bytes).toString('utf8');
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return unreadable('release.json is not JSON');
  }
  const manifest = parseReleaseManifest(input, file);
  if (!manifest.ok) return manifest;
  if (canonicalJson(manifest.value) !== text) return unreadable('release.json is not canonical');
  return ok({ digest: digestOfBytes(bytes), manifest: manifest.value });
}

/** Where verified copies stand; a manifest is there only when all its archives are. */
export function storedManifest(store: string, digest: Digest): string {
  return join(store, 'manifests', `${digest}.json`);
}

export function storedArchive(store: string, digest: Digest): string {
  return join(store, archivesFolder, digest);
}

/** Puts the manifest and its archives into the store, all or nothing. */
export function readReleaseFile(
  file: string,
  intoStore: string,
  against?: ReadOptions['against'],
): Promise<Result<Release>> {
  return readReleaseStream(piecesOf(file), { name: file, intoStore, against });
}

/** Checks all that the manifest says, and keeps nothing. */
export async function checkReleaseFile(file: string): Promise<Result<CheckedRelease>> {
  const store = await mkdtemp(join(tmpdir(), 'dankai-check-'));
  try {
    const read = await readReleaseFile(file, store);
    if (!read.ok) return read;
    const deltas: NonNullable<CheckedRelease['deltas']>[number][] = [];
    for (const pair of await listStoredDeltas(store)) {
      const delta = await readStoredDelta(store, pair);
      if (delta !== null && delta !== 'absent') deltas.push({ ...pair, bytes: delta.bytes });
    }
    return ok({ ...read.value, ...(deltas.length > 0 && { deltas }) });
  } finally {
    await removePart(store);
  }
}

/** Opens the file when it is read first, so that its error meets a reader. */
async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: pieceBytes });
}

type ReadOptions = {
  /** What a refusal calls the bytes. */
  readonly name: string;
  readonly intoStore: string;
  /** Asked once the manifest was read: why this release is not wanted, or null. */
  readonly against?:
    | ((release: Release, metadata: MetadataFiles) => Promise<Problem | null>)
    | undefined;
};

/** The same for bytes that arrive over a wire. */
export async function readReleaseStream(
  pieces: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): Promise<Result<Release>> {
  const { name, against } = options;
  const absent = problem('PACKAGE_UNREADABLE', { file: name, detail: `no ${manifestName}` });
  const read = await readBundleStream(pieces, {
    ...options,
    against: async (release, metadata) =>
      release === null ? absent : ((await against?.(release, metadata)) ?? null),
  });
  if (!read.ok) return read;
  return read.value === null ? refuse(absent) : ok(read.value);
}

type BundleOptions = Pick<ReadOptions, 'name' | 'intoStore'> & {
  /** Asked before anything of it is kept. null: there is no release, but metadata alone. */
  readonly against: (release: Release | null, metadata: MetadataFiles) => Promise<Problem | null>;
};

/** A release file, or a bundle of metadata alone (null). */
export async function readBundleStream(
  pieces: AsyncIterable<Uint8Array>,
  { name, intoStore, against }: BundleOptions,
): Promise<Result<Release | null>> {
  const parts = new Map<Digest, string>();
  const deltas = collectDeltas(name, (pair) => newPart(join(intoStore, archivesFolder, pair)));
  // A sender that goes away before the first read is met there too, not as an uncaught error.
  if (pieces instanceof Readable) pieces.on('error', () => undefined);
  try {
    await prepareStore(intoStore);
    const partOf = async (digest: Digest): Promise<string> => {
      const part = await newPart(storedArchive(intoStore, digest));
      parts.set(digest, part);
      return part;
    };
    const release = await readEntries(pieces, { partOf, deltas, name, against });
    if (release === null) return ok(null);
    await checkTrees(release.manifest, parts);
    await place(release, parts, intoStore);
    await deltas.place(intoStore, (digest) => storedArchive(intoStore, digest));
    return ok(release);
  } catch (error) {
    if (isDiskFull(error)) return refuse(problem('DISK_FULL', { path: intoStore }));
    return refuseReadError(error, name);
  } finally {
    for (const part of parts.values()) await removePart(part);
    await deltas.removeParts();
  }
}

/** Archives that were fetched one by one; those that stand in the store were checked as they came. */
export async function placeFetched(
  release: Release,
  { store, fileOf }: { readonly store: string; readonly fileOf: (digest: Digest) => string },
): Promise<Result<null>> {
  try {
    await prepareStore(store);
    const fetched = new Map<Digest, string>();
    const all = new Map<Digest, string>();
    for (const [digest] of archivesOf(release.manifest)) {
      const file = fileOf(digest);
      const isFetched = await access(file).then(
        () => true,
        () => false,
      );
      if (isFetched) fetched.set(digest, file);
      all.set(digest, isFetched ? file : storedArchive(store, digest));
    }
    await checkTrees(release.manifest, all);
    await place(release, fetched, store);
    return ok(null);
  } catch (error) {
    if (isDiskFull(error)) return refuse(problem('DISK_FULL', { path: store }));
    return refuseReadError(error, release.manifest.version);
  }
}

async function newPart(place: string): Promise<string> {
  await removeDeadParts(place);
  return partBeside(place);
}

/** A release whose trees are not what it says would be refused by every server, one by one. */
async function checkTrees(
  manifest: ReleaseManifest,
  parts: ReadonlyMap<Digest, string>,
): Promise<void> {
  for (const { archive, treeDigest, treeBytes, fileCount, proof } of manifest.packages) {
    const archiveFile = parts.get(archive.digest);
    invariant(archiveFile !== undefined, 'every archive of the manifest was read');
    const limits = { bytesMax: treeBytes, filesMax: fileCount };
    const read = await digestOfArchive({ archiveFile, ...limits });
    if (!read.ok) throw new PackageRefused(read.because);
    const found = read.value;
    checkDigest(treeDigest, found.treeDigest);
    if (found.treeBytes !== treeBytes || found.fileCount !== fileCount) {
      throw unreadable(archive.digest, 'treeBytes or fileCount is not that of the tree');
    }
    for (const { path, digest } of proof) checkDigest(digest, found.files.get(path) ?? 'absent');
  }
}

function checkDigest(expected: Digest, found: string): void {
  if (found !== expected) {
    throw new PackageRefused(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
  }
}

async function prepareStore(store: string): Promise<void> {
  await makeFolder(join(store, 'manifests'));
  await makeFolder(join(store, archivesFolder));
}

async function place(
  release: Release,
  parts: ReadonlyMap<Digest, string>,
  store: string,
): Promise<void> {
  for (const [digest, part] of parts) await renameDurably(part, storedArchive(store, digest));
  const manifest = storedManifest(store, release.digest);
  const written = await writeFileAtomically(manifest, canonicalJson(release.manifest));
  if (!written.ok) throw new PackageRefused(written.because);
}

type EntriesOptions = Pick<BundleOptions, 'name' | 'against'> & {
  readonly partOf: (digest: Digest) => Promise<string>;
  readonly deltas: DeltaCollector;
};

async function readEntries(
  pieces: AsyncIterable<Uint8Array>,
  { partOf, deltas, name, against }: EntriesOptions,
): Promise<Release | null> {
  const tar = ReadableStream.from(pieces).pipeThrough(createTarDecoder({ strict: true }));
  const missing = new Map<Digest, number>();
  const metadata = collectMetadata(name);
  let release: Release | null = null;
  for await (const entry of tar) {
    if (release === null) {
      if (await metadata.take(entry)) continue;
      release = await readManifest(entry, name);
      await ask(against, release, metadata.files);
      for (const [digest, bytes] of archivesOf(release.manifest)) missing.set(digest, bytes);
      continue;
    }
    if (missing.size === 0 && (await deltas.take(entry, release.manifest))) continue;
    const digest = [...missing.keys()].find((one) => entryIs(entry, `${archivesFolder}/${one}`));
    if (digest === undefined) throw unreadable(name, `holds ${entry.header.name.slice(0, 200)}`);
    if (entry.header.size !== missing.get(digest)) throw unreadable(name, `size of ${digest}`);
    missing.delete(digest);
    await writeArchive(entry, digest, await partOf(digest));
  }
  const [absent] = missing.keys();
  if (absent !== undefined) throw unreadable(name, `no ${archivesFolder}/${absent}`);
  if (release !== null) return release;
  if (metadata.files.size === 0) throw unreadable(name, `no ${manifestName}`);
  await ask(against, null, metadata.files);
  return null;
}

async function ask(
  against: BundleOptions['against'],
  release: Release | null,
  metadata: MetadataFiles,
): Promise<void> {
  const refusal = await against(release, metadata);
  if (refusal !== null) throw new PackageRefused(refusal);
}

function unreadable(file: string, detail: string): PackageRefused {
  return new PackageRefused(problem('PACKAGE_UNREADABLE', { file, detail }));
}

function entryIs({ header }: ParsedTarEntry, name: string): boolean {
  return header.type === 'file' && header.name === name;
}

async function readManifest(entry: ParsedTarEntry, name: string): Promise<Release> {
  if (!entryIs(entry, manifestName)) throw unreadable(name, 'release.json does not come first');
  const { size: bytes } = entry.header;
  const bytesMax = releaseFileLimits.manifestBytesMax;
  if (bytes > bytesMax) throw new PackageRefused(problem('PACKAGE_TOO_LARGE', { bytes, bytesMax }));
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.body) pieces.push(piece);
  const release = parseReleaseBytes(Buffer.concat(pieces), name);
  if (!release.ok) throw new PackageRefused(release.because);
  return release.value;
}

async function writeArchive(entry: ParsedTarEntry, digest: Digest, part: string): Promise<void> {
  checkDigest(digest, (await writePart(entry, part)).digest);
}
