/** What every share promises, whatever disk it stands on: what differs is seen, and brought back. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { isClean, type Drift } from '#domain/catalogue/drift.ts';
import type { ReleaseManifest } from '#domain/catalogue/release.ts';
import {
  archivePath,
  makeRevision,
  manifestPath,
  type CatalogueRevision,
  type ShareFile,
} from '#domain/catalogue/revision.ts';
import { brand, type ComponentName, type Digest, type Platform } from '#domain/names.ts';
import type { KeptEvidence, Share } from '#ports/share.ts';

export type Damage = 'short' | 'other bytes' | 'deleted' | 'folder';

/** One site's share with the store behind it, and the hands of whoever else writes there. */
export type SharePlace = {
  readonly share: Share;
  /** A verified copy in the store. */
  store(file: Pick<ShareFile, 'kind' | 'digest'>, bytes: Uint8Array): Promise<void>;
  /** The copy in the store is not what its name says any more. */
  spoil(file: Pick<ShareFile, 'kind' | 'digest'>): Promise<void>;
  catalogue(): Promise<string | null>;
  setCatalogue(text: string | null): Promise<void>;
  damage(path: string, how: Damage): Promise<void>;
  deleteAll(): Promise<void>;
  /** All files of the share but `server.ini`, in order. */
  paths(): Promise<readonly string[]>;
  evidence(): Promise<readonly Digest[]>;
};

const archive = Buffer.alloc(30_000, 'package ');
const pattern = Buffer.from('pattern 880');
const patternPath = 'pattern/lpt.880';
const programs = archivePath(sha256(archive));

function sha256(content: string | Uint8Array): Digest {
  return brand<Digest>(createHash('sha256').update(content).digest('hex'));
}

function manifestOf(version: string): ReleaseManifest {
  const section = (name: string, offersPackage: boolean) => ({ name, offersPackage });
  return {
    format: 1,
    component: brand<ComponentName>('program'),
    lane: 'program',
    kind: 'self',
    version: `${version}.1179`,
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
    needsComponents: [],
    needs: { diskBytes: 0, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [
      {
        platform: brand<Platform>('any'),
        treeDigest: sha256('tree'),
        treeBytes: 1,
        fileCount: 1,
        archive: { digest: sha256(archive), bytes: archive.byteLength },
        proof: [],
      },
    ],
    catalogue: {
      version,
      sections: [section('Info_2_50000_4_1', true), section('Info_453_50000_4_5121', false)],
    },
  };
}

class Site {
  readonly place: SharePlace;
  readonly share: Share;
  revision: CatalogueRevision;

  private constructor(place: SharePlace, revision: CatalogueRevision) {
    this.place = place;
    this.share = place.share;
    this.revision = revision;
  }

  /** With its first revision laid down. */
  static async laid(make: () => Promise<SharePlace>): Promise<Site> {
    const place = await make();
    const revision = await revisionOf(place, { version: '5.80', previousText: null });
    const laid = await place.share.lay(revision);
    assert.deepEqual(laid, { ok: true, value: null });
    return new Site(place, revision);
  }

  get manifest(): string {
    return manifestPath(this.revision.manifests[0] ?? brand<Digest>(''));
  }

  check(): Promise<Drift> {
    return this.share.check(this.revision, { thorough: true });
  }

  async restore(): Promise<readonly KeptEvidence[]> {
    const result = await this.share.restore(this.revision, await this.check());
    assert.ok(result.ok, JSON.stringify(result));
    return result.value;
  }
}

async function revisionOf(
  place: SharePlace,
  { version, previousText }: { readonly version: string; readonly previousText: string | null },
): Promise<CatalogueRevision> {
  const manifest = manifestOf(version);
  const text = canonicalJson(manifest);
  const release = { digest: sha256(text), manifest };
  await place.store({ kind: 'manifest', ...release }, Buffer.from(text));
  await place.store({ kind: 'archive', digest: sha256(archive) }, archive);
  await place.store({ kind: 'content', digest: sha256(pattern) }, pattern);
  const content = {
    component: 'pattern',
    version: '880',
    path: patternPath,
    bytes: pattern.byteLength,
    digest: sha256(pattern),
  };
  const made = makeRevision(
    { epoch: 1, number: 1 },
    { previousText, releases: [release], contents: [content] },
  );
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

type Seen = { readonly packages?: readonly string[]; readonly fields?: readonly string[] };
type Case = readonly [what: string, act: (site: Site) => Promise<void>, seen: (site: Site) => Seen];

const cases: readonly Case[] = [
  [
    'everything deleted',
    ({ place }) => place.deleteAll(),
    ({ manifest }) => ({ packages: ['server.ini', manifest, programs, patternPath] }),
  ],
  [
    'a truncated package',
    ({ place }) => place.damage(programs, 'short'),
    () => ({ packages: [programs] }),
  ],
  [
    'a package of the same size and other bytes',
    ({ place }) => place.damage(programs, 'other bytes'),
    () => ({ packages: [programs] }),
  ],
  [
    'a folder in the place of a package',
    ({ place }) => place.damage(programs, 'folder'),
    () => ({ packages: [programs] }),
  ],
  [
    'a deleted pattern',
    ({ place }) => place.damage(patternPath, 'deleted'),
    () => ({ packages: [patternPath] }),
  ],
  [
    'server.ini deleted',
    ({ place }) => place.setCatalogue(null),
    () => ({ packages: ['server.ini'] }),
  ],
  [
    'server.ini emptied',
    ({ place }) => place.setCatalogue(''),
    () => ({
      fields: ['Info_2_50000_4_1 section', 'Info_453_50000_4_5121 section', 'PATTERN P.2'],
    }),
  ],
  [
    'server.ini that cannot be read',
    ({ place }) => place.setCatalogue('[PATTERN\r\nnothing of this\r\n'),
    () => ({ packages: ['server.ini'] }),
  ],
  [
    'a version that went down',
    ({ place, revision }) =>
      place.setCatalogue(
        revision.text.replace('Version=5.80', 'Version=5.58').replace(/\nPath=.*/, ''),
      ),
    () => ({ fields: ['Info_2_50000_4_1 Version', 'Info_2_50000_4_1 Path'] }),
  ],
];

export function shareContract(name: string, make: () => Promise<SharePlace>): void {
  const promises: Promises = (title, act) => {
    test(title, async () => act(await Site.laid(make)));
  };
  describe(`share: ${name}`, () => {
    laying(promises);
    for (const [what, act, seen] of cases) {
      promises(`seen and repaired: ${what}`, (site) => isRepaired(site, act, seen(site)));
    }
    telling(promises);
    restoring(promises);
  });
}

type Promises = (title: string, act: (site: Site) => Promise<void>) => void;

async function isRepaired(site: Site, act: Case[1], expected: Seen): Promise<void> {
  const { place, revision } = site;
  const before = await place.paths();
  await act(site);
  const drift = await site.check();
  assert.deepEqual(
    drift.packages.map(({ path }) => path),
    expected.packages ?? [],
  );
  assert.deepEqual(
    drift.fields.map(({ section, field }) => `${section} ${field}`),
    expected.fields ?? [],
  );
  await site.restore();
  assert.deepEqual(await site.check(), { fields: [], packages: [] });
  assert.deepEqual(await place.paths(), before);
  assert.deepEqual(new Set((await place.catalogue())?.split('\n')), linesOf(revision));
}

/** What is added again stands at the end, so the order may be another. */
function linesOf({ text }: CatalogueRevision): ReadonlySet<string> {
  return new Set(text.split('\n'));
}

function laying(promises: Promises): void {
  promises('a revision is laid down whole', async (site) => {
    const { place, revision } = site;
    const paths = [site.manifest, programs, patternPath].toSorted();
    assert.deepEqual(await place.paths(), paths);
    assert.equal(await place.catalogue(), revision.text);
    assert.equal(await site.share.catalogueText(), revision.text);
    assert.deepEqual(await site.check(), { fields: [], packages: [] });
    assert.deepEqual(await place.evidence(), []);
  });

  promises('laid again it repairs what it names and keeps what stood there', async (site) => {
    await site.place.damage(patternPath, 'short');
    const theirs = `${site.revision.text}; theirs\r\n`;
    await site.place.setCatalogue(theirs);
    assert.equal((await site.share.lay(site.revision)).ok, true);
    assert.equal(isClean(await site.check()), true);
    assert.equal(await site.place.catalogue(), site.revision.text);
    const evidence = await site.place.evidence();
    assert.equal(evidence.length, 2);
    assert.ok(evidence.includes(sha256(theirs)));
  });

  promises('the next revision replaces it; what nobody names can be removed', async (site) => {
    const { share, place, revision } = site;
    const previousText = await share.catalogueText();
    const next = await revisionOf(place, { version: '5.90', previousText });
    assert.equal((await share.lay(next)).ok, true);
    assert.equal(isClean(await share.check(next, { thorough: true })), true);
    assert.equal((await site.check()).fields.length > 0, true);
    assert.deepEqual(await place.evidence(), [], 'our own last text is none');
    assert.deepEqual(await share.removeUnnamed([next, revision]), []);
    assert.deepEqual(await share.removeUnnamed([next]), [site.manifest]);
    assert.equal(isClean(await share.check(next, { thorough: true })), true);
    assert.deepEqual(await share.removeUnnamed([next]), []);
  });

  promises('what is named and nowhere to be had is refused', async (site) => {
    const absent = sha256('never stored');
    const file = { kind: 'content', path: 'pattern/x.1', digest: absent, bytes: 3 } as const;
    const result = await site.share.lay({ ...site.revision, files: [file] });
    assert.deepEqual(result, {
      ok: false,
      because: {
        code: 'CATALOGUE_RESTORE_IMPOSSIBLE',
        with: { path: file.path, digest: absent },
      },
    });
  });
}

function telling(promises: Promises): void {
  promises('what differs is told: absent, size, digest, kind', async (site) => {
    const { place, revision } = site;
    await place.damage(programs, 'short');
    await place.damage(patternPath, 'other bytes');
    await place.damage(site.manifest, 'folder');
    await place.setCatalogue(null);
    const [catalogue, manifest, programDrift, patternDrift] = (await site.check()).packages;
    assert.deepEqual(catalogue, {
      path: 'server.ini',
      expected: sha256(revision.text),
      found: null,
    });
    const expected = revision.manifests[0];
    assert.deepEqual(manifest, { path: site.manifest, expected, found: 'not a file' });
    assert.equal(programDrift?.expected, `${archive.byteLength} bytes`);
    assert.match(programDrift.found ?? '', /^\d+ bytes$/);
    assert.equal(patternDrift?.expected, sha256(pattern));
    assert.match(patternDrift.found ?? '', /^[0-9a-f]{64}$/);
  });

  promises(
    'a catalogue that cannot be read is told with its line, and as no text',
    async (site) => {
      await site.place.setCatalogue('; fine\r\nnothing of this\r\n');
      assert.equal(await site.share.catalogueText(), null);
      const [drift] = (await site.check()).packages;
      assert.equal(drift?.found, 'CATALOGUE_LINE_UNREADABLE, line 2');
    },
  );

  promises('a share that was never laid down lacks everything', async (site) => {
    await site.place.deleteAll();
    assert.equal(await site.share.catalogueText(), null);
    assert.equal((await site.check()).packages.length, 4);
  });
}

function restoring(promises: Promises): void {
  promises('newer patterns and the lines of other people stay', async (site) => {
    const newer = site.revision.text
      .replace('P.2=pattern/lpt.880,880,11', 'P.2=pattern/lpt.999,999,5\r\nP.6=engine/e.7,7,9')
      .replace('Version=5.80', 'Version=5.58')
      .concat('; by another hand\n');
    await site.place.setCatalogue(newer);
    await site.restore();
    const expected = newer.replace('Version=5.58', 'Version=5.80');
    assert.equal(await site.place.catalogue(), expected);
  });

  promises('what had been there is kept first, whole', async (site) => {
    const drifted = site.revision.text.replace('Version=5.80', 'Version=5.58');
    await site.place.setCatalogue(drifted);
    await site.place.damage(programs, 'short');
    const kept = await site.restore();
    assert.deepEqual(
      kept.map(({ what }) => what),
      [programs, 'server.ini'],
    );
    assert.equal(kept[1]?.text, drifted);
    assert.equal(kept[1]?.digest, sha256(drifted));
    assert.deepEqual(
      (await site.place.evidence()).toSorted(),
      kept.map(({ digest }) => digest).toSorted(),
    );
  });

  promises('only what the drift names is brought back', async (site) => {
    await site.place.damage(programs, 'deleted');
    const drift = await site.check();
    await site.place.damage(patternPath, 'deleted');
    assert.equal((await site.share.restore(site.revision, drift)).ok, true);
    const left = (await site.check()).packages.map(({ path }) => path);
    assert.deepEqual(left, [patternPath]);
  });

  promises(
    'a wrong copy in the store restores nothing, and keeps no other from it',
    async (site) => {
      await site.place.spoil({ kind: 'archive', digest: sha256(archive) });
      await site.place.damage(programs, 'short');
      await site.place.damage(patternPath, 'deleted');
      const result = await site.share.restore(site.revision, await site.check());
      assert.deepEqual(result, {
        ok: false,
        because: {
          code: 'CATALOGUE_RESTORE_IMPOSSIBLE',
          with: { path: programs, digest: sha256(archive) },
        },
      });
      const left = (await site.check()).packages.map(({ path }) => path);
      assert.deepEqual(left, [programs]);
      assert.deepEqual(await site.place.evidence(), [], 'and what stands there stays');
    },
  );

  promises('several at once come one after the other', async (site) => {
    await site.place.damage(patternPath, 'short');
    const { share, revision } = site;
    const drift = await site.check();
    const [one, , two] = await Promise.all([
      share.restore(revision, drift),
      share.lay(revision),
      share.check(revision, { thorough: true }),
    ]);
    assert.equal(one.ok, true);
    assert.equal(isClean(two), true);
  });
}
