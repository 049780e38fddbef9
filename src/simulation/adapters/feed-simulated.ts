/**
 * A control manager's feed over a simulated folder: reads its catalogue, copies what that names to
 * the disk of its own machine, and reads it once more, as the adapter for real folders does.
 */

import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf, type ContentFile } from '#domain/delivery/content-files.ts';
import type { Content } from '#domain/delivery/content.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Feed, FeedAnswer } from '#ports/feed.ts';
import type { Disk } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { cancel } from '../world/schedule.ts';
import type { FeedFile, FeedFolder } from './feed-folder.ts';

/** The copies on a machine's disk, by the digest under which each stands. */
export class Contents {
  readonly #disk: Disk;
  readonly #files = new Map<Digest, FeedFile>();
  /** Of copies that were begun and never ended. */
  #halfBytes = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** What is really in the file of that name; null: there is none. */
  find(digest: Digest): FeedFile | null {
    return this.#files.get(digest) ?? null;
  }

  digests(): readonly Digest[] {
    return [...this.#files.keys()];
  }

  get halfBytes(): number {
    return this.#halfBytes;
  }

  /** Why a copy of that size cannot be begun; null: its room is taken. */
  begin(bytes: number): Problem | null {
    const refusal = this.#disk.refusal(bytes);
    if (refusal !== null) return refusal;
    this.#disk.bytesFree -= bytes;
    this.#halfBytes += bytes;
    return null;
  }

  /** Synced and renamed: from now on it stands, whatever happens. */
  end(file: FeedFile): void {
    this.#halfBytes -= file.bytes;
    if (this.#files.has(file.digest)) this.#disk.bytesFree += file.bytes;
    else this.#files.set(file.digest, file);
  }

  remove(digest: Digest): void {
    this.#disk.bytesFree += this.#files.get(digest)?.bytes ?? 0;
    this.#files.delete(digest);
  }

  removeHalves(): void {
    this.#disk.bytesFree += this.#halfBytes;
    this.#halfBytes = 0;
  }

  /** A fault of the disk: what stands under that name is something else. */
  rot(digest: Digest, really: Digest): void {
    const file = this.#files.get(digest);
    if (file !== undefined) this.#files.set(digest, { ...file, digest: really });
  }
}

type Given = {
  readonly process: Process;
  readonly folder: FeedFolder;
  readonly contents: Contents;
  /** How fast files are copied. */
  readonly bytesPerSecond: number;
};

type Known = Map<string, { readonly seen: FeedFile; readonly digest: Digest }>;

export function openFeedSimulated(given: Given): Feed {
  const { process, contents } = given;
  /** What a file was when it was copied; unchanged, it is not copied again. */
  const known: Known = new Map();
  return {
    from: given.folder.name,
    download: () => download(given, known),
    async keepOnly(digests) {
      const names = await process.effect(() => contents.digests());
      for (const name of names) {
        if (!digests.has(name)) await process.effect(() => contents.remove(name));
      }
      if (contents.halfBytes > 0) await process.effect(() => contents.removeHalves());
      for (const [path, { digest }] of known) if (!digests.has(digest)) known.delete(path);
    },
  };
}

async function download(given: Given, known: Known): Promise<FeedAnswer> {
  const before = await readCatalogue(given);
  if (!before.ok) return refused(before.because);
  const { files, catalogue } = before.value;
  const items: Content[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const digest = await take(given, known, file);
    if (digest.ok) items.push({ ...file, digest: digest.value });
    else problems.push(digest.because);
  }
  if (problems.length > 0) return { ok: false, problems };
  const after = await readCatalogue(given);
  if (!after.ok || after.value.catalogue !== catalogue) {
    return refused(unreadable(given, 'it changed while its files were read'));
  }
  return { ok: true, download: { items, catalogue } };
}

async function readCatalogue({
  process,
  folder,
}: Given): Promise<Result<{ readonly files: readonly ContentFile[]; readonly catalogue: string }>> {
  const found = await process.effect(() => ({
    isThere: folder.isThere,
    catalogue: folder.catalogue,
  }));
  if (!found.isThere) return refuse(unreadable({ folder }, 'no such folder'));
  const { catalogue } = found;
  if (catalogue === null) return refuse(unreadable({ folder }, 'no server.ini'));
  const ini = parseServerIni(catalogue);
  if (!ini.ok) return ini;
  const files = contentFilesOf(ini.value);
  return files.ok ? ok({ files: files.value, catalogue }) : files;
}

async function take(given: Given, known: Known, file: ContentFile): Promise<Result<Digest>> {
  const { process, folder, contents } = given;
  const { path, component, bytes } = file;
  const found = await process.effect(() => folder.find(path));
  if (found === null) return refuse(unreadable(given, `${path}: no such file`));
  if (found.bytes !== bytes) {
    const values = { component, expected: bytes, found: found.bytes };
    return refuse(problem('CONTENT_SIZE_WRONG', values));
  }
  const before = known.get(path);
  if (before?.seen === found && contents.find(before.digest) !== null) return ok(before.digest);
  const refusal = await copy(given, found);
  if (refusal !== null) return refuse(refusal);
  await process.effect(() => contents.end(found));
  known.set(path, { seen: found, digest: found.digest });
  return ok(found.digest);
}

/** Takes its time; a kill meanwhile leaves a half file that takes room. */
function copy(
  { process, contents, bytesPerSecond }: Given,
  file: FeedFile,
): Promise<Problem | null> {
  return process.wait((done) => {
    const refusal = contents.begin(file.bytes);
    const milliseconds = refusal === null ? (file.bytes * 1_000) / bytesPerSecond : 0;
    const end = process.machine.schedule.after(milliseconds, () => done(refusal));
    return () => cancel(end);
  });
}

function refused(because: Problem): FeedAnswer {
  return { ok: false, problems: [because] };
}

function unreadable({ folder }: Pick<Given, 'folder'>, detail: string): Problem {
  return problem('FEED_UNREADABLE', { feed: folder.name, detail });
}
