/** Servers of a site whose information server is no more: moved by an order of the root, over TLS. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readEnrolledAt, rehomeOrderFile } from '#adapters/identity/identity-enrolled.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import { makeRehomeOrder } from '#adapters/identity/rehome-order.ts';
import { readSecret, writeSecret } from '#adapters/identity/trust-files.ts';
import { brand, type ServerId } from '#domain/names.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import { openEnrolmentSite, openServer, type EnrolmentSite } from './enrolment-site.ts';

let organisation: TestOrganisation;
let osaka: EnrolmentSite;
before(async () => {
  organisation = await testOrganisation();
  osaka = await openEnrolmentSite({ organisation, site: 'osaka' });
});
after(() => osaka.close());

/** Enrolled at tokyo, whose information server is gone. */
async function orphan(name: string) {
  const tokyo = await openEnrolmentSite({ organisation });
  const server = await openServer(name);
  await server.giveToken(await tokyo.token());
  assert.equal(await server.said(), 'enrolled');
  await tokyo.close();
  return server;
}

function orderFor(name: string, change: Partial<RehomeOrder> = {}, by = organisation): string {
  const at = Date.now();
  return makeRehomeOrder(by.root, 'acme', {
    from: 'tokyo',
    to: 'osaka',
    address: osaka.address,
    servers: [brand<ServerId>(name)],
    at,
    until: at + 60_000,
    ...change,
  });
}

test('a server goes to the site that the order names, without a token, and its key is its own', async () => {
  const server = await orphan('files-01');
  const order = orderFor('files-01');
  await writeSecret(server.root, rehomeOrderFile, order);
  const got = await server.obtain();
  assert.ok(got.ok && got.value.because === null, JSON.stringify(got));
  assert.equal(got.value.standing.identity.site, 'osaka');
  assert.deepEqual(readEnrolledAt(server.root), { site: 'osaka', address: osaka.address });
  const left = await readSecret(server.root, rehomeOrderFile);
  assert.ok(left.ok && left.value === null);
  const lines = (await osaka.rows.log.record(0, 100)).filter((line) => line.server === 'files-01');
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ['server-enrolled', 'certificate-issued'],
  );
  // Shut out there, the same order does not bring it back.
  assert.ok((await osaka.revoke('files-01')).ok);
  const again = await orphan('files-01');
  await writeSecret(again.root, rehomeOrderFile, order);
  assert.equal(await again.said(), 'CERTIFICATE_REVOKED');
  for (const one of [server, again]) await one.close();
});

test('an order that another has signed, that names others, is over or leads elsewhere moves nobody', async () => {
  const server = await orphan('files-02');
  const other = await testOrganisation();
  for (const [order, code] of [
    [orderFor('files-02', {}, other), 'REHOME_UNREADABLE'],
    [orderFor('files-02').replace('osaka', 'kyoto'), 'REHOME_UNREADABLE'],
    [orderFor('files-09'), 'REHOME_REFUSED'],
    [orderFor('files-02', { from: 'nara' }), 'REHOME_REFUSED'],
    [orderFor('files-02', { until: Date.now() - 1 }), 'REHOME_REFUSED'],
    // Osaka answers where kyoto should.
    [orderFor('files-02', { to: 'kyoto' }), 'ADDRESS_UNREACHABLE'],
  ] as const) {
    await writeSecret(server.root, rehomeOrderFile, order);
    assert.equal(await server.said(), code);
    const got = await server.obtain();
    assert.ok(got.ok && got.value.standing.identity.site === 'tokyo', 'it is who it was');
  }
  await server.close();
});

test('the new site looks for itself: not for a server that shows nothing, nor under a name that is taken', async () => {
  const body = {
    order: orderFor('files-03'),
    request: 'any',
    installId: 'install-03',
    machineId: 'machine',
  };
  const shown = await organisation.site.normalServer('files-04');
  const peer = { ...shown, keyDigest: brand<never>('a'.repeat(64)), from: 0, until: 9e12 };
  const refused = await osaka.enrolment.rehome(body, { ok: true, value: peer }, '10.0.0.3');
  assert.equal(refused.ok ? null : refused.because.code, 'REHOME_REFUSED');
  const local = await openServer('files-05');
  await local.giveToken(await osaka.token());
  assert.equal(await local.said(), 'enrolled');
  const server = await orphan('files-05');
  await writeSecret(server.root, rehomeOrderFile, orderFor('files-05'));
  assert.equal(await server.said(), 'SERVER_ENROLLED');
  for (const one of [server, local]) await one.close();
});
