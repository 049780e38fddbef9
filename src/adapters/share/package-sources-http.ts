/**
 * Packages from another information server (`https://`, with certificates on both sides) or from any
 * HTTP cache (`http://`), by the paths that every information server serves. Archives gather in
 * ROOT/store/fetched until a release is whole.
 */

import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { archivesOf } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { neighbourIn } from '#domain/trust/admission.ts';
import type { PackageSource, PackageSources } from '#ports/package-sources.ts';
import { makeFolder } from '../files/atomic-file.ts';
import type { Dialling, LinkTrust } from '../identity/link-trust.ts';
import { download, fetchBytes } from '../link/download-http.ts';
import { fetchMetadata, pathOfMetadata } from '../metadata/metadata-http.ts';
import {
  parseReleaseBytes,
  placeFetched,
  releaseFileLimits,
  storedArchive,
} from '../release/release-file.ts';

/** The next source is tried soon; what came of this one is kept. */
const limits = { fruitlessAttemptsMax: 2 };

export function openPackageSources(
  addresses: readonly string[],
  { store, trust }: { readonly store: string; readonly trust: LinkTrust | null },
): PackageSources {
  const security = trust === null ? null : diallingNeighbours(trust);
  const folder = join(store, 'fetched');
  const fileOf = (digest: Digest): string => join(folder, digest);
  return {
    sources: addresses.map((address) => sourceAt(address, { folder, fileOf, security })),
    readManifest: parseReleaseBytes,
    async has(digest) {
      return (await isThere(storedArchive(store, digest))) || isThere(fileOf(digest));
    },
    place: (release) => placeFetched(release, { store, fileOf }),
    async forget(release) {
      for (const [digest] of archivesOf(release.manifest)) {
        await rm(fileOf(digest), { force: true });
        await rm(`${fileOf(digest)}.part`, { force: true });
      }
    },
  };
}

/** Whoever answers as the information server of some site of ours, whichever that is. */
function diallingNeighbours(trust: LinkTrust): Dialling {
  return {
    trust,
    expects(peer) {
      const here = trust.current()?.identity;
      return here !== undefined && neighbourIn(here.organisation)(peer);
    },
  };
}

type Given = {
  readonly folder: string;
  readonly fileOf: (digest: Digest) => string;
  readonly security: Dialling | null;
};

function sourceAt(address: string, { folder, fileOf, security: own }: Given): PackageSource {
  const base = address.replace(/\/$/, '');
  // A cache proves nothing, and is shown nothing.
  const security = base.startsWith('https:') ? own : null;
  const { signal } = new AbortController();
  return {
    name: base,
    metadata: (lane) => (name, bytesMax) =>
      fetchMetadata({
        url: `${base}${pathOfMetadata(lane, name)}`,
        security,
        file: name,
        bytesMax,
      }),
    manifest: (digest) =>
      fetchBytes({
        url: `${base}/v1/manifests/${digest}`,
        security,
        bytesMax: releaseFileLimits.manifestBytesMax,
        signal,
        limits,
      }),
    async archive({ digest, bytes }) {
      await makeFolder(folder);
      const url = `${base}/v1/archives/${digest}`;
      const file = fileOf(digest);
      const progress = (): void => undefined;
      return download({ url, security, file, digest, bytes, progress, signal, limits });
    },
  };
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
