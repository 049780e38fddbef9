import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { ok, type Result } from '#domain/result.ts';
import type { Kit } from '#protocol/shared/organisation.ts';
import { issueLeaf } from '../identity/authority-x509.ts';
import { openVerifier, readChain } from '../identity/certificate-chain.ts';
import { certificateRequest, newPrivateKey } from '../identity/certificate-request.ts';
import { readPublicKey } from '../secrets/key-file.ts';
import { readKit } from './kit-file.ts';
import { openOrganisations } from './organisation-folder.ts';
import { cheapSealing } from '../secrets/sealing.testing.ts';

let parent: string;
let folder: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'dankai-organisation-'));
  folder = join(parent, 'acme');
});
after(() => rm(parent, { recursive: true }));

const kitPassphrase = 'what the site is told';
const organisations = (
  passphrase = 'correct horse battery',
  forKit: string | null = kitPassphrase,
) =>
  openOrganisations({
    choosePassphrase: async () => ok(passphrase),
    readPassphrase: async () => ok(passphrase),
    chooseKitPassphrase: async () => ok(forKit),
    sealingCost: cheapSealing,
    now: () => Date.now(),
  });

const codeOf = (answer: Result<unknown>): string | null => (answer.ok ? null : answer.because.code);

async function kitIn(file: string): Promise<Kit> {
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const kit = await readKit(file, async () => ok(kitPassphrase));
  assert.ok(kit.ok, JSON.stringify(kit));
  return kit.value;
}

test('an organisation is made once, and its keys rest sealed', async () => {
  const wanted = { organisation: 'acme', folder, isKitOpen: false };
  const made = await organisations().make(wanted);
  assert.ok(made.ok, JSON.stringify(made));
  const kit = await kitIn(made.value.kitFile);
  assert.equal(kit.role, 'control-manager');
  assert.ok(kit.contentKey?.startsWith('-----BEGIN PRIVATE KEY-----'));
  for (const file of [
    'authority/root.key',
    'keys/release.key',
    'keys/program-root.key',
    'keys/content-root.key',
    'head-office.kit',
  ]) {
    assert.equal((await readFile(join(folder, file), 'utf8')).includes('PRIVATE KEY'), false, file);
  }
  const again = await organisations().make(wanted);
  assert.equal(codeOf(again), 'ORGANISATION_EXISTS');
});

test('a kit is never sealed by the passphrase of the organisation; where none is given it gets its own', async () => {
  const own = 'correct horse battery';
  const elsewhere = { organisation: 'beta', folder: join(parent, 'beta'), isKitOpen: false };
  assert.equal(codeOf(await organisations(own, own).make(elsewhere)), 'KIT_PASSPHRASE_SHARED');
  const kitFile = join(parent, 'nagoya.kit');
  const site = { folder, site: 'nagoya', kitFile, isAgain: false, isKitOpen: false };
  assert.equal(codeOf(await organisations(own, own).addSite(site)), 'KIT_PASSPHRASE_SHARED');
  await assert.rejects(stat(kitFile));
  const added = await organisations(own, null).addSite(site);
  assert.ok(added.ok);
  const { passphraseFile } = added.value;
  assert.equal(passphraseFile, `${kitFile}.passphrase`);
  assert.equal((await stat(passphraseFile)).mode & 0o777, 0o600);
  const made = (await readFile(passphraseFile, 'utf8')).trim();
  assert.match(made, /^([a-z2-9]{5}-){4}[a-z2-9]{5}$/);
  assert.equal((await readKit(kitFile, async () => ok(made))).ok, true);
  assert.equal(codeOf(await readKit(kitFile, async () => ok(own))), 'PASSPHRASE_WRONG');
});

test('the key that signs programs cannot say whose keys count', async () => {
  const read = async (key: string) => readPublicKey(join(folder, 'keys', key));
  const [release, programRoot] = [await read('release.key'), await read('program-root.key')];
  assert.ok(release.ok && programRoot.ok);
  const organisation: unknown = JSON.parse(
    await readFile(join(folder, 'organisation.json'), 'utf8'),
  );
  const keyids = z.object({ keyids: z.array(z.string()) });
  const role = z.object({ root: keyids, targets: keyids, snapshot: keyids, timestamp: keyids });
  const { roles } = z
    .object({ programRoot: z.object({ signed: z.object({ roles: role }) }) })
    .parse(organisation).programRoot.signed;
  assert.deepEqual(roles.root.keyids, [programRoot.value.keyId]);
  for (const one of [roles.targets, roles.snapshot, roles.timestamp]) {
    assert.deepEqual(one.keyids, [release.value.keyId]);
  }
});

test('a site gets a kit whose authority speaks for it, and another only when asked', async () => {
  const kitFile = join(parent, 'tokyo.kit');
  const wanted = { folder, site: 'tokyo', kitFile, isAgain: false, isKitOpen: false };
  const added = await organisations().addSite(wanted);
  assert.ok(added.ok, JSON.stringify(added));
  const { role, site, authority, organisation } = await kitIn(wanted.kitFile);
  assert.deepEqual([role, site], ['information-server', 'tokyo']);
  const issued = await issueLeaf(authority, {
    request: certificateRequest(newPrivateKey()),
    identity: { role: 'agent', site: 'tokyo', organisation: 'acme' },
    now: Date.now(),
  });
  assert.ok(issued.ok);
  const chain = readChain(`${issued.value.certificate}${authority.certificate}`) ?? [];
  assert.ok(openVerifier(organisation).verify(chain, { now: Date.now() }).ok);

  assert.equal(codeOf(await organisations().addSite(wanted)), 'FILE_EXISTS');
  const second = { ...wanted, kitFile: join(parent, 'second.kit') };
  assert.equal(codeOf(await organisations().addSite(second)), 'SITE_EXISTS');
  const again = await organisations().addSite({ ...second, isAgain: true });
  assert.equal(again.ok && again.value.kits.length, 2);
  const sites = await organisations().sites(folder);
  assert.deepEqual(sites.ok && sites.value.map(({ site: name }) => name), [
    'head-office',
    'nagoya',
    'tokyo',
  ]);
});

test('not with another passphrase, nor under a name that no certificate may have', async () => {
  const kitFile = join(parent, 'osaka.kit');
  const wanted = { folder, site: 'osaka', kitFile, isAgain: false, isKitOpen: false };
  assert.equal(codeOf(await organisations('another one').addSite(wanted)), 'PASSPHRASE_WRONG');
  for (const site of ['Osaka', 'o.saka', '大阪', '']) {
    assert.equal(codeOf(await organisations().addSite({ ...wanted, site })), 'NAME_UNFIT', site);
  }
  await assert.rejects(stat(wanted.kitFile));
  const nowhere = await organisations().addSite({ ...wanted, folder: join(parent, 'nowhere') });
  assert.equal(codeOf(nowhere), 'ORGANISATION_UNREADABLE');
});
