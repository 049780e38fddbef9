/** What says who somebody is: certificates, requests for them, tokens, identities. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { issueLeaf } from '#adapters/identity/authority-x509.ts';
import { openVerifier, readChain } from '#adapters/identity/certificate-chain.ts';
import { certificateRequest, newPrivateKey } from '#adapters/identity/certificate-request.ts';
import { pemOf } from '#adapters/identity/der.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import {
  makeRefusedAuthorities,
  readRefusedAuthorities,
} from '#adapters/identity/refused-authorities.ts';
import { makeRehomeOrder, readRehomeOrder } from '#adapters/identity/rehome-order.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { identityText, parseIdentity, type Identity } from '#domain/trust/identity.ts';
import {
  enrolmentTokenText,
  renewRequest,
  parseEnrolmentToken,
  type EnrolmentToken,
} from '#protocol/shared/organisation.ts';
import { bytesOf, expectAnswer, hear, jsonOf, textOf, type Target } from './target.ts';

const now = (): number => Date.now();

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
}

/** Whatever is changed in a certificate, nobody becomes somebody else. */
function certificateChain({ organisation, site }: TestOrganisation): Target {
  const verifier = openVerifier(organisation);
  const { chain, identity } = site.informationServer;
  const [leaf, above] = readChain(chain) ?? [];
  assert.ok(leaf !== undefined && above !== undefined);
  const named = identityText(identity);
  return {
    name: 'certificate-chain',
    form: 'bytes',
    samples: [leaf.raw, above.raw],
    words: [named, 'spiffe://', named.replace('tokyo', 'osaka')],
    check(input) {
      const changed = pemOf('CERTIFICATE', input);
      const texts = [changed + above.toString(), leaf.toString() + changed, textOf(input)];
      for (const text of texts) {
        const read = readChain(text);
        if (read === null) continue;
        expectAnswer(verifier.verify(read, { now: now() }), (verified) => {
          assert.equal(identityText(verified.identity), named);
        });
      }
    },
  };
}

/** What a stranger sends to be enrolled. */
function request({ site }: TestOrganisation): Target {
  const identity: Identity = site.informationServer.identity;
  return {
    name: 'certificate-request',
    form: 'bytes',
    samples: [derOf(certificateRequest(newPrivateKey()))],
    millisecondsMax: 2_000,
    async check(input) {
      const pem = pemOf('CERTIFICATE REQUEST', input);
      for (const text of [pem, textOf(input)]) {
        const issued = await issueLeaf(site.authority, { request: text, identity, now: now() });
        expectAnswer(issued, ({ certificate }) => {
          // Only the key of the request counts.
          const made = new X509Certificate(certificate);
          assert.equal(made.subjectAltName, `URI:${identityText(identity)}`);
          assert.equal(made.ca, false);
        });
      }
    },
  };
}

/** What a server sends to renew its certificate, whose key may be a new one. */
function renewal({ site }: TestOrganisation): Target {
  const identity: Identity = site.informationServer.identity;
  const request = certificateRequest(newPrivateKey());
  return {
    name: 'renewal',
    form: 'json',
    samples: [bytesOf({ request }), bytesOf({ request: request.replaceAll('\n', '\r\n') })],
    millisecondsMax: 2_000,
    async check(input) {
      const parsed = renewRequest.safeParse(jsonOf(input));
      hear(parsed.success);
      if (!parsed.success) return;
      const asked = { request: parsed.data.request, identity, now: now() };
      expectAnswer(await issueLeaf(site.authority, asked), ({ certificate }) => {
        const { subjectAltName } = new X509Certificate(certificate);
        assert.equal(subjectAltName, `URI:${identityText(identity)}`);
      });
    },
  };
}

function token(): Target {
  const sample: EnrolmentToken = {
    v: 1,
    site: 'tokyo',
    address: '127.0.0.1:4100',
    organisation: brand<Digest>('a'.repeat(64)),
    id: '0123456789abcdef',
    secret: 'a'.repeat(43),
  };
  return {
    name: 'enrolment-token-line',
    form: 'text',
    samples: [bytesOf(enrolmentTokenText(sample))],
    check(input) {
      expectAnswer(parseEnrolmentToken(textOf(input), 'a file'), (read) => {
        const again = parseEnrolmentToken(enrolmentTokenText(read), 'a file');
        assert.deepEqual(again, { ok: true, value: read }, 'the same again');
      });
    },
  };
}

function identity({ site, controlManager }: TestOrganisation): Target {
  const all = [site.informationServer, site.agent, controlManager].map((one) => one.identity);
  return {
    name: 'identity',
    form: 'text',
    samples: all.map((one) => bytesOf(identityText(one))),
    words: ['spiffe://', '.dankai/', '/normal-server/', 'agent', '%2f', '@', ':', '..'],
    check(input) {
      const read = parseIdentity(textOf(input));
      hear(read !== null);
      if (read !== null) assert.equal(identityText(read), textOf(input), 'there is one spelling');
    },
  };
}

/** Whatever is changed in a list, it refuses nobody else and nobody less. */
async function refusedAuthorities({ organisation, root }: TestOrganisation): Promise<Target> {
  const authorities = ['4a', '5b'].map((byte) => ({ serial: byte.repeat(16), at: 1e12 }));
  const list = await makeRefusedAuthorities(root, { number: 7, now: 1e12, authorities });
  return {
    name: 'refused-authorities',
    form: 'bytes',
    samples: [derOf(list)],
    millisecondsMax: 2_000,
    async check(input) {
      for (const text of [pemOf('X509 CRL', input), textOf(input)]) {
        const read = await readRefusedAuthorities(text, organisation.authority);
        expectAnswer(read, (found) => {
          assert.equal(found.number, 7);
          assert.deepEqual(
            found.authorities,
            authorities.map(({ serial }) => serial),
          );
        });
      }
    },
  };
}

/** Whatever is changed in an order, no other servers go anywhere else. */
function rehomeOrder({ organisation, root }: TestOrganisation): Target {
  const order = {
    from: 'tokyo',
    to: 'osaka',
    address: 'https://osaka:4481',
    servers: [brand<ServerId>('files-01'), brand<ServerId>('files-02')],
    at: 1e12,
    until: 2e12,
  };
  const text = makeRehomeOrder(root, organisation.organisation, order);
  return {
    name: 'rehome-order',
    form: 'json',
    samples: [bytesOf(text)],
    check(input) {
      expectAnswer(readRehomeOrder(textOf(input), organisation), (read) => {
        assert.deepEqual(read.order, order);
      });
    },
  };
}

export async function trustTargets(): Promise<readonly Target[]> {
  const organisation = await testOrganisation();
  return [
    certificateChain(organisation),
    request(organisation),
    renewal(organisation),
    token(),
    identity(organisation),
    await refusedAuthorities(organisation),
    rehomeOrder(organisation),
  ];
}
