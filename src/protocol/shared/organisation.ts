/**
 * What an organisation is made of, on disk and on every link: its public face, the kit that makes a
 * computer an upper tier, the token that lets a server in, and the messages by which certificates
 * are got and renewed. See docs/protocol/enrolment.md.
 */

import { z } from 'zod';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { placePattern } from '#domain/trust/identity.ts';
import { detailOf } from './mistake.ts';
import { digest, instant, serverId } from './primitives.ts';

export const placeName = z.string().regex(placePattern);

const pem = z
  .string()
  .max(16_000)
  .regex(/^-----BEGIN [A-Z ]+-----\n/);

/** Version 1 of a lane's root metadata (TUF); its own rules are checked by who verifies the lane. */
const laneRoot = z.object({
  signed: z.record(z.string(), z.unknown()),
  signatures: z.array(z.record(z.string(), z.unknown())).max(100),
});

/** `organisation.json`: public, and never changed. Its digest is the organisation's fingerprint. */
export const organisationSchema = z.strictObject({
  format: z.literal(1),
  organisation: placeName,
  /** The certificate of the authority's root key. */
  authority: pem,
  programRoot: laneRoot,
  contentRoot: laneRoot,
});
export type Organisation = z.infer<typeof organisationSchema>;
export const organisationBytesMax = 256 * 1024;

/** The bytes that the fingerprint is taken of. */
export const organisationText = (organisation: Organisation): string => canonicalJson(organisation);

/** What makes a computer the control manager, or an information server, of the organisation. */
export const kitSchema = z.strictObject({
  format: z.literal(1),
  organisation: organisationSchema,
  role: z.enum(['control-manager', 'information-server']),
  site: placeName,
  /** Of this site: signs the identities of this site, and nothing else. */
  authority: z.strictObject({ key: pem, certificate: pem }),
  /** Signs content; of the control manager alone. */
  contentKey: pem.optional(),
});
export type Kit = z.infer<typeof kitSchema>;

export const tokenId = z.string().regex(/^[0-9a-f]{16}$/);
/** 256 bits of chance, as base64url. */
const tokenSecret = z.string().regex(/^[\w-]{43}$/);

export const enrolmentTokenSchema = z.strictObject({
  v: z.literal(1),
  site: placeName,
  /** Where the information server listens for servers. */
  address: z.string().min(1).max(300),
  /** Fingerprint: the first connection is verified by it. */
  organisation: digest,
  id: tokenId,
  secret: tokenSecret,
});
export type EnrolmentToken = z.infer<typeof enrolmentTokenSchema>;

export const organisationPath = '/v1/organisation';
export const enrolPath = '/v1/enrol';
export const renewPath = '/v1/renew';
export const rehomePath = '/v1/rehome';
/** Asked by a server that is being uninstalled, over a connection that shows who it is. */
export const leavePath = '/v1/leave';
/** A body of these messages. */
export const enrolBytesMax = 32 * 1024;

const certificateRequest = z.string().min(1).max(4_000);

export const enrolRequest = z.strictObject({
  token: enrolmentTokenSchema,
  /** PEM. Only its key counts: who the server is, is decided by the token. */
  request: certificateRequest,
  server: serverId,
  installId: z.string().min(8).max(64),
  machineId: z.string().min(1).max(128),
  /** What it runs, and why that may be newer than its information server (L1). Versions before say neither. */
  version: z.string().min(1).max(64).optional(),
  aheadReason: z.string().min(1).max(500).optional(),
});
export type EnrolRequest = z.infer<typeof enrolRequest>;

/** Asked by an installer that has a token, before it lays anything down: may that version join? */
export const joiningPath = '/v1/joining';
export const joiningRequest = z.strictObject({
  token: enrolmentTokenSchema,
  version: z.string().min(1).max(64),
});
export type JoiningRequest = z.infer<typeof joiningRequest>;
export const joiningAnswer = z.object({ informationServer: z.string() });

/** Sent over a connection that shows the certificate which is to be renewed. */
export const renewRequest = z.strictObject({ request: certificateRequest });
export type RenewRequest = z.infer<typeof renewRequest>;

export const rehomeServersMax = 500;

/** What the root signs: who of one site becomes a server of another. */
export const signedRehomeOrder = z.strictObject({
  signed: z.strictObject({
    format: z.literal(1),
    organisation: placeName,
    from: placeName,
    to: placeName,
    address: z.string().min(1).max(300),
    servers: z.array(serverId).min(1).max(rehomeServersMax),
    at: instant,
    until: instant,
  }),
  /** Base64: r and s, 32 bytes each. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});

/** Sent over a connection that shows the certificate of the old site. */
export const rehomeRequest = z.strictObject({
  order: z.string().min(1).max(enrolBytesMax),
  request: certificateRequest,
  installId: z.string().min(8).max(64),
  machineId: z.string().min(1).max(128),
});
export type RehomeRequest = z.infer<typeof rehomeRequest>;

/** PEM: the server's certificate, then its site's. */
export const certificateAnswer = z.object({ chain: z.string().max(32_000), until: instant });
export type CertificateAnswer = z.infer<typeof certificateAnswer>;

/** All that counts is who shows his certificate. */
export const leaveRequest = z.strictObject({});

/** It stands in no tree any more, and none of its certificates counts. */
export const leaveAnswer = z.object({ done: z.literal(true) });

/** `file`: where it came from, for the one who reads what is wrong with it. */
export function parseOrganisation(text: string, file: string): Result<Organisation> {
  const unreadable = (detail: string) =>
    refuse(problem('ORGANISATION_UNREADABLE', { file, detail }));
  try {
    const parsed = organisationSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return unreadable(detailOf(parsed.error));
    // The fingerprint is of the bytes, so there is one spelling.
    if (organisationText(parsed.data) !== text)
      return unreadable('it was changed, or written anew');
    return ok(parsed.data);
  } catch {
    return unreadable('it is no JSON');
  }
}

/** As it stands in a file: one line, base64url of its JSON. */
export function enrolmentTokenText(token: EnrolmentToken): string {
  return toBase64Url(JSON.stringify(token));
}

const tokenCharactersMax = 2_000;

/** `from`: where it came from; nothing of what stands there is shown. */
export function parseEnrolmentToken(text: string, from: string): Result<EnrolmentToken> {
  const line = text.trim();
  const unreadable = refuse(problem('ENROLMENT_TOKEN_UNREADABLE', { file: from }));
  if (line.length > tokenCharactersMax || !/^[\w-]+$/.test(line)) return unreadable;
  try {
    const parsed = enrolmentTokenSchema.safeParse(JSON.parse(fromBase64Url(line)));
    return parsed.success ? ok(parsed.data) : unreadable;
  } catch {
    return unreadable;
  }
}

/** Names in a token are ASCII, so no other form of text is needed. */
const toBase64Url = (text: string): string =>
  btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const fromBase64Url = (text: string): string =>
  atob(text.replaceAll('-', '+').replaceAll('_', '/'));

/** Where a server was told to go when it enrolled: ROOT/trust/information-server.json. */
export const enrolledAt = z.object({ site: placeName, address: z.string().min(1).max(300) });
export type EnrolledAt = z.infer<typeof enrolledAt>;
