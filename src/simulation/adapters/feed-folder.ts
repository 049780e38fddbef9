/**
 * A feed as it stands somewhere else, and what its keeper, or a fault, does to it: new patterns,
 * older programs in its catalogue, a file that is missing, short or another, a torn catalogue.
 */

import type { Digest } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';

/** One file, by what is in it. */
export type FeedFile = { readonly digest: Digest; readonly bytes: number };

/** A line of `[PATTERN]` and the file that it names. */
export type FeedPattern = FeedFile & {
  /** As in `P.<id>=`. */
  readonly id: string;
  readonly version: string;
};

/** A program as a legacy update site lists it, such as `Info_2_50000_4_1`. */
export type FeedProgram = { readonly section: string; readonly version: string };

type Changed = (what: string, detail: Readonly<Record<string, unknown>>) => void;

export class FeedFolder {
  readonly name: string;
  isThere = true;
  /** The text of `server.ini`; null: there is none. */
  catalogue: string | null = null;
  /** What lies signed beside it; empty where only a control manager reads it, which signs itself. */
  metadata: MetadataFiles = new Map();
  /** By path in lower case, for names are found without case. */
  readonly #files = new Map<string, FeedFile>();
  readonly #patterns = new Map<string, FeedPattern>();
  readonly #changed: Changed;
  #programs: readonly FeedProgram[] = [];

  constructor(name: string, changed: Changed = () => undefined) {
    this.name = name;
    this.#changed = changed;
  }

  find(path: string): FeedFile | null {
    return this.#files.get(path.toLowerCase()) ?? null;
  }

  put(path: string, file: FeedFile): void {
    this.#files.set(path.toLowerCase(), file);
  }

  remove(path: string): void {
    this.#files.delete(path.toLowerCase());
  }

  /** A newer pattern, or the first: its file, its line, and all else as it was. */
  publish(pattern: FeedPattern): void {
    this.#patterns.set(pattern.id, pattern);
    this.put(pathOf(pattern), pattern);
    this.#write();
    const { id, version, digest } = pattern;
    this.#changed('feed-published', { id, version, digest });
  }

  /** Programs beside the patterns: the accident when they are older than what is installed. */
  offerPrograms(programs: readonly FeedProgram[]): void {
    this.#programs = programs;
    this.#write();
    this.#changed('feed-offers-programs', { programs });
  }

  /** The file of a pattern is not what its line says. */
  spoil(id: string, how: 'missing' | 'short'): void {
    const pattern = this.#pattern(id);
    if (how === 'missing') this.remove(pathOf(pattern));
    else this.put(pathOf(pattern), { ...pattern, bytes: pattern.bytes - 1 });
    this.#changed('feed-spoiled', { id, how });
  }

  /** Another file of the same size: nobody on the way can see that it is the wrong one. */
  exchange(id: string, digest: Digest): void {
    const { bytes, ...pattern } = this.#pattern(id);
    this.put(pathOf(pattern), { digest, bytes });
    this.#changed('feed-exchanged', { id, digest });
  }

  /** Half of the catalogue, as somebody sees it who reads while it is copied. */
  tear(): void {
    const whole = this.catalogue ?? '';
    this.catalogue = whole.slice(0, whole.lastIndexOf('='));
    this.#changed('feed-torn', {});
  }

  /** Everything as it was published. */
  mend(): void {
    this.isThere = true;
    for (const pattern of this.#patterns.values()) this.put(pathOf(pattern), pattern);
    this.#write();
    this.#changed('feed-mended', {});
  }

  #pattern(id: string): FeedPattern {
    const pattern = this.#patterns.get(id);
    invariant(pattern !== undefined, `the feed has a pattern ${id}`);
    return pattern;
  }

  #write(): void {
    const lines = this.#programs.flatMap(({ section, version }) => [
      `[${section}]`,
      `Version=${version}`,
    ]);
    lines.push('[PATTERN]');
    for (const pattern of this.#patterns.values()) {
      lines.push(`P.${pattern.id}=${pathOf(pattern)},${pattern.version},${pattern.bytes}`);
    }
    this.catalogue = lines.map((line) => `${line}\r\n`).join('');
  }
}

function pathOf({ id, version }: Pick<FeedPattern, 'id' | 'version'>): string {
  return `pattern/p${id}.${version}`;
}
