/** The release that a computer begins with is held against its organisation, or a person says not to. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { install as layDown } from '#adapters/installation/installation-disk.ts';
import { servicesOf } from '#adapters/installation/installation-disk-source.ts';
import { sealKit } from '#adapters/organisation/kit-file.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import { openPackages } from '#adapters/installation/packages-here.ts';
import { readReleaseFile, storedArchive } from '#adapters/release/release-file.ts';
import { writeMetadataBundle } from '#adapters/release/release-file-write.ts';
import { cheapSealing } from '#adapters/secrets/sealing.testing.ts';
import { trustIn } from '#adapters/metadata/trust-tuf.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { ok, type Result } from '#domain/result.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { install } from '#cli/commands/installation/install.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { buildSelfRelease } from '../../scripts/release/release.ts';
import { TestRepository } from '../trust/tuf-for-tests.ts';

let folder: string;
let release: Release;
/** The running file of an unpacked release. */
let program: string;
const lane = new TestRepository();
let acme: TestOrganisation;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-first-release-'));
  const bundleFolder = join(folder, 'bundle');
  await mkdir(join(bundleFolder, 'app'), { recursive: true });
  await writeFile(join(bundleFolder, 'app', 'main.mjs'), 'console.log(1);');
  await writeFile(join(bundleFolder, 'app', 'launcher.mjs'), '// a launcher');
  const file = join(folder, 'one.release');
  const asked = { bundleFolder, version: '5.80.1179', outFile: file, withRuntime: false };
  const made = await buildSelfRelease(asked);
  assert.ok(made.ok);
  release = made.value;
  const store = join(folder, 'store');
  assert.ok((await readReleaseFile(file, store)).ok);
  const archive = release.manifest.packages[0]?.archive.digest;
  assert.ok(archive !== undefined);
  const laid = await layDown({
    root: join(folder, 'unpacked'),
    release,
    archiveFile: storedArchive(store, archive),
    services: servicesOf(['normal-server']),
    settings: '',
    tokens: {},
  });
  assert.ok(laid.ok, JSON.stringify(laid));
  const tree = join(folder, 'unpacked', 'slots', slotNameOf(release), 'tree');
  program = join(tree, 'app', 'main.mjs');
  acme = await testOrganisation({ programRoot: JSON.parse(lane.shippedRoot) });
});
after(() => rm(folder, { recursive: true }));

/** A folder with a kit, and beside it what a repository has published. */
async function kitWith(name: string, published: TestRepository | null): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  await writeFile(join(place, 'tokyo.kit'), JSON.stringify(acme.site.kit));
  if (published !== null) {
    const files = new Map([...published.files].map(([one, bytes]) => [one, bytes.toString()]));
    const written = await writeMetadataBundle(join(place, 'program.bundle'), files);
    assert.ok(written.ok, JSON.stringify(written));
  }
  return join(place, 'tokyo.kit');
}

const passphrase = 'what the site is told';
let told = async (): Promise<Result<string>> => ok(passphrase);

async function installWith(kit: string, more: object = {}): Promise<Result<unknown>> {
  const root = `${kit}-root`;
  const roles = ['information-server'];
  return install(openPackages(program, told), {
    root,
    roles,
    kit,
    keepKit: true,
    name: 'tokyo',
    ...more,
  });
}

const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'done' : answer.because.code);

test('an unpacked release without signatures is not installed, and nothing is begun', async () => {
  const kit = await kitWith('without', null);
  assert.equal(codeOf(await installWith(kit)), 'BASELINE_UNSIGNED');
  await assert.rejects(stat(`${kit}-root`));
  assert.equal(codeOf(await installWith(kit, { unsignedBaseline: true })), 'done');
});

test('signatures beside the kit that do not name it install nothing', async () => {
  lane.targets.clear();
  lane.publish();
  const kit = await kitWith('others', lane);
  assert.equal(codeOf(await installWith(kit)), 'RELEASE_UNSIGNED');
  const { component, version } = release.manifest;
  const name = programTargetName({ component, version });
  lane.targets.set(name, { bytes: 'another manifest', custom: {} });
  lane.publish();
  assert.equal(codeOf(await installWith(await kitWith('changed', lane))), 'RELEASE_NOT_AS_SIGNED');
  await assert.rejects(stat(`${kit}-root`));
});

test('signatures of somebody else install nothing', async () => {
  const kit = await kitWith('stranger', new TestRepository());
  const code = codeOf(await installWith(kit));
  assert.match(code, /^(METADATA_|RELEASE_UNSIGNED|SIGNATURE)/);
});

test('what the organisation signed is installed, and known as signed from the first start', async () => {
  const bytes = canonicalJson(release.manifest);
  lane.targets.clear();
  lane.targets.set(programTargetName(release.manifest), {
    bytes,
    custom: { digest: release.digest },
  });
  lane.publish();
  const kit = await kitWith('signed', lane);
  assert.equal(codeOf(await installWith(kit)), 'done');
  const roots = { program: lane.shippedRoot, content: '{}' };
  const trusted = trustIn(join(`${kit}-root`, 'trust'), roots).program;
  const target = await trusted.target(programTargetName(release.manifest));
  assert.equal(target?.digest, release.digest);
  const elsewhere = await kitWith('elsewhere', null);
  const signatures = join(folder, 'signed', 'program.bundle');
  assert.equal(codeOf(await installWith(elsewhere, { signatures })), 'done');
});

test('a sealed kit installs by its passphrase, and by no other', async () => {
  const kit = await kitWith('sealed', lane);
  const sealed = await sealKit(acme.site.kit, { passphrase, cost: cheapSealing });
  await writeFile(kit, JSON.stringify(sealed));
  told = async () => ok('another passphrase');
  assert.equal(codeOf(await installWith(kit)), 'PASSPHRASE_WRONG');
  await assert.rejects(stat(`${kit}-root`));
  told = async () => ok(passphrase);
  assert.equal(codeOf(await installWith(kit)), 'done');
  const secret = await readFile(join(`${kit}-root`, 'secrets', 'authority.pem'), 'utf8');
  assert.ok(secret.startsWith(acme.site.authority.key));
});
