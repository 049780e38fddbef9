/**
 * A catalogue revision: an information server's journalled choice of releases and content, and
 * the `server.ini` rendered from it. Lines that are not ours are kept as they are. Absent: the
 * share on disk (an adapter's), who may choose (holds, upgrades).
 */

import { contentComponents } from '../delivery/content.ts';
import type { Digest, Fence } from '../names.ts';
import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { canonicalJson, utf8Bytes } from './canonical-json.ts';
import type { Watched } from './drift.ts';
import { patternSection, patternsOf } from './entry.ts';
import type { Release } from './release.ts';
import { editServerIni, type Edit } from './server-ini-edit.ts';
import { parseServerIni, type ServerIni } from './server-ini.ts';
import { comparablePath, isSafePath } from './share-path.ts';

/** A file of the share, and where the store keeps its verified copy. */
export type ShareFile = {
  readonly kind: 'manifest' | 'archive' | 'content';
  /** Relative to the share, with `/`. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
};

export type CatalogueRevision = {
  readonly fence: Fence;
  readonly manifests: readonly Digest[];
  readonly text: string;
  /** The sections that this revision stands for; others are other people's. */
  readonly watched: readonly Watched[];
  readonly files: readonly ShareFile[];
};

/** One file of content, as `[PATTERN]` names it. */
export type CatalogueContent = {
  readonly component: string;
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
};

export type CatalogueChoice = {
  /** null: there was none, or it cannot be read; a new text is begun. */
  readonly previousText: string | null;
  readonly releases: readonly Release[];
  readonly contents: readonly CatalogueContent[];
};

export const catalogueFile = 'server.ini';
/** Packages stand here by digest; nothing that is delivered may write here. */
export const packageFolder = 'programs';

export function makeRevision(
  fence: Fence,
  choice: Omit<CatalogueChoice, 'contents'> & {
    readonly contents: readonly (CatalogueContent & { readonly digest: Digest })[];
  },
): Result<CatalogueRevision> {
  const text = renderCatalogue(choice);
  if (!text.ok) return text;
  const files = new Map<string, ShareFile>();
  for (const release of choice.releases.filter(standsInShare)) {
    for (const file of filesOfRelease(release)) files.set(file.path, file);
  }
  for (const { path, digest, bytes } of choice.contents) {
    files.set(path, { kind: 'content', path: path.replaceAll('\\', '/'), digest, bytes });
  }
  return ok({
    fence,
    manifests: choice.releases.map(({ digest }) => digest),
    text: text.value,
    watched: choice.releases.flatMap(({ manifest }) =>
      manifest.catalogue.sections.map(({ name }) => ({
        section: name,
        ordering: manifest.ordering,
      })),
    ),
    files: [...files.values()],
  });
}

/** Puts the releases' sections and the contents' lines into the text, and touches no other line. */
export function renderCatalogue(choice: CatalogueChoice): Result<string> {
  const refused = refusedPath(choice.contents);
  if (refused !== null) return refuse(problem('PACKAGE_PATH_UNSAFE', { path: refused }));
  const previous = parseServerIni(choice.previousText ?? '');
  if (!previous.ok) return previous;
  const edited = editServerIni(previous.value, [
    ...choice.releases.flatMap(editsOfRelease),
    ...editsOfContents(previous.value, choice.contents),
  ]);
  if (!edited.ok) return edited;
  const readable = parseServerIni(edited.value); // never lay down what we would refuse to read
  return readable.ok ? edited : readable;
}

/** Content releases name no section: servers fetch them, and the share has their bare file. */
function standsInShare({ manifest }: Release): boolean {
  return manifest.catalogue.sections.length > 0;
}

export function manifestPath(digest: Digest): string {
  return `${packageFolder}/${digest}.json`;
}

export function archivePath(digest: Digest): string {
  return `${packageFolder}/${digest}.tar.zst`;
}

function filesOfRelease({ digest, manifest }: Release): readonly ShareFile[] {
  const bytes = utf8Bytes(canonicalJson(manifest));
  return [
    { kind: 'manifest', path: manifestPath(digest), digest, bytes },
    ...manifest.packages.map(({ archive }) => ({
      kind: 'archive' as const,
      path: archivePath(archive.digest),
      ...archive,
    })),
  ];
}

/** `Path` names the first package; the others stand beside it, by their digests. */
function editsOfRelease({ digest, manifest }: Release): readonly Edit[] {
  const archive = manifest.packages[0]?.archive;
  const updater = `${manifestPath(digest)},${utf8Bytes(canonicalJson(manifest))}`;
  return manifest.catalogue.sections.flatMap(({ name: section, offersPackage }): Edit[] => {
    const set = (key: string, value: string): Edit => ({ kind: 'set', section, key, value });
    return [
      set('Version', manifest.catalogue.version),
      set('Update_Path', updater),
      set('Min', manifest.appliesTo.min),
      set('Max', manifest.appliesTo.max),
      offersPackage && archive !== undefined
        ? set('Path', `${archivePath(archive.digest)},${archive.bytes}`)
        : { kind: 'remove', section, key: 'Path' },
    ];
  });
}

/** Increments lead to one version; when that goes, they lead nowhere and go with it. */
function editsOfContents(
  previous: ServerIni,
  contents: readonly CatalogueContent[],
): readonly Edit[] {
  const patterns = patternsOf(previous);
  const known = patterns.ok ? patterns.value : [];
  return contents.flatMap(({ component, version, path, bytes }): Edit[] => {
    const id = patternIdOf(component);
    const lines = known.filter((line) => line.id.toLowerCase() === id.toLowerCase());
    const isNew = lines.some((line) => line.merge === null && line.version !== version);
    const stale = isNew ? lines.filter(({ merge }) => merge !== null) : [];
    return [
      {
        kind: 'set',
        section: patternSection,
        key: `P.${id}`,
        value: `${path.replaceAll('\\', '/')},${version},${bytes}`,
      },
      ...stale.map(({ merge }): Edit => {
        return { kind: 'remove', section: patternSection, key: `P.${id}.Merge.${merge}` };
      }),
    ];
  });
}

/** The inverse of `contentComponentOf`. */
export function patternIdOf(component: string): string {
  const known = contentComponents.find((one) => one.component === component);
  return known?.id ?? component.replace(/^pattern-/, '');
}

/** Whatever else stands in the share: a path that content may ever have there. */
export function mayHoldContent(path: string): boolean {
  const [folder = ''] = comparablePath(path).split('/', 1);
  return isSafePath(path) && folder !== packageFolder && folder !== catalogueFile;
}

/** Content may not leave the share, take the place of our own files, or of other content. */
function refusedPath(contents: readonly CatalogueContent[]): string | null {
  const taken = new Set<string>();
  for (const { path } of contents) {
    const comparable = comparablePath(path);
    if (!mayHoldContent(path) || taken.has(comparable)) return path;
    taken.add(comparable);
  }
  for (const one of taken) {
    const parts = one.split('/');
    const above = parts.map((_, count) => parts.slice(0, count).join('/'));
    if (above.some((folder) => taken.has(folder))) return one;
  }
  return null;
}
