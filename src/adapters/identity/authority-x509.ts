/**
 * Makes certificates: the organisation's root, the authority of a site, and the leaf of whoever
 * asks with a request. Loads the library for it, so only who signs imports this file; who merely
 * verifies uses `certificate-chain.ts`.
 */

// The library asks for it by its decorators, and must find it there.
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { identityText, siteHost, type Identity } from '#domain/trust/identity.ts';
import { validity, type Lifetime } from '#domain/trust/validity.ts';
import { newPrivateKey } from './certificate-request.ts';
import { arrayOf, der, sequence } from './der.ts';

/** A key that signs certificates, and the certificate that says which; both PEM. */
export type Authority = { readonly key: string; readonly certificate: string };

export type Issued = Lifetime & {
  /** PEM, of the leaf alone. */
  readonly certificate: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
};

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const crypto = webcrypto;

type Keys = Awaited<ReturnType<typeof keysOf>>;

async function keysOf(privateKey: string) {
  const secret = createPrivateKey(privateKey);
  const { d: _, key_ops: _ops, ...open } = secret.export({ format: 'jwk' });
  const publicKey = await crypto.subtle.importKey('jwk', open, curve, true, ['verify']);
  return { privateKey: secret.toCryptoKey(curve, false, ['sign']), publicKey };
}

/** X.509 counts in seconds. */
function dates({ from, until }: Lifetime): { readonly notBefore: Date; readonly notAfter: Date } {
  const second = (instant: Instant): Date => new Date(Math.floor(instant / 1_000) * 1_000);
  return { notBefore: second(from), notAfter: second(until) };
}

/** Positive: the top bit would make it a negative number. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

const certifying = new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true);

/** The root: signs the authorities of sites, and nothing else is below those (path length 1). */
export async function makeRoot({
  organisation,
  now,
}: {
  readonly organisation: string;
  readonly now: Instant;
}): Promise<Authority> {
  const key = newPrivateKey();
  const keys = await keysOf(key);
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerial(),
      name: `CN=${organisation}.dankai`,
      ...dates({ from: now - validity.behindMs, until: now + validity.rootMs }),
      keys,
      signingAlgorithm: signing,
      extensions: [
        new BasicConstraintsExtension(true, 1, true),
        certifying,
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { key, certificate: `${made.toString('pem')}\n` };
}

/**
 * A site's authority. Its certificate says, critically, for which host alone it may sign; so
 * whoever steals its key can speak for this site and for no other.
 */
export async function makeSiteAuthority(
  root: Authority,
  {
    organisation,
    site,
    now,
  }: { readonly organisation: string; readonly site: string; readonly now: Instant },
): Promise<Authority> {
  const host = siteHost({ site, organisation });
  const key = newPrivateKey();
  const { publicKey } = await keysOf(key);
  const above = await signerOf(root);
  const made = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: `CN=${host}`,
      issuer: above.subject,
      ...dates({
        from: now - validity.behindMs,
        until: Math.min(now + validity.siteMs, above.until),
      }),
      publicKey,
      signingKey: above.keys.privateKey,
      signingAlgorithm: signing,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        certifying,
        onlyFor(host),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await AuthorityKeyIdentifierExtension.create(above.keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return { key, certificate: `${made.toString('pem')}\n` };
}

/** Name constraints (RFC 5280, 4.2.1.10): permitted are URIs of exactly this host. */
function onlyFor(host: string): Extension {
  const uri = der(0x86, Buffer.from(host, 'ascii'));
  return new Extension('2.5.29.30', true, arrayOf(sequence(der(0xa0, sequence(uri)))));
}

/** A leaf for the key of a request; everything else in the request is left unread. */
export async function issueLeaf(
  authority: Authority,
  {
    request,
    ...leaf
  }: {
    readonly request: string;
    readonly identity: Identity;
    readonly now: Instant;
    readonly lifetimeMs?: number | undefined;
  },
): Promise<Result<Issued>> {
  const publicKey = await keyOfRequest(request);
  if (!publicKey.ok) return publicKey;
  return ok(await issue(authority, publicKey.value, leaf));
}

const usages = [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth];

async function issue(
  authority: Authority,
  publicKey: PublicKey,
  {
    identity,
    now,
    lifetimeMs = validity.leafMs,
  }: {
    readonly identity: Identity;
    readonly now: Instant;
    readonly lifetimeMs?: number | undefined;
  },
): Promise<Issued> {
  const above = await signerOf(authority);
  const serial = newSerial();
  const life = dates({
    // Of a short life not so much may lie in the past that its half does too.
    from: now - Math.min(validity.behindMs, lifetimeMs / 10),
    until: Math.min(now + lifetimeMs, above.until),
  });
  const made = await X509CertificateGenerator.create(
    {
      serialNumber: serial,
      // Without a subject the name below is critical: it is all that says who this is.
      subject: '',
      issuer: above.subject,
      ...life,
      publicKey,
      signingKey: above.keys.privateKey,
      signingAlgorithm: signing,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(usages, false),
        new SubjectAlternativeNameExtension([{ type: 'url', value: identityText(identity) }], true),
        await AuthorityKeyIdentifierExtension.create(above.keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return {
    certificate: `${made.toString('pem')}\n`,
    serial,
    from: life.notBefore.getTime(),
    until: life.notAfter.getTime(),
  };
}

async function signerOf({ key, certificate }: Authority): Promise<{
  readonly keys: Keys;
  readonly subject: string;
  readonly until: Instant;
}> {
  const { subject, validToDate } = new X509Certificate(certificate);
  return { keys: await keysOf(key), subject, until: validToDate.getTime() };
}

/** DER of the key that a request is for, if who asks holds its private half. */
export async function publicKeyOfRequest(request: string): Promise<Result<Uint8Array>> {
  const key = await keyOfRequest(request);
  return key.ok ? ok(new Uint8Array(key.value.rawData)) : key;
}

/** Only for P-256, and only for who holds the private key. */
async function keyOfRequest(pem: string): Promise<Result<PublicKey>> {
  const wrong = (detail: string) => refuse(problem('CERTIFICATE_REQUEST_WRONG', { detail }));
  try {
    const request = new Pkcs10CertificateRequest(pem);
    const { algorithm } = request.publicKey;
    if (
      algorithm.name !== 'ECDSA' ||
      !('namedCurve' in algorithm) ||
      algorithm.namedCurve !== 'P-256'
    ) {
      return wrong(`the key is not P-256`);
    }
    return (await request.verify(crypto))
      ? ok(request.publicKey)
      : wrong('the signature is not of its key');
  } catch (error) {
    return wrong(error instanceof Error ? error.message.slice(0, 200) : 'unreadable');
  }
}
