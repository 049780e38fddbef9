/** What is published, as files that people and servers are given. */

import { basename, dirname, extname, join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { copyWithMetadata, writeMetadataBundle } from '../release/release-file-write.ts';
import { checkReleaseFile } from '../release/release-file.ts';
import type { Published } from '../metadata/tuf-repository-files.ts';
import { metadataFilesOf } from '../metadata/tuf-repository.ts';

export async function writeBundle(file: string, published: Published): Promise<Result<string>> {
  const written = await writeMetadataBundle(file, metadataFilesOf(published));
  return written.ok ? ok(file) : written;
}

/** Each beside the file that was built, which stays as it is. */
export async function writeSignedReleases(
  releases: readonly { readonly file: string; readonly out: string | null }[],
  published: Published,
): Promise<Result<readonly string[]>> {
  const files: string[] = [];
  const metadata = metadataFilesOf(published);
  for (const { file, out } of releases) {
    const release = await checkReleaseFile(file);
    if (!release.ok) return release;
    const { component, version } = release.value.manifest;
    const targets = published.targets?.signed.targets ?? {};
    const name = programTargetName({ component, version });
    const digest = Object.hasOwn(targets, name) ? targets[name]?.hashes['sha256'] : undefined;
    if (digest !== release.value.digest) {
      return refuse(problem('RELEASE_UNSIGNED', { component, version }));
    }
    const to = out ?? signedName(file);
    const written = await copyWithMetadata(file, to, metadata);
    if (!written.ok) return written;
    files.push(to);
  }
  return ok(files);
}

/** `program-5.80.dankai` becomes `program-5.80.signed.dankai`; a signed one is written anew. */
function signedName(file: string): string {
  const end = extname(file);
  const start = basename(file, end);
  return start.endsWith('.signed') ? file : join(dirname(file), `${start}.signed${end}`);
}
