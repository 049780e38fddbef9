/** Whom a command line gives its token to, over real TLS: the one site that it means. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { headOffice } from '#domain/trust/identity.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { callConsole } from './console-client.ts';
import { believedAt } from './console-client-tls.ts';
import {
  testOrganisation,
  type Credentials,
  type TestOrganisation,
} from '../organisation/organisation.testing.ts';
import { makeRefusedAuthorities } from '../identity/refused-authorities.ts';
import { writeAuthority, writeOrganisation } from '../identity/trust-files.ts';

const token = 'the token of tokyo';
let folder: string;
let organisation: TestOrganisation;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-console-'));
  organisation = await testOrganisation();
  await writeOrganisation(folder, organisation.text);
  await writeAuthority(folder, organisation.site.authority);
});
after(() => rm(folder, { recursive: true }));

/** Whoever answers there keeps every token that he is given. */
async function thief({ key, chain }: Credentials): Promise<{ server: Server; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer({ key, cert: chain }, (request, response) => {
    heard.push(request.headers.authorization ?? '');
    response.writeHead(500).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, heard };
}

async function heardBy(shown: Credentials, site?: string): Promise<readonly string[]> {
  const { server, heard } = await thief(shown);
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const address = `https://127.0.0.1:${port}`;
  const believed = await believedAt(address, { root: folder, site });
  assert.ok(believed.ok);
  const where = { address, token, believed: believed.value };
  await callConsole(informationServerCalls, where, { call: 'site.show', params: {} });
  server.close();
  server.closeAllConnections();
  return heard;
}

test('a token goes to the site that is meant, and to no other of the organisation', async () => {
  const osaka = await organisation.addSite('osaka');
  const { site: tokyo, controlManager } = organisation;
  const sent = [`Bearer ${token}`];
  assert.deepEqual(await heardBy(tokyo.informationServer), sent);
  assert.deepEqual(await heardBy(osaka.informationServer), []);
  assert.deepEqual(await heardBy(controlManager), []);
  assert.deepEqual(await heardBy(tokyo.agent), []);
  assert.deepEqual(await heardBy(osaka.informationServer, 'osaka'), sent);
  assert.deepEqual(await heardBy(controlManager, headOffice), sent);
});

test('a site that was taken back gets no token any more, and it is said why', async () => {
  const { root, site: tokyo } = organisation;
  const { serialNumber } = new X509Certificate(tokyo.authority.certificate);
  const authorities = [{ serial: serialNumber.toLowerCase(), at: 1e12 }];
  const list = await makeRefusedAuthorities(root, { number: 7, now: 1e12, authorities });
  const file = join(folder, 'trust', 'refused-authorities.crl');
  await writeFile(file, list);
  assert.deepEqual(await heardBy(tokyo.informationServer), []);
  const osaka = await organisation.addSite('nagoya');
  assert.deepEqual(await heardBy(osaka.informationServer, 'nagoya'), [`Bearer ${token}`]);
  // Beside organisation.json of elsewhere it is read as well.
  await writeFile(join(folder, 'organisation.json'), organisation.text);
  await writeFile(join(folder, 'refused-authorities.crl'), list);
  const { server, heard } = await thief(tokyo.informationServer);
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const address = `https://127.0.0.1:${port}`;
  const elsewhere = { organisationFile: join(folder, 'organisation.json'), site: 'tokyo' };
  const believed = await believedAt(address, elsewhere);
  assert.ok(believed.ok);
  const where = { address, token, believed: believed.value };
  const asked = await callConsole(informationServerCalls, where, { call: 'site.show', params: {} });
  assert.equal(asked.ok ? null : asked.because.code, 'AUTHORITY_REFUSED');
  assert.deepEqual(heard, []);
  server.close();
  server.closeAllConnections();
  // Its own people, on its own computer, can still ask it.
  const own = await believedAt(address, { root: folder, isOwn: true });
  assert.ok(own.ok && own.value?.refusals === undefined);
  // What cannot be believed is no list: nothing is asked of anybody.
  await writeFile(file, list.replace('\n', '\nA'));
  const unreadable = await believedAt(address, { root: folder });
  assert.equal(unreadable.ok, false);
  await rm(file);
});

test('at an address alone it must be said which site is meant', async () => {
  const organisationFile = join(folder, 'organisation.json');
  await writeFile(organisationFile, organisation.text);
  const believed = await believedAt('https://127.0.0.1:1', { organisationFile });
  assert.deepEqual(believed.ok ? null : believed.because, {
    code: 'OPTION_ABSENT',
    with: { option: '--site' },
  });
});
