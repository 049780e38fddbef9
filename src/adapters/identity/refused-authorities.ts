/**
 * The list of refused authorities as it stands in files and on links: a certificate revocation list
 * (RFC 5280, 5) of the organisation's root, as PEM. Made offline by the root key; read wherever
 * somebody is to be believed. Its date of the next one is the end of the root: no list of ours
 * expires, because an old one is better than none.
 */

// The library asks for it by its decorators, and must find it there.
import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  Extension,
  X509Crl,
  X509CrlGenerator,
  X509CrlReason,
} from '@peculiar/x509';
import type { Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { RefusedAuthorities } from '#domain/trust/notices.ts';
import type { Authority } from './authority-x509.ts';
import { arrayOf, der, pemOf } from './der.ts';

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const numberExtension = '2.5.29.20';
const kind = 'refused-authorities';
const form = /^-----BEGIN X509 CRL-----\n([A-Za-z0-9+/=\n]+)-----END X509 CRL-----\n$/;

export type RefusedAuthority = { readonly serial: string; readonly at: Instant };

export async function makeRefusedAuthorities(
  root: Authority,
  list: {
    readonly number: number;
    readonly now: Instant;
    readonly authorities: readonly RefusedAuthority[];
  },
): Promise<string> {
  const { subject, validToDate, publicKey } = new X509Certificate(root.certificate);
  const key = createPrivateKey(root.key).toCryptoKey(curve, false, ['sign']);
  const made = await X509CrlGenerator.create(
    {
      issuer: subject,
      thisUpdate: new Date(Math.floor(list.now / 1_000) * 1_000),
      nextUpdate: validToDate,
      entries: list.authorities.map(({ serial, at }) => ({
        serialNumber: serial,
        revocationDate: new Date(Math.floor(at / 1_000) * 1_000),
        reason: X509CrlReason.cACompromise,
      })),
      signingAlgorithm: signing,
      signingKey: key,
      extensions: [
        new Extension(numberExtension, false, integer(list.number)),
        await AuthorityKeyIdentifierExtension.create(
          publicKey.toCryptoKey(curve, true, ['verify']),
          false,
          webcrypto,
        ),
      ],
    },
    webcrypto,
  );
  // The library writes another label than everybody else reads.
  return pemOf('X509 CRL', new Uint8Array(made.rawData));
}

/** Only one that the root has signed. `root`: PEM of its certificate. */
export async function readRefusedAuthorities(
  text: string,
  root: string,
): Promise<Result<RefusedAuthorities>> {
  const unreadable = (detail: string) => refuse(problem('NOTICE_UNREADABLE', { kind, detail }));
  try {
    const list = listIn(text);
    if (list === null) return unreadable('no list');
    const { subject, publicKey } = new X509Certificate(root);
    if (list.issuer !== subject) return unreadable('of another organisation');
    const key = publicKey.toCryptoKey(curve, true, ['verify']);
    if (!(await list.verify({ publicKey: key }, webcrypto))) {
      return unreadable('not signed by the root of this organisation');
    }
    const extension = list.extensions.find(({ type }) => type === numberExtension);
    const number = extension === undefined ? null : numberIn(new Uint8Array(extension.value));
    if (number === null) return unreadable('it has no number');
    const authorities = list.entries.map(({ serialNumber }) => serialNumber.toLowerCase());
    return ok({ kind, number, at: list.thisUpdate.getTime(), authorities });
  } catch (error) {
    return unreadable(error instanceof Error ? error.message.slice(0, 200) : 'no list');
  }
}

/** Whom a list that was read before refuses, and since when. */
export function entriesOf(text: string): readonly RefusedAuthority[] {
  const entries = listIn(text)?.entries ?? [];
  return entries.map(({ serialNumber, revocationDate }) => ({
    serial: serialNumber.toLowerCase(),
    at: revocationDate.getTime(),
  }));
}

function listIn(text: string): X509Crl | null {
  const bytes = form.exec(text)?.[1];
  return bytes === undefined ? null : new X509Crl(arrayOf(Buffer.from(bytes, 'base64')));
}

function integer(number: number): ArrayBuffer {
  const digits = number.toString(16);
  // A leading zero keeps it positive.
  const bytes = Buffer.from(`00${digits.length % 2 === 0 ? '' : '0'}${digits}`, 'hex');
  const shortest = (bytes[1] ?? 0) < 0x80 ? bytes.subarray(1) : bytes;
  return arrayOf(der(0x02, shortest));
}

/** null: no whole number that can be counted with. */
function numberIn(bytes: Uint8Array): number | null {
  const [tag, length] = bytes;
  if (tag !== 0x02 || length !== bytes.length - 2 || length > 7) return null;
  const number = Number.parseInt(Buffer.from(bytes.subarray(2)).toString('hex'), 16);
  return Number.isSafeInteger(number) ? number : null;
}
