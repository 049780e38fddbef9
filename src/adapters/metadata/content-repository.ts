/**
 * The control manager's own repository of content: signed by its online key, under a root that is
 * offline. Kept under ROOT/trust/content-repository, or in the folder of all replicas; what a kill leaves is completed by the next ask.
 * Absent here: what is delivered to whom.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { brand, type Digest, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { placeIn } from '#domain/trust/content-rules.ts';
import { contentTargetsAfter, type ContentTarget } from '#domain/trust/content-targets.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import type { ContentSigner } from '#ports/content-signer.ts';
import { errorCode, makeFolder, refuseDiskError } from '../files/atomic-file.ts';
import { organisationFile } from '../identity/trust-files.ts';
import { firstRootIn } from './organisation-roots.ts';
import { readMetadataEntries } from '../release/release-file-metadata.ts';
import { placeOfSecret } from '../secrets/given-secret.ts';
import { privateKeyOfPem, signerOf, type Signer } from '../secrets/signing-key.ts';
import { expiryOf, isSame, parseRoot, rolesOf, tooFew, type RootMetadata } from './tuf-metadata.ts';
import {
  metadataFolder,
  metadataName,
  readPublished,
  stagedFolder,
  writeMetadata,
  type Published,
} from './tuf-repository-files.ts';
import { metadataFilesOf, openStaged, publish, stage } from './tuf-repository.ts';
import { rolesOfKey } from './tuf-roles.ts';
import { signStaged } from './tuf-signing.ts';
import { contentLifetimes, customOf, type Change, type NewTarget } from './tuf-staging.ts';

const signedRoles = ['targets', 'snapshot', 'timestamp'] as const;

export type ContentRepositoryOptions = {
  readonly folder: string;
  readonly firstRoot: RootMetadata;
  /** Later roots, from a bundle that a person brought; none: empty. */
  readonly roots: MetadataFiles;
  readonly key: Signer;
};

/**
 * By the key of ROOT, over the repository in that folder; null: there is no organisation here, or no
 * key to sign with.
 */
export async function contentSignerIn(
  root: string,
  folder = join(root, 'trust'),
): Promise<Result<ContentSigner | null>> {
  const firstRoot = await firstRootIn(organisationFile(root), 'content');
  if (!firstRoot.ok) return firstRoot;
  const { file, isNamed } = placeOfSecret(root, 'content.key');
  const key = await readOnlineKey(file);
  if (!key.ok) return key;
  if (key.value === null && isNamed) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }));
  }
  if (firstRoot.value === null || key.value === null) return ok(null);
  const bundle = join(root, 'trust', 'content.bundle');
  const roots = (await isFile(bundle)) ? await readMetadataEntries(bundle) : ok(new Map());
  if (!roots.ok) return roots;
  return openContentRepository({
    folder: join(folder, 'content-repository'),
    firstRoot: firstRoot.value,
    roots: roots.value,
    key: key.value,
  });
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function readOnlineKey(file: string): Promise<Result<Signer | null>> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      return refuse(problem('KEY_FILE_OPEN', { file, mode: shown }));
    }
    const key = privateKeyOfPem(await readFile(file));
    if (key !== null) return ok(signerOf(key, 'content'));
    return refuse(problem('KEY_FILE_UNREADABLE', { file, detail: 'no Ed25519 key' }));
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? ok(null) : refuseDiskError(error, file);
  }
}

export async function openContentRepository(
  options: ContentRepositoryOptions,
): Promise<Result<ContentSigner>> {
  const { folder, key } = options;
  await makeFolder(metadataFolder(folder));
  const root = await bringRoots(options);
  if (!root.ok) return root;
  const roles = rolesOfKey(rolesOf(root.value), key.key.keyId);
  if (signedRoles.some((role) => !roles.includes(role))) {
    return refuse(problem('KEY_WITHOUT_ROLE', { key: key.key.keyId.slice(0, 8) }));
  }
  return ok({
    async sign(items, now) {
      const opened = await openStaged(folder);
      if (!opened.ok) return opened;
      const { published, staged } = opened.value;
      const change = changeFor(
        published,
        contentTargetsAfter(targetsOf(published), items, now),
        now,
      );
      if (change === null && staged === null) return ok(answer(published));
      const versionMin = Math.floor(now / 1_000);
      const options = { folder, now, lifetimes: contentLifetimes, versionMin };
      const next = await stage(change ?? { type: 'refresh' }, options);
      if (!next.ok) return next;
      const signed = await signStaged(stagedFolder(folder), [key]);
      if (!signed.ok) return signed;
      const done = await publish(folder, now);
      return done.ok ? ok(answer(done.value)) : done;
    },
  });
}

/** Writes the roots that lead from the first to the newest, each signed by the one before. */
async function bringRoots({
  folder,
  firstRoot,
  roots,
}: ContentRepositoryOptions): Promise<Result<RootMetadata>> {
  const before = await readPublished(folder);
  if (!before.ok && before.because.code !== 'REPOSITORY_ABSENT') return before;
  const known = before.ok ? before.value.roots : [];
  const [first] = known;
  if (first !== undefined && !isSame(first, firstRoot)) {
    return refuse(problem('REPOSITORY_EXISTS', { folder }));
  }
  if (first === undefined) {
    const written = await writeMetadata(folder, 'root', firstRoot);
    if (!written.ok) return written;
  }
  let root = known.at(-1) ?? firstRoot;
  for (;;) {
    const file = metadataName('root', root.signed.version + 1);
    const text = roots.get(file);
    if (text === undefined) return ok(root);
    const next = parseRootText(text, file);
    if (!next.ok) return next;
    const against = tooFew(root, 'root', next.value) ?? tooFew(next.value, 'root', next.value);
    if (against !== null) return refuse(against);
    if (next.value.signed.version !== root.signed.version + 1) {
      return refuse(problem('METADATA_MIXED', { file }));
    }
    const written = await writeMetadata(folder, 'root', next.value);
    if (!written.ok) return written;
    root = next.value;
  }
}

function parseRootText(text: string, file: string): Result<RootMetadata> {
  try {
    return parseRoot(JSON.parse(text), file);
  } catch {
    return refuse(problem('METADATA_UNREADABLE', { file, detail: 'not JSON' }));
  }
}

function targetsOf({ targets }: Published): readonly ContentTarget[] {
  return Object.values(targets?.signed.targets ?? {}).map((target) => ({
    name: target.path,
    digest: brand<Digest>(target.hashes['sha256'] ?? ''),
    bytes: target.length,
    named: Number(customOf(target)['named'] ?? 0) * 1_000,
    place: placeIn({ custom: customOf(target) }),
  }));
}

/** Null: what is published names all of it, is signed by keys that count, and is fresh enough. */
function changeFor(
  published: Published,
  targets: readonly ContentTarget[] | null,
  now: Instant,
): Change | null {
  const isStale = (role: (typeof signedRoles)[number]): boolean => {
    const metadata = published[role];
    if (metadata === undefined || tooFew(published.root, role, metadata) !== null) return true;
    return expiryOf(metadata) - now <= contentLifetimes[role] / 2;
  };
  if (targets !== null || isStale('targets') || isStale('snapshot')) {
    return { type: 'all-targets', targets: (targets ?? targetsOf(published)).map(newTarget) };
  }
  return isStale('timestamp') ? { type: 'refresh' } : null;
}

function newTarget({ name, digest, bytes, named, place }: ContentTarget): NewTarget {
  return { name, digest, bytes, custom: { named: String(Math.floor(named / 1_000)), ...place } };
}

function answer(published: Published): { files: MetadataFiles; renewAt: Instant } {
  const times = signedRoles.map((role) => {
    const metadata = published[role];
    return metadata === undefined ? 0 : expiryOf(metadata) - contentLifetimes[role] / 2;
  });
  return { files: metadataFilesOf(published), renewAt: Math.min(...times) };
}
