/**
 * A disk as POSIX promises it: what was written is there at once, and outlives a power cut only if it
 * was synced. A file's bytes are safe after a sync of the file, a name after a sync of the folder that
 * holds it; anything else may be lost or kept, each by itself and in any order. One rename within a
 * folder is one change; over two folders it is two.
 */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Call, Line } from './disk-calls.testing.ts';

type Content = { readonly data: Buffer; readonly mode: number };
type File = {
  readonly kind: 'file';
  readonly number: number;
  /** The first is safe; the last is what a program reads. */
  versions: Content[];
};
type Link = { readonly kind: 'link'; readonly number: number; readonly target: string };
/** What one call changes in a folder, all of it or nothing. */
type Change = readonly (readonly [name: string, node: Node | null])[];
type Folder = {
  readonly kind: 'folder';
  readonly number: number;
  /** Believed to last: what a program makes of a folder does not hang on it. */
  mode: number;
  safe: Map<string, Node>;
  pending: Change[];
};
type Node = File | Link | Folder;

export type Tree = ReadonlyMap<string, Entry>;
export type Entry =
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly data: Buffer; readonly mode: number };

/** One thing that a power cut may or may not lose, and in how many ways. */
export type Doubt = { readonly ways: number };

export class CrashDisk {
  readonly #root: string;
  #nodes = 0;
  readonly #top: Folder;
  /** Open files and folders, by the recorder's number; `place` is where the next write goes. */
  readonly #open = new Map<string, { node: Node; append: boolean; place: number }>();
  /** What stood there when a sync began: later writes are not its own. */
  readonly #syncing = new Map<string, { node: Node; count: number }>();

  /** All that stands in the folder now is safe. */
  constructor(root: string, copy: string) {
    this.#root = root;
    this.#top = this.#read(copy);
  }

  #read(path: string): Folder {
    const safe = new Map<string, Node>();
    for (const name of readdirSync(path)) safe.set(name, this.#readOne(join(path, name)));
    const mode = lstatSync(path).mode & 0o7777;
    return { kind: 'folder', number: this.#nodes++, mode, safe, pending: [] };
  }

  #readOne(path: string): Node {
    const status = lstatSync(path);
    if (status.isDirectory()) return this.#read(path);
    if (status.isSymbolicLink()) return this.#link(readlinkSync(path));
    return this.#file(readFileSync(path), status.mode & 0o7777);
  }

  #link(target: string): Link {
    return { kind: 'link', number: this.#nodes++, target };
  }

  #file(data: Buffer, mode: number): File {
    return { kind: 'file', number: this.#nodes++, versions: [{ data, mode }] };
  }

  #find(path: string): Node | null {
    const parts = path.slice(this.#root.length).split('/').filter(Boolean);
    return parts.reduce<Node | null>(
      (node, part) => (node?.kind === 'folder' ? (namesIn(node).get(part) ?? null) : null),
      this.#top,
    );
  }

  #folder(path: string): Folder {
    const found = this.#find(path);
    if (found?.kind !== 'folder') throw new Error(`no folder at ${path}`);
    return found;
  }

  #set(path: string, node: Node | null): void {
    this.#folder(dirname(path)).pending.push([[basename(path), node]]);
  }

  /** A call that has ended well; of a sync also its begin. */
  take(line: Line, call: Call): void {
    if (line.type === 'begin') {
      if (call.op !== 'sync') return;
      const node = this.#open.get(call.file)?.node;
      if (node !== undefined) this.#syncing.set(call.file, { node, count: pendingOf(node) });
      return;
    }
    this.#ended(call);
  }

  #ended(call: Call): void {
    switch (call.op) {
      case 'open':
        return this.#opened(call);
      case 'write':
        return this.#written(call);
      case 'truncate':
        return this.#change(call.file, ({ data }) => data.subarray(0, call.bytes));
      case 'sync':
        return this.#synced(call.file);
      case 'chmod': {
        const found = this.#find(call.path);
        if (found?.kind === 'folder') found.mode = call.mode;
        if (found?.kind === 'file') found.versions.push({ ...latest(found), mode: call.mode });
        return;
      }
      case 'mkdir':
        return this.#set(call.path, {
          kind: 'folder',
          number: this.#nodes++,
          mode: call.mode,
          safe: new Map(),
          pending: [],
        });
      case 'symlink':
        return this.#set(call.path, this.#link(call.target));
      case 'link':
        return this.#set(call.to, this.#find(call.from));
      case 'unlink':
      case 'rmdir':
        return this.#set(call.path, null);
      case 'rename':
        return this.#renamed(call.from, call.to);
      case 'spawn':
      case 'signal':
    }
  }

  #opened({ file, path, append, makes, mode }: Extract<Call, { op: 'open' }>): void {
    if (makes === 'created') {
      this.#set(path, this.#file(Buffer.alloc(0), mode));
    }
    const node = this.#find(path);
    if (node === null) throw new Error(`nothing at ${path}`);
    this.#open.set(file, { node, append, place: 0 });
    if (makes === 'emptied') this.#change(file, () => Buffer.alloc(0));
  }

  #change(file: string, next: (before: Content) => Buffer): void {
    const node = this.#open.get(file)?.node;
    if (node?.kind !== 'file') throw new Error(`${file} is no file`);
    const before = latest(node);
    node.versions.push({ ...before, data: next(before) });
  }

  #written({ file, at, data }: Extract<Call, { op: 'write' }>): void {
    const opened = this.#open.get(file);
    if (opened === undefined) throw new Error(`${file} is not open`);
    const bytes = Buffer.from(data, 'base64');
    this.#change(file, ({ data: before }) => {
      const place = opened.append ? before.length : (at ?? opened.place);
      const after = Buffer.alloc(Math.max(before.length, place + bytes.length));
      before.copy(after);
      bytes.copy(after, place);
      opened.place = place + bytes.length;
      return after;
    });
  }

  #synced(file: string): void {
    const began = this.#syncing.get(file);
    if (began === undefined) return;
    this.#syncing.delete(file);
    const { node, count } = began;
    if (node.kind === 'file') node.versions = node.versions.slice(count);
    if (node.kind !== 'folder') return;
    for (const change of node.pending.splice(0, count)) apply(node.safe, change);
  }

  #renamed(from: string, to: string): void {
    const node = this.#find(from);
    const [source, target] = [this.#folder(dirname(from)), this.#folder(dirname(to))];
    // A rename onto another name of the same file does nothing at all.
    if (node !== null && node === this.#find(to)) return;
    if (source === target) {
      source.pending.push([
        [basename(from), null],
        [basename(to), node],
      ]);
      return;
    }
    target.pending.push([[basename(to), node]]);
    source.pending.push([[basename(from), null]]);
  }

  /** All that a power cut at this moment may lose, in a fixed order. */
  doubts(): readonly Doubt[] {
    return this.#doubtful().map(({ ways }) => ({ ways }));
  }

  #doubtful(): readonly { readonly node: Node; readonly at: number; readonly ways: number }[] {
    const found: { node: Node; at: number; ways: number }[] = [];
    const seen = new Set<Node>();
    const look = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'file' && node.versions.length > 1) {
        found.push({ node, at: 0, ways: waysOf(node).length });
      }
      if (node.kind !== 'folder') return;
      node.pending.forEach((_, at) => found.push({ node, at, ways: 2 }));
      const held = [...node.safe.values(), ...node.pending.flat().map(([, one]) => one)];
      for (const one of held) if (one !== null) look(one);
    };
    look(this.#top);
    return found;
  }

  /** What stands there afterwards: of each doubt the way that is chosen, 0 being all of it lost. */
  after(chosen: readonly number[]): Tree {
    const ways = new Map<Node, number[]>();
    this.#doubtful().forEach(({ node }, at) => {
      ways.set(node, [...(ways.get(node) ?? []), chosen[at] ?? 0]);
    });
    const tree = new Map<string, Entry>();
    const lay = (path: string, node: Node): void => {
      const way = ways.get(node) ?? [];
      if (node.kind === 'link') tree.set(path, { kind: 'link', target: node.target });
      else if (node.kind === 'file') {
        const content = waysOf(node)[way[0] ?? 0] ?? latest(node);
        tree.set(path, { kind: 'file', ...content });
      } else {
        tree.set(path, { kind: 'folder', mode: node.mode });
        const names = new Map(node.safe);
        node.pending.forEach((change, at) => {
          if (way[at] === 1) apply(names, change);
        });
        for (const [name, one] of names) lay(path === '' ? name : `${path}/${name}`, one);
      }
    };
    lay('', this.#top);
    return tree;
  }
}

function latest(file: File): Content {
  const last = file.versions.at(-1);
  if (last === undefined) throw new Error('a file without any content');
  return last;
}

function apply(names: Map<string, Node>, change: Change): void {
  for (const [name, node] of change) {
    if (node === null) names.delete(name);
    else names.set(name, node);
  }
}

function namesIn(folder: Folder): Map<string, Node> {
  const names = new Map(folder.safe);
  for (const change of folder.pending) apply(names, change);
  return names;
}

/** How many versions, or changes, a sync that begins now makes safe. */
function pendingOf(node: Node): number {
  if (node.kind === 'file') return node.versions.length - 1;
  return node.kind === 'folder' ? node.pending.length : 0;
}

/** All of it lost; all of it kept; torn in the middle; its length kept, and its bytes not. */
function waysOf(file: File): readonly Content[] {
  const [safe] = file.versions;
  const last = latest(file);
  if (safe === undefined || file.versions.length === 1) return [last];
  const grown = last.data.length - safe.data.length;
  if (grown <= 0) return [safe, last];
  const middle = safe.data.length + Math.floor(grown / 2);
  const zeros = Buffer.concat([last.data.subarray(0, safe.data.length), Buffer.alloc(grown)]);
  return [safe, last, { ...last, data: last.data.subarray(0, middle) }, { ...last, data: zeros }];
}
