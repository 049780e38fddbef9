/**
 * The three questions by which a server gets and renews its certificate, as one asks them who has
 * none yet: each on a connection of its own, each verified as far as it can be. The waiting
 * connection and everything else stand in dial-*.
 */

import { X509Certificate } from 'node:crypto';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { PeerCertificate } from 'node:tls';
import { z } from 'zod';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Identity } from '#domain/trust/identity.ts';
import {
  localUpgradeAnswer,
  localUpgradePath,
  type LocalUpgradeRequest,
} from '#protocol/shared/installer.ts';
import {
  certificateAnswer,
  enrolPath,
  joiningAnswer,
  joiningPath,
  leaveAnswer,
  leavePath,
  organisationBytesMax,
  organisationPath,
  rehomePath,
  renewPath,
  type CertificateAnswer,
  type EnrolRequest,
  type JoiningRequest,
  type RehomeRequest,
  type RenewRequest,
} from '#protocol/shared/organisation.ts';
import { problem as problemSchema } from '#protocol/shared/primitives.ts';
import { openVerifier, type Refusals } from './certificate-chain.ts';
import { organisationOf, type Credentials, type KnownOrganisation } from './trust-files.ts';

const limits = { answerMilliseconds: 20_000, answerBytesMax: 64 * 1024 } as const;

/**
 * The organisation, from whoever answers there. Nothing proves who that is, and nothing needs to:
 * the fingerprint proves the bytes.
 */
export async function fetchOrganisation(
  address: string,
  fingerprint: Digest,
): Promise<Result<KnownOrganisation>> {
  const answer = await ask(address, {
    path: organisationPath,
    bytesMax: organisationBytesMax,
    tls: { rejectUnauthorized: false },
  });
  if (!answer.ok) return answer;
  const { status, text } = answer.value;
  if (status !== 200) return refuse(problem('NOT_DANKAI', { address }));
  return organisationOf(text, { fingerprint, from: address });
}

/** Whom we ask: the information server of our site, as the organisation's authority says. */
export type Above = {
  readonly address: string;
  readonly site: string;
  readonly organisation: KnownOrganisation;
  readonly refusals?: Refusals | undefined;
};

export async function enrol(above: Above, body: EnrolRequest): Promise<Result<CertificateAnswer>> {
  const asked = await askForCertificate(above, { path: enrolPath, body, shown: null });
  if (asked.ok || asked.because.code !== 'MESSAGE_UNREADABLE') return asked;
  // An older one does not know these two words, and asks nobody for them.
  const { version: _, aheadReason: __, ...known } = body;
  return askForCertificate(above, { path: enrolPath, body: known, shown: null });
}

/** What the server above runs, where a version may join it; a server of before does not answer. */
export async function askJoining(above: Above, body: JoiningRequest): Promise<Result<string>> {
  const answer = await askAbove(above, { path: joiningPath, body, shown: null });
  if (!answer.ok) return answer;
  const said = readAnswer(above.address, answer.value, joiningAnswer);
  return said.ok ? ok(said.value.informationServer) : said;
}

/** Over a connection that shows the certificate to be renewed, which may have expired. */
export function renew(
  above: Above,
  body: RenewRequest,
  shown: Credentials,
): Promise<Result<CertificateAnswer>> {
  return askForCertificate(above, { path: renewPath, body, shown });
}

/** Says that this server is being uninstalled: the tree has it no more. */
export async function leave(above: Above, shown: Credentials): Promise<Result<null>> {
  const answer = await askAbove(above, { path: leavePath, body: {}, shown });
  if (!answer.ok) return answer;
  const left = readAnswer(above.address, answer.value, leaveAnswer);
  return left.ok ? ok(null) : left;
}

/** Over a connection that shows the certificate of the old site; who answers is of the new one. */
export function rehome(
  above: Above,
  body: RehomeRequest,
  shown: Credentials,
): Promise<Result<CertificateAnswer>> {
  return askForCertificate(above, { path: rehomePath, body, shown });
}

/** May this server be upgraded to that version by an installer (L1)? Answers what the server above runs. */
export async function askLocalUpgrade(
  above: Above,
  body: LocalUpgradeRequest,
  shown: Credentials,
): Promise<Result<string>> {
  const answer = await askAbove(above, { path: localUpgradePath, body, shown });
  if (!answer.ok) return answer;
  const said = readAnswer(above.address, answer.value, localUpgradeAnswer);
  return said.ok ? ok(said.value.informationServer) : said;
}

async function askForCertificate(
  above: Above,
  question: QuestionAbove,
): Promise<Result<CertificateAnswer>> {
  const answer = await askAbove(above, question);
  return answer.ok ? readAnswer(above.address, answer.value, certificateAnswer) : answer;
}

type QuestionAbove = {
  readonly path: string;
  readonly body: object;
  /** null: who asks has no certificate yet. */
  readonly shown: Credentials | null;
};

function askAbove(above: Above, { path, body, shown }: QuestionAbove): Promise<Result<Answer>> {
  const { organisation } = above.organisation;
  return ask(above.address, {
    path,
    body: JSON.stringify(body),
    bytesMax: limits.answerBytesMax,
    tls: {
      ca: organisation.authority,
      rejectUnauthorized: true,
      checkServerIdentity: (_host, certificate) => againstServer(above, certificate),
      ...(shown === null ? {} : { key: shown.key, cert: shown.chain }),
    },
  });
}

/** An information server, of our site; another one of the organisation is not who was asked. */
function againstServer(above: Above, certificate: PeerCertificate): Error | undefined {
  const { organisation } = above.organisation;
  const chain = chainOf(certificate);
  const verified = openVerifier(organisation, above.refusals).verify(chain, { now: Date.now() });
  if (!verified.ok) return new Error(verified.because.code);
  const { role, site }: Identity = verified.value.identity;
  const isExpected = role === 'information-server' && site === above.site;
  return isExpected ? undefined : new Error(`${role} of ${site} answers there`);
}

function chainOf(certificate: PeerCertificate): readonly X509Certificate[] {
  const issuer = 'issuerCertificate' in certificate ? certificate.issuerCertificate : null;
  return [certificate, issuer].flatMap((one) =>
    one !== null && typeof one === 'object' && 'raw' in one && one.raw instanceof Buffer
      ? [new X509Certificate(one.raw)]
      : [],
  );
}

const refusal = z.object({ problem: problemSchema });

function readAnswer<Body>(
  address: string,
  { status, text }: Answer,
  schema: z.ZodType<Body>,
): Result<Body> {
  const unreadable = (detail: string) =>
    refuse(problem('ANSWER_UNREADABLE', { call: address, detail }));
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return unreadable(`status ${status}`);
  }
  if (status === 200) {
    const parsed = schema.safeParse(body);
    return parsed.success ? ok(parsed.data) : unreadable('not what was asked for');
  }
  const parsed = refusal.safeParse(body);
  return parsed.success ? refuse(parsed.data.problem) : unreadable(`status ${status}`);
}

type Question = {
  readonly path: string;
  /** Absent: a GET. */
  readonly body?: string;
  readonly bytesMax: number;
  readonly tls: Pick<
    RequestOptions,
    'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'checkServerIdentity'
  >;
};

type Answer = { readonly status: number; readonly text: string };

function ask(address: string, question: Question): Promise<Result<Answer>> {
  const url = URL.parse(question.path, address);
  if (url === null || url.protocol !== 'https:') {
    return Promise.resolve(refuse(problem('ADDRESS_WRONG', { address })));
  }
  const unreachable = (detail: string) =>
    refuse(problem('ADDRESS_UNREACHABLE', { address, detail: detail.slice(0, 500) }));
  return new Promise((resolve) => {
    const { body } = question;
    const request = httpsRequest(url, {
      ...question.tls,
      agent: false,
      minVersion: 'TLSv1.3',
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(limits.answerMilliseconds),
    });
    request.on('error', (error) => resolve(unreachable(error.message)));
    request.on('response', (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > question.bytesMax) request.destroy(new Error('the answer is too long'));
        else pieces.push(piece);
      });
      response.on('error', (error) => resolve(unreachable(error.message)));
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve(ok({ status: response.statusCode ?? 0, text }));
      });
    });
    request.end(body);
  });
}
