/**
 * A release from a site's neighbours over real HTTP: a source that is away, one that lies, one that
 * breaks off; in the order of the settings, the next one on failure, and nothing believed.
 */

import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { readReleaseFile, storedArchive, storedManifest } from '#adapters/release/release-file.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import { openPackageSources } from '#adapters/share/package-sources-http.ts';
import { archivesOf, type Release } from '#domain/catalogue/release.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type PersonName,
  type Platform,
} from '#domain/names.ts';
import { fetchRelease } from '#information-server/content/fetches.ts';
import { Trusted } from '#information-server/content/trusted.ts';
import type { Change } from '#information-server/loop.ts';
import type { Parts } from '#information-server/parts.ts';
import type { Rows } from '#ports/journal.ts';

const component = brand<ComponentName>('program');
const version = '5.80.1179';
const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;

async function releaseIn(folder: string, text: string): Promise<Release> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'app'), { recursive: true });
  await writeFile(join(tree, 'app/main.mjs'), `// ${text}\n`.repeat(20_000));
  const built = await buildRelease({
    trees: [{ platform: brand<Platform>('any'), folder: tree }],
    file: join(folder, 'release'),
    component,
    kind: 'tree',
    version,
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
  });
  assert(built.ok, JSON.stringify(built));
  const read = await readReleaseFile(join(folder, 'release'), join(folder, 'origin'));
  assert(read.ok, JSON.stringify(read));
  return read.value;
}

type Serve = (response: ServerResponse, bytes: Buffer, from: number) => void;

const honest: Serve = (response, bytes, from) => {
  const range = from > 0 && {
    'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
  };
  const headers = { 'content-length': bytes.length - from, ...range };
  response.writeHead(from > 0 ? 206 : 200, headers).end(bytes.subarray(from));
};

async function world(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fetch-'));
  const release = await releaseIn(folder, 'genuine');
  const origin = join(folder, 'origin');
  const serve = async (archives: Serve): Promise<string> => {
    const server = createServer((request, response) => {
      const [, , kind, named = ''] = (request.url ?? '').split('/');
      const stored = kind === 'archives' ? storedArchive : storedManifest;
      readFile(stored(origin, brand<Digest>(named))).then(
        (bytes) => {
          const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
          if (kind === 'archives') archives(response, bytes, from);
          else honest(response, bytes, 0);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    return `http://127.0.0.1:${address.port}`;
  };
  const store = join(folder, 'store');
  const kinds: string[] = [];
  const took: { from: string; bytes: number }[] = [];
  const partsWith = (addresses: readonly string[]): Parts => {
    const rows = {
      catalogue: {
        releases: async () => [],
        releasesGone: async () => [],
        putRelease: async () => undefined,
      },
      log: { appendRecord: async ({ kind }: { kind: string }) => void kinds.push(kind) },
      fleet: { servers: async () => [] },
    } as unknown as Rows;
    return {
      site: {
        trusted: new Trusted(null),
        log: pino({ enabled: false }),
        clock: { now: () => 1 },
        isEnded: true,
        journal: { rows },
      },
      loop: { submit: async (change: Change) => void (await change(rows)) },
      fleetEvents: { imported: async () => undefined },
      traffic: {
        took: (_: unknown, one: { from: string; bytes: number }) => void took.push(one),
        bill: async () => undefined,
      },
      deltas: null,
      sources: openPackageSources(addresses, { store, trust: null }),
    } as unknown as Parts;
  };
  context.after(() => rm(folder, { recursive: true, force: true }));
  return { release, store, serve, partsWith, kinds, took };
}

test('the next source goes on where one failed, and every byte is checked', async (context) => {
  const { release, store, serve, partsWith, kinds, took } = await world(context);
  const [[archive, bytes] = [null, 0]] = [...archivesOf(release.manifest)];
  assert(archive !== null);
  const away = 'http://127.0.0.1:9';
  const liar = await serve((response, real) => {
    honest(response, Buffer.alloc(real.length, 7), 0);
  });
  const breaker = await serve((response, real, from) => {
    if (from > 0) return void response.writeHead(500).end();
    response.writeHead(200, { 'content-length': real.length });
    response.write(real.subarray(0, real.length >> 1), () => response.destroy());
  });
  const good = await serve(honest);
  const parts = partsWith([away, liar, breaker, good]);
  const fetched = await fetchRelease(parts, { component, version, digest: release.digest }, by);
  assert(fetched.ok, JSON.stringify(fetched));
  assert.deepEqual(
    fetched.value.from.map(({ source }) => source),
    [good],
  );
  assert(
    took.every(({ bytes: came }) => came < bytes),
    'the half that was there is not fetched anew',
  );
  assert.deepEqual(kinds, ['release-imported']);
  await access(storedArchive(store, archive));
  await access(storedManifest(store, release.digest));
  assert.deepEqual(await readdir(join(store, 'fetched')), []);
  // Asked again, nothing is fetched.
  const again = await fetchRelease(parts, { component, version, digest: release.digest }, by);
  assert(again.ok && again.value.from.length === 0);
});

test('where no source has it, it is said of each, and nothing enters', async (context) => {
  const { release, store, serve, partsWith, kinds } = await world(context);
  const liar = await serve((response, real) => {
    honest(response, Buffer.alloc(real.length, 7), 0);
  });
  const parts = partsWith([liar]);
  const fetched = await fetchRelease(parts, { component, version, digest: release.digest }, by);
  assert(!fetched.ok);
  assert.equal(fetched.because.code, 'SOURCES_FAILED');
  assert.match(String(fetched.because.with['detail']), /PACKAGE_DIGEST_WRONG/);
  assert.deepEqual(kinds, []);
  await assert.rejects(access(storedManifest(store, release.digest)));
  const other = { component, version: '5.90', digest: release.digest };
  const otherVersion = await fetchRelease(parts, other, by);
  assert(!otherVersion.ok && otherVersion.because.code === 'RELEASE_UNKNOWN');
  const unnamed = await fetchRelease(parts, { component, version }, by);
  assert(!unnamed.ok && unnamed.because.code === 'FETCH_NEEDS_DIGEST');
  const none = await fetchRelease(partsWith([]), { component, version }, by);
  assert(!none.ok && none.because.code === 'SOURCES_ABSENT');
});
