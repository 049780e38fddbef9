import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import { brand, type ServerId } from '#domain/names.ts';
import { headOffice, type Identity } from '#domain/trust/identity.ts';
import { validity } from '#domain/trust/validity.ts';
import { issueLeaf, makeSiteAuthority } from './authority-x509.ts';
import { openVerifier, readChain, type Chain, type Verifier } from './certificate-chain.ts';
import { certificateRequest, newPrivateKey } from './certificate-request.ts';
import {
  testOrganisation,
  type Credentials,
  type TestOrganisation,
} from '../organisation/organisation.testing.ts';

const place = { site: 'tokyo', organisation: 'acme' };
const files01: Identity = {
  ...place,
  role: 'normal-server',
  server: brand<ServerId>('files-01'),
};
const day = 86_400_000;

let acme: TestOrganisation;
let verifier: Verifier;
before(async () => {
  acme = await testOrganisation();
  verifier = openVerifier(acme.organisation);
});

function chainOf(pem: string): Chain {
  const chain = readChain(pem);
  assert.ok(chain !== null);
  return chain;
}

function said(credentials: Credentials, now = Date.now(), expiredMsMax = 0): string {
  const verified = verifier.verify(chainOf(credentials.chain), { now, expiredMsMax });
  return verified.ok ? verified.value.identity.role : verified.because.code;
}

describe('a chain is verified to an identity', () => {
  test('of every role', async () => {
    assert.equal(said(acme.controlManager), 'control-manager');
    assert.equal(said(acme.site.informationServer), 'information-server');
    assert.equal(said(acme.site.agent), 'agent');
    const server = await acme.site.normalServer('倉庫-01');
    const verified = verifier.verify(chainOf(server.chain), { now: Date.now() });
    assert.ok(verified.ok);
    assert.deepEqual(verified.value.identity, server.identity);
    assert.equal(verified.value.serial, server.serial);
  });

  test('not of another organisation, even one of the same name', async () => {
    const other = await testOrganisation();
    assert.equal(said(other.site.informationServer), 'CERTIFICATE_UNTRUSTED');
  });

  test('not without its site, not with another site', async () => {
    const osaka = await acme.addSite('osaka');
    const [leaf] = chainOf(acme.site.agent.chain);
    const [, foreign] = chainOf(osaka.agent.chain);
    assert.ok(leaf !== undefined && foreign !== undefined);
    assert.equal(verifier.verify([leaf], { now: Date.now() }).ok, false);
    assert.equal(verifier.verify([leaf, foreign], { now: Date.now() }).ok, false);
    assert.equal(verifier.verify([], { now: Date.now() }).ok, false);
  });

  test('not below another leaf, and not below the root', async () => {
    const { agent } = acme.site;
    const below = await issueLeaf(
      { key: agent.key, certificate: agent.chain },
      { request: certificateRequest(newPrivateKey()), identity: files01, now: Date.now() },
    );
    assert.ok(below.ok);
    const chain = `${below.value.certificate}${agent.chain}`;
    assert.equal(said({ ...agent, chain }), 'CERTIFICATE_UNTRUSTED');
    const direct = await issueLeaf(acme.root, {
      request: certificateRequest(newPrivateKey()),
      identity: files01,
      now: Date.now(),
    });
    assert.ok(direct.ok);
    const short = `${direct.value.certificate}${acme.root.certificate}`;
    assert.equal(said({ ...agent, chain: short }), 'CERTIFICATE_UNTRUSTED');
  });

  test('a stolen key of a site speaks for no other site, and not as the control manager', async () => {
    const osaka = await acme.site.leaf({ ...files01, site: 'osaka' });
    assert.equal(said(osaka), 'CERTIFICATE_UNTRUSTED');
    const above = await acme.site.leaf({
      role: 'control-manager',
      site: headOffice,
      organisation: 'acme',
    });
    assert.equal(said(above), 'CERTIFICATE_UNTRUSTED');
    const subordinate = await makeSiteAuthority(acme.site.authority, {
      ...place,
      now: Date.now(),
    });
    const leaf = await issueLeaf(subordinate, {
      request: certificateRequest(newPrivateKey()),
      identity: files01,
      now: Date.now(),
    });
    assert.ok(leaf.ok);
    const chain = `${leaf.value.certificate}${subordinate.certificate}${acme.site.authority.certificate}`;
    assert.equal(said({ ...osaka, chain }), 'CERTIFICATE_UNTRUSTED');
  });

  test('expired is said, and for renewal it counts for its time longer', async () => {
    const now = Date.now();
    const old = await acme.site.normalServer('files-01', { now: now - 40 * day });
    assert.equal(said(old), 'CERTIFICATE_EXPIRED');
    assert.equal(said(old, now, validity.renewableMs), 'normal-server');
    const older = await acme.site.normalServer('files-01', { now: now - 211 * day });
    assert.equal(said(older, now, validity.renewableMs), 'CERTIFICATE_EXPIRED');
  });

  test('not before its time', async () => {
    const early = await acme.site.normalServer('files-01', { now: Date.now() + day });
    assert.equal(said(early), 'CERTIFICATE_UNTRUSTED');
  });
});

describe('a request', () => {
  async function answer(request: string): Promise<string> {
    const { authority } = acme.site;
    const issued = await issueLeaf(authority, { request, identity: files01, now: Date.now() });
    return issued.ok ? 'issued' : issued.because.code;
  }

  test('is granted to who holds the key', async () => {
    assert.equal(await answer(certificateRequest(newPrivateKey())), 'issued');
  });

  test('is refused when its signature is of another key, and when it is no request', async () => {
    const mine = certificateRequest(newPrivateKey());
    const bytes = Buffer.from(mine.replace(/-.*-\n/g, ''), 'base64');
    // Somewhere in the public key's point, and in the signature.
    for (const at of [60, bytes.length - 5]) {
      const broken = Buffer.from(bytes);
      broken[at] = (broken[at] ?? 0) ^ 1;
      const text = broken.toString('base64');
      const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----\n`;
      assert.equal(await answer(pem), 'CERTIFICATE_REQUEST_WRONG');
    }
    assert.equal(await answer('nothing of the kind'), 'CERTIFICATE_REQUEST_WRONG');
    assert.equal(await answer(acme.site.agent.chain), 'CERTIFICATE_REQUEST_WRONG');
  });
});

describe('OpenSSL, in a handshake, says the same', () => {
  async function handshake(client: Credentials): Promise<string | null> {
    const { informationServer } = acme.site;
    const server = createServer({
      key: informationServer.key,
      cert: informationServer.chain,
      ca: acme.organisation.authority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = server.address();
    assert.ok(at !== null && typeof at === 'object');
    const accepted = once(server, 'secureConnection');
    const socket = connect({
      port: at.port,
      host: '127.0.0.1',
      key: client.key,
      cert: client.chain,
      ca: acme.organisation.authority,
      checkServerIdentity: () => undefined,
    });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    const [there]: TLSSocket[] = await accepted;
    const error = there?.authorizationError;
    // What our own check is handed: also when OpenSSL refuses.
    const peer: X509Certificate | undefined = there?.getPeerX509Certificate();
    assert.equal(peer?.raw.equals(chainOf(client.chain)[0]?.raw ?? Buffer.of()), true);
    socket.destroy();
    server.close();
    return there?.authorized === true ? null : String(error);
  }

  test('of a server of this site', async () => {
    assert.equal(await handshake(await acme.site.normalServer('files-01')), null);
  });

  test('of a site that speaks for another: its name constraint is broken', async () => {
    const stolen = await acme.site.leaf({ ...files01, site: 'osaka' });
    // Node has no name of its own for OpenSSL's 'permitted subtree violation'.
    assert.equal(await handshake(stolen), 'UNSPECIFIED');
  });

  test('of one that expired', async () => {
    const old = await acme.site.normalServer('files-01', { now: Date.now() - 40 * day });
    assert.equal(await handshake(old), 'CERT_HAS_EXPIRED');
  });
});
