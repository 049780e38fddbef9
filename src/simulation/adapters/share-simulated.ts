/**
 * The share of a simulated site, held against its revision and repaired piece by piece out of the
 * store, by the domain's own comparison and restore. Absent: encodings, links, part files; those
 * are the real disk's.
 */

import { compareCatalogues, type Drift, type PackageDrift } from '#domain/catalogue/drift.ts';
import { restoreCatalogue } from '#domain/catalogue/restore.ts';
import {
  catalogueFile,
  packageFolder,
  type CatalogueRevision,
  type ShareFile,
} from '#domain/catalogue/revision.ts';
import { parseServerIni, type ServerIni } from '#domain/catalogue/server-ini.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import type { KeptEvidence, Share } from '#ports/share.ts';
import type { Process } from '../world/machine.ts';
import { evidenceOf, evidenceOfText, type ShareFolder } from './share-folder.ts';
import { digestOfText, storePath, type StoreFolder } from './store-folder.ts';

type By = 'lay' | 'restore';
type Kept = Result<readonly KeptEvidence[]>;

export function openShareSimulated(options: {
  readonly process: Process;
  readonly folder: ShareFolder;
  readonly store: StoreFolder;
}): Share {
  const share = new ShareSimulated(options);
  const inTurn = oneAtATime();
  return {
    catalogueText: () => share.catalogueText(),
    lay: (revision) => inTurn(() => share.lay(revision)),
    check: (revision) => inTurn(() => share.check(revision)),
    restore: (revision, drift) => inTurn(() => share.restore(revision, drift)),
    removeUnnamed: (revisions) => inTurn(() => share.removeUnnamed(revisions)),
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

class ShareSimulated {
  readonly #process: Process;
  readonly #folder: ShareFolder;
  readonly #store: StoreFolder;
  /** Our own last text is no evidence. */
  #lastWritten: string | null = null;

  constructor(options: Parameters<typeof openShareSimulated>[0]) {
    this.#process = options.process;
    this.#folder = options.folder;
    this.#store = options.store;
  }

  async catalogueText(): Promise<string | null> {
    const text = await this.#process.effect(() => this.#folder.catalogue);
    return text !== null && parseServerIni(text).ok ? text : null;
  }

  async check(revision: CatalogueRevision): Promise<Drift> {
    const packages: PackageDrift[] = [];
    const baseline = parseServerIni(revision.text);
    invariant(baseline.ok, 'a revision can be read');
    const found = await this.#process.effect(() => this.#read());
    if (!found.ok) packages.push(unreadableCatalogue(revision, found.because));
    for (const file of revision.files) {
      const drift = await this.#driftOf(file);
      if (drift !== null) packages.push(drift);
    }
    const fields = found.ok ? compareCatalogues(found.value, baseline.value, revision.watched) : [];
    return { fields, packages };
  }

  /** Files first: the catalogue never names what is not there yet. */
  async lay(revision: CatalogueRevision): Promise<Result<null>> {
    for (const file of revision.files) {
      if ((await this.#driftOf(file)) === null) continue;
      const placed = await this.#place('lay', file);
      if (!placed.ok) return placed;
    }
    const written = await this.#write('lay', revision.text);
    if (!written.ok) return written;
    await this.#prune();
    return ok(null);
  }

  /** Each piece by itself: one that cannot be restored does not keep the others from it. */
  async restore(revision: CatalogueRevision, drift: Drift): Promise<Kept> {
    const kept: KeptEvidence[] = [];
    let refused: Problem | null = null;
    const drifted = new Set(drift.packages.map(({ path }) => path));
    for (const file of revision.files.filter(({ path }) => drifted.has(path))) {
      const placed = await this.#place('restore', file);
      if (placed.ok) kept.push(...placed.value);
      else refused ??= placed.because;
    }
    if (drift.fields.length > 0 || drifted.has(catalogueFile)) {
      const current = await this.catalogueText();
      const text = restoreCatalogue(current, revision.text, drift.fields);
      const written = text.ok ? await this.#write('restore', text.value.text) : text;
      if (written.ok) kept.push(...written.value);
      else refused ??= written.because;
    }
    await this.#prune();
    return refused === null ? ok(kept) : refuse(refused);
  }

  async removeUnnamed(revisions: readonly CatalogueRevision[]): Promise<readonly string[]> {
    const named = new Set(revisions.flatMap(({ files }) => files.map(({ path }) => path)));
    const all = await this.#process.effect(() => this.#folder.paths());
    const removed = all.filter((path) => isPackage(path) && !named.has(path));
    for (const path of removed) await this.#process.effect(() => this.#folder.remove(path));
    return removed;
  }

  #read(): Result<ServerIni> {
    const text = this.#folder.catalogue;
    const absent = problem('FILE_UNREADABLE', { file: catalogueFile, detail: 'ENOENT' });
    return text === null ? refuse(absent) : parseServerIni(text);
  }

  #driftOf({ path, digest: expected, bytes }: ShareFile): Promise<PackageDrift | null> {
    return this.#process.effect(() => {
      const found = this.#folder.find(path);
      if (found === null) return { path, expected, found: null };
      if (found.kind === 'other') return { path, expected, found: 'not a file' };
      if (found.bytes !== bytes) {
        return { path, expected: `${bytes} bytes`, found: `${found.bytes} bytes` };
      }
      return found.digest === expected ? null : { path, expected, found: found.digest };
    });
  }

  /** Out of the store, if the copy there is what it should be. What stood there is kept first. */
  async #place(by: By, file: ShareFile): Promise<Kept> {
    const { path, digest, bytes } = file;
    const folder = this.#folder;
    const refusal = await this.#process.effect(() => {
      const copy = this.#store.find(storePath(file));
      const isRight = copy?.digest === digest && copy.bytes === bytes;
      if (!isRight) return problem('CATALOGUE_RESTORE_IMPOSSIBLE', { path, digest });
      return folder.disk.refusal(bytes);
    });
    if (refusal !== null) return refuse(refusal);
    const standing = await this.#process.effect(() => folder.find(path));
    const kept = standing === null ? ok([]) : await this.#keep(evidenceOf(path, standing));
    if (!kept.ok) return kept;
    return this.#process.effect(() => {
      const full = folder.disk.refusal(bytes);
      if (full !== null) return refuse(full);
      folder.put(by, path, file);
      return kept;
    });
  }

  async #write(by: By, text: string): Promise<Kept> {
    const folder = this.#folder;
    const current = await this.#process.effect(() => folder.catalogue);
    if (current === text) return ok([]);
    const isOurs = current === null || current === this.#lastWritten;
    const kept = isOurs ? ok([]) : await this.#keep(evidenceOfText(catalogueFile, current));
    if (!kept.ok) return kept;
    return this.#process.effect(() => {
      const full = folder.disk.refusal(text.length);
      if (full !== null) return refuse(full);
      folder.write(by, text);
      this.#lastWritten = text;
      return kept;
    });
  }

  #keep(evidence: KeptEvidence & { readonly bytes: number }): Promise<Kept> {
    const { bytes, ...kept } = evidence;
    return this.#process.effect(() => {
      const refusal = this.#folder.disk.refusal(bytes);
      if (refusal !== null) return refuse(refusal);
      this.#folder.keep({ ...kept, bytes, at: this.#process.clock.now() });
      return ok([kept]);
    });
  }

  #prune(): Promise<void> {
    return this.#process.effect(() => this.#folder.prune(this.#process.clock.now()));
  }
}

function isPackage(path: string): boolean {
  const name = path.slice(packageFolder.length + 1);
  return path.startsWith(`${packageFolder}/`) && /^[0-9a-f]{64}\.(json|tar\.zst)$/.test(name);
}

function unreadableCatalogue({ text }: CatalogueRevision, because: Problem): PackageDrift {
  const line = because.with['line'];
  const isAbsent = because.code === 'FILE_UNREADABLE';
  const why = line === undefined ? because.code : `${because.code}, line ${line}`;
  return { path: catalogueFile, expected: digestOfText(text), found: isAbsent ? null : why };
}
