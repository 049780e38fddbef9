/** The user's own certificate at the listener for people: what is read, and who is shown what. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { testOrganisation, type TestOrganisation } from '../organisation/organisation.testing.ts';
import { consoleTls, organisationServerName } from '../link/console-trust.ts';
import { readOwnCertificate } from './own-certificate.ts';

const now = Date.now();
let folder: string;
let organisation: TestOrganisation;
let other: TestOrganisation;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-own-'));
  organisation = await testOrganisation();
  other = await testOrganisation();
});
after(() => rm(folder, { recursive: true }));

async function laid(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function refusalOf(files: Parameters<typeof readOwnCertificate>[0], at = now) {
  const read = await readOwnCertificate(files, at);
  return read.ok ? null : `${read.because.code} ${String(read.because.with['detail'] ?? '')}`;
}

test('both files, of each other and not over; or none', async () => {
  const { key, chain } = other.site.informationServer;
  const consoleCertificate = await laid('own.pem', chain);
  const consoleKey = await laid('own.key', key);
  const strange = await laid('strange.key', organisation.site.informationServer.key);
  assert.deepEqual(await readOwnCertificate({}, now), { ok: true, value: null });
  const read = await readOwnCertificate({ consoleCertificate, consoleKey }, now);
  assert.deepEqual(read, { ok: true, value: { key, chain } });
  assert.match((await refusalOf({ consoleCertificate })) ?? '', /^OPTION_ABSENT/);
  assert.match((await refusalOf({ consoleKey })) ?? '', /^OPTION_ABSENT/);
  const gone = join(folder, 'gone.pem');
  assert.match((await refusalOf({ consoleCertificate: gone, consoleKey })) ?? '', /ENOENT/);
  assert.match(
    (await refusalOf({ consoleCertificate, consoleKey: strange })) ?? '',
    /not of that certificate/,
  );
  const later = now + 10_000 * 86_400_000;
  assert.match((await refusalOf({ consoleCertificate, consoleKey }, later)) ?? '', /it ended on/);
});

test('a browser is shown it; a command line still the one of the organisation, also after a renewal', async () => {
  const shown = other.site.informationServer;
  const own = { key: shown.key, chain: shown.chain };
  const { key, chain } = organisation.site.informationServer;
  let credentials = { key, chain };
  const trust = { current: () => ({ credentials }) } as unknown as Parameters<
    typeof consoleTls
  >[0]['trust'];
  const server = createServer(consoleTls({ trust, own }), (_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const seen = async (servername: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const printOf = (text: string): string => new X509Certificate(text).fingerprint256;
  assert.equal(await seen('console.example.com'), printOf(own.chain));
  assert.equal(await seen(organisationServerName), printOf(chain));
  const renewed = organisation.controlManager;
  credentials = { key: renewed.key, chain: renewed.chain };
  assert.equal(await seen(organisationServerName), printOf(renewed.chain));
  assert.equal(await seen('console.example.com'), printOf(own.chain));
  server.close();
});
