/** A release file on its way into a share: what is signed of it is verified before it is kept. */

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readBundleStream } from '#adapters/release/release-file.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import { copyWithMetadata, writeMetadataBundle } from '#adapters/release/release-file-write.ts';
import { trustIn } from '#adapters/metadata/trust-tuf.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type Platform } from '#domain/names.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { Trusted } from '#information-server/content/trusted.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { newKey, TestRepository } from './tuf-for-tests.ts';

async function site(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-trust-import-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [program, content] = [new TestRepository(), new TestRepository()];
  const roots = { program: program.shippedRoot, content: content.shippedRoot };
  const trusted = new Trusted(trustIn(join(folder, 'trust'), roots));
  const store = join(folder, 'store');
  const release = async (version: string): Promise<{ file: string; release: Release }> => {
    const tree = join(folder, version);
    await mkdir(tree);
    await writeFile(join(tree, 'a'), version);
    const file = join(folder, `${version}.release`);
    const built = await buildRelease({
      trees: [{ platform: brand<Platform>('any'), folder: tree }],
      file,
      component: brand<ComponentName>('sensor'),
      kind: 'tree',
      version,
      ordering: 'dotted',
      appliesTo: { min: '0', max: '9' },
    });
    assert.ok(built.ok);
    return { file, release: built.value };
  };
  const metadata = (files = program.files) =>
    new Map([...files].map(([name, bytes]) => [name, bytes.toString()]));
  let copies = 0;
  return {
    trusted,
    program,
    release,
    metadata,
    sign({ manifest }: Release, custom?: object) {
      program.targets.set(programTargetName(manifest), { bytes: canonicalJson(manifest), custom });
      program.publish();
    },
    /** The same release, with what was published by then. */
    async carrying(file: string, files = metadata()): Promise<string> {
      copies += 1;
      const copy = `${file}.${copies}`;
      assert.ok((await copyWithMetadata(file, copy, files)).ok);
      return copy;
    },
    async bundle(): Promise<string> {
      const file = join(folder, 'metadata.release');
      assert.ok((await writeMetadataBundle(file, metadata())).ok);
      return file;
    },
    async import(file: string): Promise<string> {
      const read = await readBundleStream(createReadStream(file), {
        name: file,
        intoStore: store,
        against: (one, files) =>
          one === null ? trusted.take('program', files) : trusted.againstImport(one, files),
      });
      if (!read.ok) return read.because.code;
      return read.value === null ? 'metadata' : read.value.manifest.version;
    },
    /** Names of all files in the store. */
    async stored(): Promise<string[]> {
      const found = await readdir(store, { recursive: true, withFileTypes: true });
      return found.filter((one) => one.isFile()).map(({ name }) => name);
    },
  };
}

test('a release file that carries its signatures enters; one without, or with false ones, leaves nothing', async (t) => {
  const here = await site(t);
  const { file, release } = await here.release('1.0');
  assert.equal(await here.import(file), 'RELEASE_UNSIGNED');
  const stranger = new TestRepository();
  const bytes = canonicalJson(release.manifest);
  stranger.targets.set(programTargetName(release.manifest), { bytes });
  stranger.publish();
  const forged = await here.carrying(file, here.metadata(stranger.files));
  assert.equal(await here.import(forged), 'METADATA_UNSIGNED');
  assert.deepEqual(await here.stored(), []);
  here.sign(release);
  assert.equal(await here.import(await here.carrying(file)), '1.0');
  assert.equal((await here.stored()).length, 2);
});

test('metadata alone brings news: a withdrawal with its reason, in the words of the signers', async (t) => {
  const here = await site(t);
  const { file, release } = await here.release('1.0');
  here.sign(release);
  const carrying = await here.carrying(file);
  assert.equal(await here.import(carrying), '1.0');
  const named = { ...release.manifest, digest: release.digest };
  assert.equal(await here.trusted.againstSwitch(named), null);
  here.sign(release, { withdrawn: 'it burns' });
  assert.equal(await here.import(await here.bundle()), 'metadata');
  assert.deepEqual(await here.trusted.againstSwitch(named), {
    code: 'RELEASE_WITHDRAWN',
    with: { component: 'sensor', version: '1.0', reason: 'it burns' },
  });
  // The file from before the withdrawal does not undo it.
  assert.equal(await here.import(carrying), 'RELEASE_WITHDRAWN');
});

test('an older file of what is still signed enters, although its metadata is older or has expired', async (t) => {
  const here = await site(t);
  const [first, second] = [await here.release('1.0'), await here.release('2.0')];
  here.sign(first.release);
  const older = await here.carrying(first.file);
  here.program.expires.timestamp = new Date(Date.now() + 1_500);
  here.sign(second.release);
  assert.equal(await here.import(await here.carrying(second.file)), '2.0');
  assert.equal(await here.import(older), '1.0');
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  assert.equal(await here.import(await here.carrying(second.file)), '2.0');
  const third = await here.release('3.0');
  here.sign(third.release);
  assert.equal(await here.import(await here.carrying(third.file)), 'METADATA_EXPIRED');
});

test('going back needs the manifest of what runs, or a permission that was signed apart', async (t) => {
  const here = await site(t);
  const [old, now] = [await here.release('1.0'), await here.release('2.0')];
  here.sign(old.release);
  here.sign(now.release);
  await here.import(await here.carrying(now.file));
  const running = { version: '2.0', returnTo: [] };
  const against = async () => (await here.trusted.returns(old.release))(running)?.code ?? null;
  assert.equal(await against(), 'RETURN_NOT_PERMITTED');
  here.program.targets.set('returns/sensor/2.0-to-1.0.json', { bytes: '{}' });
  here.program.publish();
  assert.equal(await here.import(await here.bundle()), 'metadata');
  assert.equal(await against(), null);
});

test('a revoked key signs nothing more, and what it had signed alone is believed no longer', async (t) => {
  const here = await site(t);
  const { release, file } = await here.release('1.0');
  here.sign(release);
  assert.equal(await here.import(await here.carrying(file)), '1.0');
  here.program.roles.targets.keys = [newKey()];
  here.program.targets.clear();
  here.program.publishRoot();
  here.program.publish();
  assert.equal(await here.import(await here.bundle()), 'metadata');
  assert.equal((await here.trusted.againstProgram(release))?.code, 'RELEASE_UNSIGNED');
});
