import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readInstallationToken } from '../daemon/daemon-files.ts';
import { readAuthority, writeAuthority } from '../identity/trust-files.ts';
import { testOrganisation } from '../organisation/organisation.testing.ts';
import { placeOfSecret } from './given-secret.ts';

let root = '';
let credentials = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dankai-given-'));
  credentials = join(root, 'credentials');
  await mkdir(join(root, 'secrets'));
  await mkdir(credentials);
});
after(() => rm(root, { recursive: true }));

const variables = ['CREDENTIALS_DIRECTORY', 'DANKAI_CONSOLE_TOKEN_FILE'] as const;

/** As a daemon of that environment would. */
async function within<Value>(
  environment: Partial<Record<(typeof variables)[number], string>>,
  act: () => Promise<Value>,
): Promise<Value> {
  const before = variables.map((name) => [name, process.env[name]] as const);
  try {
    for (const name of variables) delete process.env[name];
    Object.assign(process.env, environment);
    return await act();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

test('the file that a variable names goes before a credential, and that before the folder', async () => {
  const token = () => readInstallationToken(root);
  await writeFile(join(root, 'secrets', 'console.token'), 'of the folder\n');
  const unit = { CREDENTIALS_DIRECTORY: credentials };
  assert.deepEqual(await within({}, token), { ok: true, value: 'of the folder' });
  assert.deepEqual(await within(unit, token), { ok: true, value: 'of the folder' });
  await writeFile(join(credentials, 'console.token'), 'of the unit\n');
  assert.deepEqual(await within(unit, token), { ok: true, value: 'of the unit' });
  const named = { ...unit, DANKAI_CONSOLE_TOKEN_FILE: join(root, 'named') };
  await writeFile(join(root, 'named'), 'of the variable\n');
  assert.deepEqual(await within(named, token), { ok: true, value: 'of the variable' });
});

test('a file that is named and is not there is a mistake, never the way to another one', async () => {
  const lost = { DANKAI_CONSOLE_TOKEN_FILE: join(root, 'lost') };
  const read = await within(lost, () => readInstallationToken(root));
  assert.equal(read.ok ? null : read.because.code, 'TOKEN_ABSENT');
  assert.deepEqual(placeOfSecret(root, 'content.key', { DANKAI_CONTENT_KEY_FILE: '' }), {
    file: join(root, 'secrets', 'content.key'),
    isNamed: false,
  });
});

test('the authority of a site is read from a credential, whatever its folder holds', async () => {
  const { site } = await testOrganisation();
  await writeAuthority(root, site.authority);
  const { key, certificate } = site.authority;
  await writeFile(join(credentials, 'authority.pem'), `${key}${certificate}`, { mode: 0o400 });
  await writeFile(join(root, 'secrets', 'authority.pem'), 'nothing');
  const unit = { CREDENTIALS_DIRECTORY: credentials };
  const read = await within(unit, () => readAuthority(root));
  assert.deepEqual(read, { ok: true, value: { key, certificate } });
  assert.equal((await within({}, () => readAuthority(root))).ok, false);
});
