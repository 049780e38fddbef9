/**
 * A feed that is a legacy update site behind HTTP, or a mirror of ClamAV, by a proxy where one is
 * set. Everything is held against the published digests where the settings name them; nothing of
 * the site is believed besides.
 */

import type { Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Digest } from '#domain/names.ts';
import type { Feed } from '#ports/feed.ts';
import { downloadLimits, type DownloadLimits } from '#protocol/shared/download.ts';
import { digestOfBytes } from '../files/digest.ts';
import { keepOnly } from './contents-disk.ts';
import { isSignedBy, listedPath, readDigests, type FeedDigests } from './feed-digests.ts';
import { againstHeader, catalogueOfDatabases, pathAtMirror } from './feed-clamav.ts';
import { downloadFrom, type FeedPlace } from './feed-download.ts';
import {
  absent,
  fetchSmall,
  takeFile,
  unreadableAt,
  type HttpFeed,
  type Site,
} from './feed-http-file.ts';
import { openGetting } from './feed-http-get.ts';
import { openHttpState, stateFolder } from './feed-http-state.ts';

const catalogueName = 'server.ini';

export function openFeedHttp(options: {
  readonly feed: HttpFeed;
  readonly contents: string;
  readonly limits?: Partial<DownloadLimits>;
}): Feed {
  const { feed, contents } = options;
  const limits = { ...downloadLimits, ...options.limits };
  const { get } = openGetting(feed, limits.stallMilliseconds);
  /** Databases that are what their headers say; reading them takes a while. */
  const proved = new Set<Digest>();
  return {
    from: feed.url,
    download: () =>
      downloadFrom({
        feed: feed.url,
        contents,
        open: async () =>
          placeOf({ feed, contents, limits, get, state: await openHttpState(contents) }, proved),
      }),
    async keepOnly(digests) {
      for (const one of proved) if (!digests.has(one)) proved.delete(one);
      await keepOnly(contents, digests, [stateFolder]);
      await (await openHttpState(contents)).keepOnly(digests);
    },
  };
}

async function placeOf(site: Site, proved: Set<Digest>): Promise<Result<FeedPlace>> {
  const listed = await listOf(site);
  if (!listed.ok) return listed;
  const { databases } = site.feed;
  const update = updateSite(site, listed.value);
  if (databases === null) return ok(update);
  return ok({
    catalogue: () => catalogueOfDatabases(site, databases),
    async take(file) {
      const taken = await update.take({ ...file, path: pathAtMirror(file) });
      if (!taken.ok) return taken;
      const against = await againstHeader(site, file, { digest: taken.value, proved });
      if (against === null) return taken;
      await site.state.forget(taken.value);
      return refuse(against);
    },
  });
}

function updateSite(site: Site, list: FeedDigests | null): FeedPlace {
  return {
    async catalogue() {
      const got = await fetchSmall(site, catalogueName);
      if (!got.ok) {
        const isAbsent = got.because.with['detail'] === absent(catalogueName);
        return isAbsent ? refuse(unreadableAt(site, `no ${catalogueName}`)) : got;
      }
      const against = againstList(site, list, {
        path: catalogueName,
        digest: digestOfBytes(got.value),
      });
      return against === null ? got : refuse(against);
    },
    async take(file) {
      const taken = await takeFile(site, file);
      if (!taken.ok) return taken;
      const digest = taken.value;
      const against = againstList(site, list, { path: file.path, digest });
      if (against === null) return taken;
      // Whoever spoilt it on its way must not have the last word: next time it is fetched anew.
      await site.state.forget(digest);
      return refuse(against);
    },
  };
}

/** null: the site publishes none. */
async function listOf(site: Site): Promise<Result<FeedDigests | null>> {
  const { digests: name, publicKey } = site.feed;
  if (name === null) return ok(null);
  const unreadable = (detail: string): Result<never> =>
    refuse(unreadableAt(site, `${name}: ${detail}`));
  const list = await fetchSmall(site, name);
  if (!list.ok) return list;
  if (publicKey !== null) {
    const signature = await fetchSmall(site, `${name}.sig`);
    if (!signature.ok) return signature;
    if (!isSignedBy(publicKey, list.value, signature.value)) {
      return unreadable('not signed by the key of the settings');
    }
  }
  const digests = readDigests(list.value.toString('utf8'));
  return digests === null ? unreadable('not what sha256sum writes') : ok(digests);
}

function againstList(
  site: Site,
  list: FeedDigests | null,
  { path, digest }: { readonly path: string; readonly digest: Digest },
): Problem | null {
  const expected = list?.get(listedPath(path));
  if (list === null || expected === digest) return null;
  const named = expected === undefined ? 'names no such file' : `says ${expected}`;
  return unreadableAt(site, `${path}: its digest is ${digest}; ${site.feed.digests} ${named}`);
}
