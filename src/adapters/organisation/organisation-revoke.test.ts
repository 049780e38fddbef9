/** A site's authority taken back in a real organisation folder, and the site come back after it. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ok } from '#domain/result.ts';
import { cheapSealing } from '../secrets/sealing.testing.ts';
import { readKit } from './kit-file.ts';
import { openOrganisations } from './organisation-folder.ts';
import { entriesOf, readRefusedAuthorities } from '../identity/refused-authorities.ts';

let parent = '';
let folder = '';
let now = 1_800_000_000_000;
const passphrase = () => Promise.resolve(ok('a passphrase for the tests'));
const organisations = openOrganisations({
  choosePassphrase: passphrase,
  readPassphrase: passphrase,
  chooseKitPassphrase: async () => ok('what the site is told'),
  sealingCost: cheapSealing,
  now: () => now,
});

before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'dankai-revoke-'));
  folder = join(parent, 'acme');
  const made = await organisations.make({ organisation: 'acme', folder, isKitOpen: false });
  assert.ok(made.ok, JSON.stringify(made));
});
after(() => rm(parent, { recursive: true }));

let kits = 0;
async function kitOf(site: string, isAgain = false): Promise<string> {
  kits += 1;
  const kitFile = join(parent, `${kits}.kit`);
  const added = await organisations.addSite({ folder, site, kitFile, isAgain, isKitOpen: false });
  if (!added.ok) return added.because.code;
  const kit = await readKit(kitFile, async () => ok('what the site is told'));
  assert.ok(kit.ok, JSON.stringify(kit));
  return new X509Certificate(kit.value.authority.certificate).serialNumber.toLowerCase();
}

const revoke = (site: string) => organisations.revokeSite({ folder, site, reason: 'kit stolen' });

async function listed(file: string) {
  const { authority } = JSON.parse(await readFile(join(folder, 'organisation.json'), 'utf8')) as {
    authority: string;
  };
  const text = await readFile(file, 'utf8');
  const read = await readRefusedAuthorities(text, authority);
  assert.ok(read.ok, JSON.stringify(read));
  return { ...read.value, entries: entriesOf(text) };
}

test('every kit of the site is taken back at once; each list has all before it, with their dates', async () => {
  const first = [await kitOf('tokyo'), await kitOf('tokyo', true)];
  const taken = await revoke('tokyo');
  assert.ok(taken.ok, JSON.stringify(taken));
  assert.deepEqual(taken.value.authorities, first);
  const one = await listed(taken.value.file);
  assert.deepEqual(one.authorities, first);
  now += 60_000;
  // The site returns without --again, and what it has now is not in the list.
  const next = await kitOf('tokyo');
  assert.ok(!one.authorities.includes(next));
  const osaka = await kitOf('osaka');
  const more = await revoke('osaka');
  assert.ok(more.ok);
  const two = await listed(more.value.file);
  assert.deepEqual(two.authorities, [...first, osaka]);
  assert.ok(two.number > one.number);
  assert.deepEqual(
    two.entries.map(({ at }) => at),
    [now - 60_000, now - 60_000, now],
  );
  const sites = await organisations.sites(folder);
  assert.ok(sites.ok);
  const said = sites.value.map(({ site, kits: of }) => [
    site,
    of.map((kit) => kit.revoked?.reason),
  ]);
  assert.deepEqual(said, [
    ['head-office', [undefined]],
    ['osaka', ['kit stolen']],
    ['tokyo', ['kit stolen', 'kit stolen', undefined]],
  ]);
});

test('a site that is not there, or has nothing left to take back, is said', async () => {
  const unknown = await revoke('kyoto');
  assert.equal(unknown.ok ? null : unknown.because.code, 'SITE_UNKNOWN');
  await kitOf('nara');
  assert.ok((await revoke('nara')).ok);
  const again = await revoke('nara');
  assert.equal(again.ok ? null : again.because.code, 'SITE_REVOKED');
});

test('the head office is taken back and comes back as every site does; its first kit comes with the organisation', async () => {
  assert.equal(await kitOf('head-office'), 'SITE_EXISTS');
  assert.ok((await revoke('head-office')).ok);
  assert.match(await kitOf('head-office'), /^[0-9a-f]{32}$/);
  const kit = await readKit(join(parent, `${kits}.kit`), async () => ok('what the site is told'));
  assert.equal(kit.ok && kit.value.role, 'control-manager');
});

test('a list that is damaged is not begun anew: it must only grow', async () => {
  await kitOf('kobe');
  const file = join(folder, 'authority', 'refused-authorities.crl');
  const good = await readFile(file, 'utf8');
  await writeFile(file, good.slice(0, 100));
  const refused = await revoke('kobe');
  assert.equal(refused.ok ? null : refused.because.code, 'NOTICE_UNREADABLE');
  await writeFile(file, good);
  assert.ok((await revoke('kobe')).ok);
});
