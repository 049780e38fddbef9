/**
 * The share as a real folder: links, encodings, part files, kills. What every share promises stands
 * in contract/share.ts.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookAt, type DigestCache } from '#adapters/share/share-disk-file.ts';
import { openShare, type ShareOnDisk } from '#adapters/share/share-disk.ts';
import { isClean, type Drift } from '#domain/catalogue/drift.ts';
import {
  archivePath,
  makeRevision,
  manifestPath,
  type CatalogueRevision,
} from '#domain/catalogue/revision.ts';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Release, ReleaseManifest } from '#domain/catalogue/release.ts';
import { brand, type Digest } from '#domain/names.ts';

const day = 24 * 60 * 60 * 1_000;
let top: string;
let root: string;
let count = 0;
let now = 1_000_000 * day;
let share: ShareOnDisk;
let revision: CatalogueRevision;

const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
const inShare = (path: string): string => join(root, 'share', path);
const inEvidence = (name: string): string => join(root, 'evidence', name);

function sha256(content: string | Uint8Array): Digest {
  return brand<Digest>(createHash('sha256').update(content).digest('hex'));
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

const archive = Buffer.alloc(300_000, 'package ');
const pattern = Buffer.from('pattern 880');

function manifestOf(version: string): ReleaseManifest {
  const section = (name: string, offersPackage: boolean) => ({ name, offersPackage });
  return {
    format: 1,
    component: brand('program'),
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
        platform: brand('any'),
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

async function storedRelease(version: string): Promise<Release> {
  const manifest = manifestOf(version);
  const text = canonicalJson(manifest);
  const digest = sha256(text);
  await put(`store/manifests/${digest}.json`, text);
  await put(`store/archives/${sha256(archive)}`, archive);
  return { digest, manifest };
}

async function revisionOf(
  version: string,
  previousText: string | null,
): Promise<CatalogueRevision> {
  const content = {
    component: 'pattern',
    version: '880',
    path: 'pattern/lpt.880',
    bytes: pattern.byteLength,
    digest: sha256(pattern),
  };
  const releases = [await storedRelease(version)];
  const made = makeRevision(
    { epoch: 1, number: 1 },
    { previousText, releases, contents: [content] },
  );
  assert(made.ok, JSON.stringify(made));
  return made.value;
}

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'dankai-share-'));
});
after(() => rm(top, { recursive: true }));

beforeEach(async () => {
  root = join(top, String(count++));
  share = openShare({
    shareFolder: join(root, 'share'),
    storeFolder: join(root, 'store'),
    evidenceFolder: join(root, 'evidence'),
    clock,
  });
  revision = await revisionOf('5.80', null);
  await put('inbox/file', pattern);
  const taken = { file: join(root, 'inbox/file'), digest: sha256(pattern), bytes: pattern.length };
  assert.deepEqual(await share.putContent(taken), { ok: true, value: null });
  assert.deepEqual(await share.lay(revision), { ok: true, value: null });
});

async function check(thorough = true): Promise<Drift> {
  return share.check(revision, { thorough });
}

async function restored(drift: Drift): ReturnType<ShareOnDisk['restore']> {
  const result = await share.restore(revision, drift);
  assert(result.ok, JSON.stringify(result));
  return result;
}

/** Everything below a folder, with its content. */
async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(folder.length + 1), sha256(await readFile(path))] as const;
      }),
    ),
  );
}

const programs = (): string => archivePath(sha256(archive));
const manifest = (): string => manifestPath(revision.manifests[0] ?? brand<Digest>(''));

test('a revision is laid down whole, and laying it again writes nothing', async () => {
  const files = await snapshot(join(root, 'share'));
  const expected = ['pattern/lpt.880', 'server.ini', manifest(), programs()];
  assert.deepEqual([...files.keys()].toSorted(), expected.toSorted());
  assert.equal(await share.catalogueText(), revision.text);
  assert.deepEqual(await check(), { fields: [], packages: [] });
  const before = await stat(inShare('server.ini'));
  assert.equal((await share.lay(revision)).ok, true);
  assert.equal((await stat(inShare('server.ini'))).ino, before.ino);
});

type Damage = readonly [
  what: string,
  act: () => Promise<unknown>,
  seen: () => { readonly packages?: readonly string[]; readonly fields?: readonly string[] },
];

const damages: readonly Damage[] = [
  [
    'server.ini of garbage',
    () => writeFile(inShare('server.ini'), Buffer.alloc(5_000, 0x93)),
    () => ({ packages: ['server.ini'] }),
  ],
  [
    'a link in the place of a package',
    async () => {
      await rename(inShare(programs()), join(root, 'elsewhere'));
      await symlink(join(root, 'elsewhere'), inShare(programs()));
    },
    () => ({ packages: [programs()] }),
  ],
  [
    'a folder in the place of server.ini',
    async () => {
      await rm(inShare('server.ini'));
      await mkdir(inShare('server.ini/deep'), { recursive: true });
      await writeFile(inShare('server.ini/deep/file'), 'x');
    },
    () => ({ packages: ['server.ini'] }),
  ],
  [
    'a link to a right folder in the place of a folder',
    async () => {
      await rename(inShare('programs'), join(root, 'elsewhere'));
      await symlink(join(root, 'elsewhere'), inShare('programs'));
    },
    () => ({ packages: [manifest(), programs()] }),
  ],
  [
    'a file in the place of a folder',
    async () => {
      await rm(inShare('programs'), { recursive: true });
      await writeFile(inShare('programs'), 'x');
    },
    () => ({ packages: [manifest(), programs()] }),
  ],
];

for (const [what, act, seen] of damages) {
  test(`seen and repaired: ${what}`, async () => {
    const before = await snapshot(join(root, 'share'));
    await act();
    const drift = await check();
    const { fields = [], packages = [] } = seen();
    assert.deepEqual(
      drift.packages.map(({ path }) => path),
      packages,
    );
    assert.deepEqual(
      drift.fields.map(({ section, field }) => `${section} ${field}`),
      fields,
    );
    await restored(drift);
    assert.deepEqual(await check(), { fields: [], packages: [] });
    const after = await snapshot(join(root, 'share'));
    assert.deepEqual(after, before);
  });
}

test("I10: newer patterns and other people's lines stay when the programs are brought back", async () => {
  const newer = revision.text
    .replace('P.2=pattern/lpt.880,880,11', 'P.2=pattern/lpt.999,999,5\r\nP.6=engine/e.7,7,9')
    .replace('Version=5.80', 'Version=5.58')
    .concat('; by another hand\n');
  await writeFile(inShare('server.ini'), newer);
  await restored(await check());
  const text = await readFile(inShare('server.ini'), 'utf8');
  assert.equal(text, newer.replace('Version=5.58', 'Version=5.80'));
});

test('what had been there is kept first, whole', async () => {
  const drifted = revision.text.replace('Version=5.80', 'Version=5.58');
  await writeFile(inShare('server.ini'), drifted);
  await truncate(inShare(programs()), 5);
  const result = await restored(await check());
  assert(result.ok);
  assert.deepEqual(result.value, [
    { digest: sha256('packa'), what: programs(), text: 'packa' },
    { digest: sha256(drifted), what: 'server.ini', text: drifted },
  ]);
  assert.equal(await readFile(inEvidence(sha256(drifted)), 'utf8'), drifted);
  const description: unknown = JSON.parse(
    await readFile(inEvidence(`${sha256(drifted)}.json`), 'utf8'),
  );
  const bytes = Buffer.byteLength(drifted);
  assert.deepEqual(description, { digest: sha256(drifted), at: now, what: 'server.ini', bytes });
});

test('evidence goes after 90 days, its description stays', async () => {
  await truncate(inShare(programs()), 5);
  await restored(await check());
  now += 89 * day;
  await share.lay(revision);
  assert.equal(await readFile(inEvidence(sha256('packa')), 'utf8'), 'packa');
  now += 2 * day;
  await share.lay(revision);
  assert.deepEqual(await readdir(join(root, 'evidence')), [`${sha256('packa')}.json`]);
});

test('a copy in the store that is not what its name says restores nothing', async () => {
  await writeFile(join(root, 'store/archives', sha256(archive)), 'planted');
  await truncate(inShare(programs()), 5);
  await rm(inShare('pattern/lpt.880'));
  const result = await share.restore(revision, await check());
  assert.deepEqual(result, {
    ok: false,
    because: {
      code: 'CATALOGUE_RESTORE_IMPOSSIBLE',
      with: { path: programs(), digest: sha256(archive) },
    },
  });
  assert.equal(await readFile(inShare(programs()), 'utf8'), 'packa', 'and damages nothing more');
  assert.deepEqual(
    (await check()).packages.map(({ path }) => path),
    [programs()],
  );
  assert.deepEqual((await readdir(inShare('programs'))).length, 2, 'no part file stays');
});

test('a folder of the share that is a link leads no write out of it', async () => {
  const outside = join(root, 'outside');
  await mkdir(outside);
  for (const folder of ['programs', 'pattern']) {
    await rm(inShare(folder), { recursive: true });
    await symlink(outside, inShare(folder));
  }
  await rm(inShare('server.ini'));
  await writeFile(join(outside, 'server.ini'), 'theirs');
  await symlink(join(outside, 'server.ini'), inShare('server.ini'));
  const drift = await check();
  assert.equal(drift.packages.length, 4);
  await restored(drift);
  assert.deepEqual([...(await snapshot(outside)).keys()], ['server.ini']);
  assert.equal(await readFile(join(outside, 'server.ini'), 'utf8'), 'theirs');
  assert.equal(isClean(await check()), true);
});

test('a quick check trusts size, times and inode; a thorough one reads every byte', async () => {
  const file = inShare(programs());
  const { atime, mtime } = await stat(file);
  assert.equal(isClean(await check(false)), true);
  await writeFile(file, Buffer.alloc(archive.byteLength, 'y'));
  await utimes(file, atime, mtime);
  assert.equal(isClean(await check(false)), false, 'the change time tells');
  assert.equal(isClean(await check(true)), false);
});

test('a digest is remembered for a quick look, and never believed by a thorough one', async () => {
  const file = revision.files.find(({ kind }) => kind === 'content');
  assert(file !== undefined);
  const cache: DigestCache = new Map();
  const folder = join(root, 'share');
  const right = { kind: 'file', bytes: file.bytes, digest: file.digest };
  assert.deepEqual(await lookAt({ folder, cache, thorough: false }, file), right);
  const [path, remembered] = [...cache][0] ?? [];
  assert(path !== undefined && remembered !== undefined);
  cache.set(path, { ...remembered, digest: sha256('rotten') });
  const wrong = { ...right, digest: sha256('rotten') };
  assert.deepEqual(await lookAt({ folder, cache, thorough: false }, file), wrong);
  assert.deepEqual(await lookAt({ folder, cache, thorough: true }, file), right);
});

test('part files that a kill left are cleared away, and nothing else is', async () => {
  const left = ['server.ini.part-99-0a1b2c3d', `${programs()}.part-1-00000000`];
  for (const path of left) await writeFile(inShare(path), 'half');
  await writeFile(inShare('programs/theirs.zip'), 'x');
  assert.equal((await share.lay(revision)).ok, true);
  const files = [...(await snapshot(join(root, 'share'))).keys()];
  assert.deepEqual(
    files.filter((path) => path.includes('.part-')),
    [],
  );
  assert(files.includes('programs/theirs.zip'));
});

test('content whose bytes are not what was announced is not taken', async () => {
  const taken = { file: join(root, 'inbox/file'), digest: sha256('other'), bytes: 5 };
  const result = await share.putContent(taken);
  assert.equal(result.ok ? '' : result.because.code, 'CATALOGUE_RESTORE_IMPOSSIBLE');
  assert.deepEqual(await readdir(join(root, 'store/contents')), [sha256(pattern)]);
});

test('a catalogue in Shift_JIS stays in Shift_JIS, even after it was deleted', async () => {
  const comment = Buffer.from([0x3b, 0x20, 0x95, 0x5c, 0x8e, 0xa6, 0x0a]); // ; 表示
  await writeFile(inShare('server.ini'), Buffer.concat([comment, Buffer.from(revision.text)]));
  const next = await revisionOf('5.90', await share.catalogueText());
  assert(next.text.startsWith('; 表示\n'));
  assert.equal((await share.lay(next)).ok, true);
  const bytes = await readFile(inShare('server.ini'));
  assert(bytes.subarray(0, comment.length).equals(comment));
  await rm(inShare('server.ini'));
  assert.equal((await share.restore(next, await share.check(next, { thorough: false }))).ok, true);
  assert(bytes.equals(await readFile(inShare('server.ini'))));
});

test('a text that its encoding has no bytes for is refused, and the catalogue stays', async () => {
  const before = Buffer.concat([Buffer.from([0x3b, 0x95, 0x5c, 0x0a]), Buffer.from(revision.text)]);
  await writeFile(inShare('server.ini'), before);
  const text = `; \u301C\n${revision.text}`;
  const result = await share.lay({ ...revision, text });
  assert.equal(result.ok ? '' : result.because.code, 'CATALOGUE_TEXT_UNREADABLE');
  assert(before.equals(await readFile(inShare('server.ini'))));
});

test('what the disk refuses is drift, then a refusal; nothing is thrown', async () => {
  await rm(join(root, 'share'), { recursive: true });
  await writeFile(join(root, 'share'), 'not a folder');
  const drift = await check();
  assert.equal(drift.packages.length, 4);
  const result = await share.restore(revision, drift);
  assert.equal(result.ok ? '' : result.because.code, 'FILE_UNREADABLE');
  assert.equal((await share.lay(revision)).ok, false);
});

/** Lays two revisions in turn, for ever, and damages the package in between. */
const layingForEver = `
  import { readFileSync, truncateSync } from 'node:fs';
  import { openShare } from ${JSON.stringify(new URL('../../src/adapters/share/share-disk.ts', import.meta.url))};
  import { systemClock } from ${JSON.stringify(new URL('../../src/adapters/daemon/clock-system.ts', import.meta.url))};
  const { folders, revisions, path } = JSON.parse(readFileSync(0, 'utf8'));
  const share = openShare({ ...folders, clock: systemClock });
  process.stdout.write('ready');
  for (let turn = 0; ; turn++) {
    truncateSync(path, turn % 1000);
    await share.lay(revisions[turn % 2]);
  }
`;

test('a kill at any moment leaves a catalogue that is whole, and a share that is repaired', async () => {
  const next = await revisionOf('5.90', revision.text);
  const folders = {
    shareFolder: join(root, 'share'),
    storeFolder: join(root, 'store'),
    evidenceFolder: join(root, 'evidence'),
  };
  const input = { folders, revisions: [revision, next], path: inShare(programs()) };
  for (const milliseconds of [3, 11, 24, 40]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', layingForEver], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify(input));
    await once(child.stdout, 'data');
    await sleep(milliseconds); // any moment will do: the point is that it is an odd one
    child.kill('SIGKILL');
    await once(child, 'close');
    const text = await share.catalogueText();
    assert(text === revision.text || text === next.text);
    assert.equal((await share.lay(revision)).ok, true);
    assert.equal(isClean(await check()), true);
    const files = [...(await snapshot(join(root, 'share'))).keys()];
    assert.deepEqual(
      files.filter((path) => path.includes('.part-')),
      [],
    );
  }
});
