/**
 * Makes a release of directory trees: packs each, measures what the manifest says of it, and
 * writes the one file that people move about. What a person got wrong is refused before packing.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { parseRange } from '#domain/catalogue/range.ts';
import type {
  ReleaseManifest,
  ReleasePackage,
  ReleaseSection,
  TreeCommands,
  VendorCommands,
} from '#domain/catalogue/release.ts';
import { ruleWithoutEffect } from '#domain/compatibility/component-rules.ts';
import { parseVersion, type Ordering } from '#domain/catalogue/version.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import type { BuiltRelease, ReleaseRequest } from '#ports/packages.ts';
import { parseReleaseManifest, releaseManifestSchema } from '#protocol/shared/release.ts';
import { makeFolder, refuseDiskError } from '../files/atomic-file.ts';
import { digestOfFile } from '../files/digest.ts';
import { packTree } from './package-archive.ts';
import { PackageRefused, walkTree } from './package-archive-tree.ts';
import { buildDeltas } from './release-file-deltas-build.ts';
import { writeReleaseFile } from './release-file-write.ts';
import { readYaml } from '#yaml/yaml-document.ts';

/** What `server.ini` says of our own program (mission, 'The catalogue format'). */
const programSections: readonly ReleaseSection[] = [
  { name: 'Info_2_50000_4_1', offersPackage: true },
  { name: 'Info_186_50000_4_5121', offersPackage: true },
  { name: 'Info_453_50000_4_5121', offersPackage: false },
];

/**
 * What proves which `self` program runs: its runtime, and every file of its bundle. What it hands to
 * browsers it does not run itself, and an old release reads no proof of more than 200 files.
 */
const isProof = (path: string): boolean =>
  path === 'runtime/node' || (path.startsWith('app/') && path !== 'app/console.tar');

export async function buildRelease(request: ReleaseRequest): Promise<Result<BuiltRelease>> {
  const versions = checkVersions(request);
  if (!versions.ok) return versions;
  const workFolder = await mkdtemp(join(tmpdir(), 'dankai-release-'));
  try {
    const packages: ReleasePackage[] = [];
    const archives = new Map<Digest, string>();
    for (const { platform, folder } of request.trees) {
      const archiveFile = join(workFolder, platform);
      const packed = await packTree(folder, archiveFile);
      const proof = request.kind === 'self' ? await proofOf(folder) : [];
      packages.push({ platform, ...packed, proof });
      archives.set(packed.archive.digest, archiveFile);
    }
    const manifest = parseReleaseManifest(manifestOf(request, packages), request.file);
    if (!manifest.ok) return manifest;
    await makeFolder(dirname(resolve(request.file)));
    const deltas = await buildDeltas(request, packages, workFolder);
    if (!deltas.ok) return deltas;
    const archiveFile = (digest: Digest): string => {
      const file = archives.get(digest);
      invariant(file !== undefined, 'every archive of the manifest was packed');
      return file;
    };
    const { built, toWrite } = deltas.value;
    const { file } = request;
    const whole = { manifest: manifest.value, archiveFile, file, deltas: toWrite };
    const written = await writeReleaseFile(whole);
    if (!written.ok) return written;
    return ok({ ...written.value, ...(built.length > 0 && { deltas: built }) });
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, request.trees.map(({ folder }) => folder).join(', '));
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

function checkVersions(request: ReleaseRequest): Result<null> {
  const { ordering, version, appliesTo, returnTo = [], floors = [], deadEnds = [] } = request;
  for (const text of [version, ...returnTo, ...floors, ...deadEnds]) {
    const parsed = parseVersion(ordering, text);
    if (!parsed.ok) return parsed;
  }
  const range = parseRange(ordering, appliesTo);
  if (!range.ok) return range;
  const against = ruleWithoutEffect(request);
  return against === null ? ok(null) : refuse(against);
}

async function proofOf(folder: string): Promise<ReleasePackage['proof']> {
  const entries = await walkTree(folder);
  if (!entries.ok) throw new PackageRefused(entries.because);
  const proof: { path: string; digest: Digest }[] = [];
  for (const { kind, path } of entries.value) {
    if (kind === 'file' && isProof(path)) {
      proof.push({ path, digest: await digestOfFile(join(folder, path)) });
    }
  }
  return proof;
}

function manifestOf(request: ReleaseRequest, packages: readonly ReleasePackage[]): ReleaseManifest {
  const { component, kind, version, ordering, appliesTo, needs, tree, command, catalogue } =
    request;
  const sizes = packages.map(({ treeBytes, archive }) => treeBytes + archive.bytes);
  return {
    format: 1,
    component,
    lane: kind === 'content' ? 'content' : 'program',
    kind,
    version,
    ordering,
    appliesTo,
    ...rulesOf(request),
    needsComponents: request.needsComponents ?? [],
    needs: {
      diskBytes: needs?.diskBytes ?? Math.max(0, ...sizes),
      memoryBytes: needs?.memoryBytes ?? 0,
    },
    precautions: request.precautions ?? [],
    returnTo: request.returnTo ?? [],
    rebootRecommended: request.rebootRecommended ?? false,
    ...(tree === undefined ? {} : { tree }),
    ...(command === undefined ? {} : { command }),
    packages,
    catalogue: {
      version: catalogue?.version ?? catalogueVersion(ordering, version),
      sections: catalogue?.sections ?? (kind === 'self' ? programSections : []),
    },
  };
}

/** Only those that there are: an older program reads no manifest with a rule that it does not know. */
function rulesOf(request: ReleaseRequest): ComponentRules {
  const { floors = [], deadEnds = [], prerequisites = [] } = request;
  return {
    ...(floors.length === 0 ? {} : { floors }),
    ...(deadEnds.length === 0 ? {} : { deadEnds }),
    ...(prerequisites.length === 0 ? {} : { prerequisites }),
  };
}

type ComponentRules = Pick<ReleaseManifest, 'floors' | 'deadEnds' | 'prerequisites'>;

/** `server.ini` writes 5.80 for 5.80.1179. */
function catalogueVersion(ordering: Ordering, version: string): string {
  return ordering === 'decimal' ? version.split('.').slice(0, 2).join('.') : version;
}

const commandsBytesMax = 64 * 1024;

/** How a `tree` program is stopped, started and proved, from a YAML or JSON file. */
export async function readTreeCommands(file: string): Promise<Result<TreeCommands>> {
  const read = await readCommands(file, releaseManifestSchema.shape.tree);
  return read.ok ? ok(read.value ?? {}) : read;
}

/** And how a `command` program is checked, installed and taken back. */
export function readVendorCommands(file: string): Promise<Result<VendorCommands>> {
  return readCommands(file, releaseManifestSchema.shape.command.unwrap());
}

async function readCommands<Value>(file: string, schema: z.ZodType<Value>): Promise<Result<Value>> {
  try {
    const text = await readFile(file, 'utf8');
    const bytes = Buffer.byteLength(text);
    if (bytes > commandsBytesMax) {
      return refuse(problem('PACKAGE_TOO_LARGE', { bytes, bytesMax: commandsBytesMax }));
    }
    const read = readYaml(text, schema);
    if (read.ok) return ok(read.value);
    const { line, column, expected } = read.mistake;
    return refuse(problem('FILE_UNREADABLE', { file, detail: `${line}:${column} ${expected}` }));
  } catch (error) {
    return refuseDiskError(error, file);
  }
}
