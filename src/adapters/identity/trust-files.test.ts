import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brand, type Digest } from '#domain/names.ts';
import { testOrganisation, type TestOrganisation } from '../organisation/organisation.testing.ts';
import {
  organisationOf,
  readCredentials,
  readOrganisation,
  writeCredentials,
  writeOrganisation,
} from './trust-files.ts';

let root: string;
let acme: TestOrganisation;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'trust-files-'));
  acme = await testOrganisation();
});
after(() => rm(root, { recursive: true }));

test('an organisation is read back as it was written, with its fingerprint', async () => {
  assert.ok((await writeOrganisation(root, acme.text)).ok);
  const read = await readOrganisation(root);
  assert.ok(read.ok);
  assert.deepEqual(read.value.organisation, acme.organisation);
  assert.equal(read.value.fingerprint, acme.fingerprint);
});

test('one that was written anew in another spelling is none', async () => {
  const pretty = JSON.stringify(acme.organisation, null, 2);
  await writeFile(join(root, 'trust', 'organisation.json'), pretty);
  const read = await readOrganisation(root);
  assert.equal(read.ok ? null : read.because.code, 'ORGANISATION_UNREADABLE');
});

test('what anybody answers counts only with the fingerprint of the token', async () => {
  const fingerprint = brand<Digest>(acme.fingerprint);
  const from = 'https://127.0.0.1';
  assert.ok(organisationOf(acme.text, { fingerprint, from }).ok);
  const other = organisationOf((await testOrganisation()).text, { fingerprint, from });
  assert.equal(other.ok ? null : other.because.code, 'ORGANISATION_OTHER');
});

test('credentials are read back, and nobody else may read the file', async () => {
  const { key, chain } = acme.site.agent;
  assert.ok((await writeCredentials(root, 'agent', { key, chain })).ok);
  assert.deepEqual(await readCredentials(root, 'agent'), { ok: true, value: { key, chain } });
  const { mode } = await stat(join(root, 'secrets', 'agent.pem'));
  assert.equal(mode & 0o777, 0o600);
  const absent = await readCredentials(root, 'control-manager');
  assert.equal(absent.ok ? null : absent.because.code, 'FILE_UNREADABLE');
});
