/** Applies the table to facts. Each rule answers with sentences; none means that it holds. */

import { posix } from 'node:path';
import { bans, grants, lineCountMax, type Grant } from './table.ts';
import type { Import, Source } from './source.ts';

export type Tree = {
  readonly sources: readonly Source[];
  /** Subpath imports of package.json: name of the folder by its prefix, such as `#domain`. */
  readonly subpaths: ReadonlyMap<string, string>;
};

export type Target =
  | { readonly kind: 'file'; readonly path: string; readonly relative: boolean }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string };

const folderOf = (path: string): string => path.split('/')[0] ?? path;

const stands = (path: string, where: string): boolean =>
  where === '' || path === where || path.startsWith(`${where}/`);

export function targetOf(from: string, specifier: string, tree: Tree): Target {
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier.slice('node:'.length) };
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(from), specifier), relative: true };
  }
  const [first = '', second = '', ...rest] = specifier.split('/');
  const folder = tree.subpaths.get(first);
  if (folder !== undefined) {
    return { kind: 'file', path: [folder, second, ...rest].join('/'), relative: false };
  }
  return { kind: 'package', name: first.startsWith('@') ? `${first}/${second}` : first };
}

/** The grant whose `where` fits the file most closely; of two alike, the later. */
export function grantFor(path: string): Grant | undefined {
  let best: { grant: Grant; length: number } | undefined;
  for (const grant of grants) {
    for (const where of grant.where) {
      if (!stands(path, where)) continue;
      if (best === undefined || where.length >= best.length) best = { grant, length: where.length };
    }
  }
  return best?.grant;
}

function granted(source: Source, each: Import, target: Target, grant: Grant): boolean {
  if (target.kind === 'file') {
    const folder = folderOf(target.path);
    if (folder === folderOf(source.path) || grant.folders.includes(folder)) return true;
    if (each.dynamic && grant.lazily?.includes(folder) === true) return true;
    return each.typeOnly && grant.typesOf?.includes(folder) === true;
  }
  if (target.kind === 'node') {
    if (grant.node === 'all' || grant.node.includes(target.name)) return true;
    return each.typeOnly && grant.typesOf?.includes(`node:${target.name}`) === true;
  }
  if (grant.packages.includes(target.name)) return true;
  return each.typeOnly && grant.typesOf?.includes(target.name) === true;
}

/** Imports that the table does not grant. */
export function ungrantedImports(tree: Tree, chosen: (path: string) => boolean): string[] {
  return tree.sources
    .filter((source) => chosen(source.path))
    .flatMap((source) => {
      const grant = grantFor(source.path);
      if (grant === undefined) return [`${source.path}: its folder is not in the import table`];
      return source.imports
        .filter(
          (each) => !granted(source, each, targetOf(source.path, each.specifier, tree), grant),
        )
        .map((each) => `${source.path}:${each.line} may not import ${each.specifier}`);
    });
}

/** Names and constructs that are banned where they stand. */
export function bannedUses(tree: Tree, chosen: (where: readonly string[]) => boolean): string[] {
  return tree.sources.flatMap(({ path, uses }) => {
    const here = bans.filter(
      (ban) =>
        chosen(ban.where) &&
        ban.where.some((where) => stands(path, where)) &&
        ban.except?.some((where) => stands(path, where)) !== true,
    );
    return uses.flatMap(({ what, line }) =>
      here
        .filter((ban) => ban.uses.includes(what))
        .map((ban) => `${path}:${line} uses ${what}: ${ban.remedy}`),
    );
  });
}

/** An import line should name its layer: `#folder/…` between folders, relative inside one. */
export function unnamedLayers(tree: Tree): string[] {
  const named = new Set(tree.subpaths.values());
  return tree.sources.flatMap((source) =>
    source.imports.flatMap((each) => {
      const target = targetOf(source.path, each.specifier, tree);
      if (target.kind !== 'file') return [];
      const folder = folderOf(target.path);
      const inside = folder === folderOf(source.path);
      const at = `${source.path}:${each.line} imports ${each.specifier}`;
      if (!/\.(tsx?|json)$/.test(target.path)) return [`${at}: name the file with its ending`];
      if (inside && !target.relative) return [`${at}: inside one folder, import relatively`];
      if (!inside && target.relative && named.has(folder)) {
        return [`${at}: between folders, write #${folder}/…`];
      }
      return [];
    }),
  );
}

export function longFiles(tree: Tree): string[] {
  return tree.sources
    .filter((source) => source.lineCount >= lineCountMax)
    .map((source) => `${source.path} has ${source.lineCount} lines: split it by what it knows`);
}

/** Every elementary way back to where it came from, once, as `a -> b -> a`. */
export function cyclesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const cycles: string[] = [];
  const finished = new Set<string>();
  const visit = (place: string, way: readonly string[]): void => {
    const before = way.indexOf(place);
    if (before >= 0) {
      cycles.push([...way.slice(before), place].join(' -> '));
      return;
    }
    if (finished.has(place)) return;
    for (const next of edges.get(place) ?? []) visit(next, [...way, place]);
    finished.add(place);
  };
  for (const place of edges.keys()) visit(place, []);
  return cycles;
}

/** Edges between files, or between the folders that `nameOf` makes of them. */
export function edgesOf(tree: Tree, nameOf: (path: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const source of tree.sources) {
    const from = nameOf(source.path);
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets);
    for (const each of source.imports) {
      const target = targetOf(source.path, each.specifier, tree);
      if (target.kind !== 'file') continue;
      const to = nameOf(target.path);
      if (to !== from || target.path === source.path) targets.add(to);
    }
  }
  return edges;
}

export const topFolder = folderOf;
