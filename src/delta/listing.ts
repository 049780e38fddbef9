/**
 * The listing of the new tree as changes to the old one: what stays, what is gone, what is new.
 * Digests are not sent: whoever applies it takes them from what he wrote.
 */

import { unreadable, type ByteReader, type ByteWriter } from './bytes.ts';
import { entriesMax, imageBytesMax } from './limits.ts';

/** An entry of a tree, in the order of a listing (docs/protocol/package.md). */
export type Entry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly executable: boolean;
      readonly bytes: number;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** An entry of the new tree, and where its bytes come from. */
export type NewEntry =
  | Exclude<Entry, { kind: 'file' }>
  | (Entry & { readonly kind: 'file' } & {
      /** A file of the old tree, by its index in the listing; null: the new image. */
      readonly copyOf: number | null;
    });

const pathBytesMax = 1_000;
const targetBytesMax = 4_096;

/** `stay`: the next old entries as they are; `gone`: they are not in the new tree. */
const kinds = [
  'stay',
  'gone',
  'folder',
  'link',
  'plain',
  'executable',
  'copy',
  'executable copy',
] as const;
type Kind = (typeof kinds)[number];

const kindNumber = (kind: Kind): number => kinds.indexOf(kind);

function isSame(old: Entry, oldIndex: number, entry: NewEntry): boolean {
  if (old.path !== entry.path) return false;
  switch (entry.kind) {
    case 'folder':
      return old.kind === 'folder';
    case 'link':
      return old.kind === 'link' && old.target === entry.target;
    case 'file':
      return (
        old.kind === 'file' && old.executable === entry.executable && entry.copyOf === oldIndex
      );
  }
}

/** Both in the order of their paths. A name takes from the one before it what they have in common. */
export function writeListing(
  writer: ByteWriter,
  old: readonly Entry[],
  entries: readonly NewEntry[],
): void {
  writer.number(entries.length);
  const keys = old.map(({ path }) => Buffer.from(path));
  let at = 0;
  let before = Buffer.alloc(0);
  for (let index = 0; index < entries.length;) {
    let staying = 0;
    for (;;) {
      const entry = entries[index + staying];
      const oldEntry = old[at + staying];
      if (entry === undefined || oldEntry === undefined) break;
      if (!isSame(oldEntry, at + staying, entry)) break;
      staying += 1;
    }
    if (staying > 0) {
      writer.number(kindNumber('stay'));
      writer.number(staying);
      before = keys[at + staying - 1] ?? before;
      at += staying;
      index += staying;
      continue;
    }
    const entry = entries[index];
    if (entry === undefined) break;
    const key = Buffer.from(entry.path);
    let gone = 0;
    while (at + gone < keys.length && Buffer.compare(keys[at + gone] ?? key, key) <= 0) gone += 1;
    if (gone > 0) {
      writer.number(kindNumber('gone'));
      writer.number(gone);
      // The name of one that only changed costs nothing then.
      before = keys[at + gone - 1] ?? before;
      at += gone;
    }
    writeEntry(writer, before, key, entry);
    before = key;
    index += 1;
  }
}

function writeEntry(writer: ByteWriter, before: Buffer, key: Buffer, entry: NewEntry): void {
  let common = 0;
  while (common < before.length && common < key.length && before[common] === key[common])
    common += 1;
  const name = (kind: Kind): void => {
    writer.number(kindNumber(kind));
    writer.number(common);
    writer.number(key.length - common);
    writer.bytes(key.subarray(common));
  };
  switch (entry.kind) {
    case 'folder':
      return name('folder');
    case 'link':
      name('link');
      return writer.text(entry.target);
    case 'file': {
      const isCopy = entry.copyOf !== null;
      if (entry.executable) name(isCopy ? 'executable copy' : 'executable');
      else name(isCopy ? 'copy' : 'plain');
      return writer.number(entry.copyOf ?? entry.bytes);
    }
  }
}

/** The entries of the new tree. Whether their names are safe is for whoever writes them to say. */
export function readListing(reader: ByteReader, old: readonly Entry[]): readonly NewEntry[] {
  const count = reader.number(entriesMax);
  const entries: NewEntry[] = [];
  let at = 0;
  let before = Buffer.alloc(0);
  while (entries.length < count) {
    const kind = kinds[reader.number(kinds.length - 1)] ?? 'stay';
    if (kind === 'stay' || kind === 'gone') {
      const passed = reader.number(old.length - at);
      if (passed === 0) unreadable('it passes over nothing');
      if (kind === 'stay') {
        if (entries.length + passed > count) unreadable('more entries than it says');
        for (let index = at; index < at + passed; index += 1) entries.push(staying(old, index));
      }
      at += passed;
      before = Buffer.from(old[at - 1]?.path ?? '');
      continue;
    }
    const common = reader.number(before.length);
    const rest = reader.bytes(reader.number(pathBytesMax));
    const key = Buffer.concat([before.subarray(0, common), rest]);
    if (key.length > pathBytesMax) unreadable('a path is too long');
    entries.push(readEntry(reader, kind, key.toString(), old));
    before = key;
  }
  return entries;
}

function staying(old: readonly Entry[], index: number): NewEntry {
  const entry = old[index] ?? unreadable('it keeps what is not there');
  return entry.kind === 'file' ? { ...entry, copyOf: index } : entry;
}

function readEntry(
  reader: ByteReader,
  kind: Exclude<Kind, 'stay' | 'gone'>,
  path: string,
  old: readonly Entry[],
): NewEntry {
  switch (kind) {
    case 'folder':
      return { kind, path };
    case 'link':
      return { kind, path, target: reader.text(targetBytesMax) };
    case 'plain':
    case 'executable': {
      const executable = kind === 'executable';
      return { kind: 'file', path, executable, bytes: reader.number(imageBytesMax), copyOf: null };
    }
    case 'copy':
    case 'executable copy': {
      const copyOf = reader.number(entriesMax);
      const source = old[copyOf];
      if (source?.kind !== 'file') return unreadable('it copies what is no file');
      const executable = kind === 'executable copy';
      return { kind: 'file', path, executable, bytes: source.bytes, copyOf };
    }
  }
}
