/**
 * The identity of a normal server that stands alone: got by an enrolment token, then renewed over
 * the certificate that it has. Its private key is made here and never leaves this computer.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Identity } from '#domain/trust/identity.ts';
import { serverByOrder } from '#domain/trust/rehome.ts';
import { renewAt, validity } from '#domain/trust/validity.ts';
import {
  enrolledAt,
  parseEnrolmentToken,
  type CertificateAnswer,
  type EnrolledAt,
  type EnrolmentToken,
} from '#protocol/shared/organisation.ts';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.ts';
import { openVerifier, readChain } from './certificate-chain.ts';
import { certificateRequest, newPrivateKey } from './certificate-request.ts';
import { enrol, fetchOrganisation, rehome, renew } from './enrolment-client.ts';
import { readRehomeOrder } from './rehome-order.ts';
import { standingIdentity, type Moment, type Standing } from './identity-signed.ts';
import {
  readOrganisation,
  readSecret,
  removeSecret,
  writeCredentials,
  writeOrganisation,
  writeSecret,
  type KnownOrganisation,
} from './trust-files.ts';

const service = 'normal-server';
export const enrolmentTokenFile = 'enrolment.token';
/** Why it may run a newer version than its information server; said once, with the token. */
export const aheadReasonFile = 'enrolment.reason';
export const rehomeOrderFile = 'rehome.order';
/** Kept until its certificate is there: who asks again with it is the same server. */
const keyFile = 'enrolment.key';

export type Enrolling = {
  readonly server: ServerId;
  readonly installId: string;
  readonly machineId: string;
  /** Of the release that runs; null: a checkout. */
  readonly version: string | null;
  /** By the settings; null: where the server was enrolled. */
  address(): string | null;
};

/** `because`: why it could not be renewed, though it still counts. */
export type Enrolled = { readonly standing: Standing; readonly because: Problem | null };

export async function enrolledIdentity(
  root: string,
  who: Enrolling,
  moment: Pick<Moment, 'now' | 'chance' | 'refusals'>,
): Promise<Result<Enrolled>> {
  const token = await readToken(root);
  if (!token.ok) return token;
  if (token.value !== null) {
    const enrolled = await enrolHere(root, { who, token: token.value, moment });
    if (enrolled.ok) return ok({ standing: enrolled.value, because: null });
    // One who moves is who he was until he has arrived.
    const kept = await keptIdentity(root, { who, moment });
    return kept.ok ? ok({ ...kept.value, because: enrolled.because }) : refuse(enrolled.because);
  }
  const order = await readSecret(root, rehomeOrderFile);
  if (!order.ok) return order;
  if (order.value === null) return keptIdentity(root, { who, moment });
  const rehomed = await rehomeHere(root, { who, order: order.value, moment });
  if (rehomed.ok) return ok({ standing: rehomed.value, because: null });
  const kept = await keptIdentity(root, { who, moment });
  return kept.ok ? ok({ ...kept.value, because: rehomed.because }) : refuse(rehomed.because);
}

/** By the certificate of its old site, which may have expired, to the site that the root names. */
async function rehomeHere(
  root: string,
  { who, order: text, moment }: At & { readonly order: string },
): Promise<Result<Standing>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return organisation;
  const { now, refusals } = moment;
  const standing = await standingIdentity(root, service, {
    organisation: organisation.value,
    now,
    refusals,
    isIt: (found) => isOf(found, who.server),
    expiredMsMax: validity.renewableMs,
  });
  if (standing === null) return refuse(problem('ENROLMENT_TOKEN_ABSENT', { server: who.server }));
  const read = readRehomeOrder(text, organisation.value.organisation);
  if (!read.ok) return read;
  const { to: site, address } = read.value.order;
  if (standing.identity.site === site) return arrived(root, standing);
  const server = serverByOrder(read.value.order, { peer: standing.identity, here: site, now });
  if (!server.ok) return server;
  const key = await keyToEnrol(root);
  if (!key.ok) return key;
  const { installId, machineId } = who;
  const body = { order: text, request: certificateRequest(key.value), installId, machineId };
  const above = { address, site, organisation: organisation.value, refusals };
  const answer = await rehome(above, body, standing.credentials);
  if (!answer.ok) return answer;
  const written = await writeEnrolledAt(root, { site, address });
  if (!written.ok) return written;
  const { value } = organisation;
  const to = { answer: answer.value, key: key.value, organisation: value, who, site, moment };
  const taken = await takeOver(root, to);
  return taken.ok ? arrived(root, taken.value) : taken;
}

/** The last of all: a kill before it asks once more, with the same key, and harms nothing. */
async function arrived(root: string, standing: Standing): Promise<Result<Standing>> {
  await removeSecret(root, rehomeOrderFile);
  await removeSecret(root, keyFile);
  return ok(standing);
}

async function readToken(root: string): Promise<Result<EnrolmentToken | null>> {
  const text = await readSecret(root, enrolmentTokenFile);
  if (!text.ok) return text;
  if (text.value === null) return ok(null);
  return parseEnrolmentToken(text.value, join(root, 'secrets', enrolmentTokenFile));
}

type At = { readonly who: Enrolling; readonly moment: Pick<Moment, 'now' | 'chance' | 'refusals'> };

async function keptIdentity(root: string, { who, moment }: At): Promise<Result<Enrolled>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return refuse(problem('ENROLMENT_TOKEN_ABSENT', { server: who.server }));
  const { now, chance, refusals } = moment;
  const standing = await standingIdentity(root, service, {
    organisation: organisation.value,
    now,
    refusals,
    isIt: (found) => isOf(found, who.server),
    expiredMsMax: validity.renewableMs,
  });
  if (standing === null) return refuse(problem('ENROLMENT_TOKEN_ABSENT', { server: who.server }));
  if (now < renewAt(standing, chance)) return ok({ standing, because: null });
  const renewed = await renewHere(root, { who, standing, moment });
  if (renewed.ok) return ok({ standing: renewed.value, because: null });
  return now < standing.until ? ok({ standing, because: renewed.because }) : renewed;
}

const isOf = (identity: Identity, server: ServerId): boolean =>
  identity.role === 'normal-server' && identity.server === server;

async function renewHere(
  root: string,
  { who, standing, moment }: At & { readonly standing: Standing },
): Promise<Result<Standing>> {
  const { organisation, identity, credentials } = standing;
  const address = who.address() ?? readEnrolledAt(root)?.address ?? null;
  if (address === null) {
    return refuse(problem('ADDRESS_UNREACHABLE', { address: 'run', detail: 'not running' }));
  }
  const key = newPrivateKey();
  const { refusals } = moment;
  const above = { address, site: identity.site, organisation, refusals };
  const answer = await renew(above, { request: certificateRequest(key) }, credentials);
  if (!answer.ok) return answer;
  return takeOver(root, {
    answer: answer.value,
    key,
    organisation,
    who,
    site: identity.site,
    moment,
  });
}

async function enrolHere(
  root: string,
  { who, token, moment }: At & { readonly token: EnrolmentToken },
): Promise<Result<Standing>> {
  const organisation = await organisationBy(root, token);
  if (!organisation.ok) return organisation;
  const key = await keyToEnrol(root);
  if (!key.ok) return key;
  const { site, address } = token;
  const { server, installId, machineId, version } = who;
  const request = certificateRequest(key.value);
  const reason = await readSecret(root, aheadReasonFile);
  if (!reason.ok) return reason;
  const body = {
    token,
    request,
    server,
    installId,
    machineId,
    ...(version === null ? {} : { version }),
    ...(reason.value === null ? {} : { aheadReason: reason.value.trim() }),
  };
  const { refusals } = moment;
  const answer = await enrol({ address, site, organisation: organisation.value, refusals }, body);
  if (!answer.ok) return answer;
  const written = await writeEnrolledAt(root, { site, address });
  if (!written.ok) return written;
  const taken = await takeOver(root, {
    answer: answer.value,
    key: key.value,
    organisation: organisation.value,
    who,
    site,
    moment,
  });
  if (!taken.ok) return taken;
  // The last of all: a kill before it asks once more, with the same key, and harms nothing.
  await removeSecret(root, aheadReasonFile);
  await removeSecret(root, enrolmentTokenFile);
  await removeSecret(root, keyFile);
  return taken;
}

/** A computer belongs to one organisation; only who has none yet learns it by the token. */
async function organisationBy(
  root: string,
  { address, organisation: fingerprint }: EnrolmentToken,
): Promise<Result<KnownOrganisation>> {
  const known = await readOrganisation(root);
  if (known.ok) {
    const { fingerprint: expected } = known.value;
    return expected === fingerprint
      ? known
      : refuse(problem('ORGANISATION_OTHER', { expected, found: fingerprint }));
  }
  const fetched = await fetchOrganisation(address, fingerprint);
  if (!fetched.ok) return fetched;
  const written = await writeOrganisation(root, fetched.value.text);
  return written.ok ? fetched : written;
}

async function keyToEnrol(root: string): Promise<Result<string>> {
  const known = await readSecret(root, keyFile);
  if (!known.ok) return known;
  if (known.value !== null) return ok(known.value);
  const key = newPrivateKey();
  const written = await writeSecret(root, keyFile, key);
  return written.ok ? ok(key) : written;
}

/** What was answered counts only if it is this server's, for the key that was made here. */
async function takeOver(
  root: string,
  {
    answer,
    key,
    organisation,
    who,
    site,
    moment: { now, refusals },
  }: {
    readonly answer: CertificateAnswer;
    readonly key: string;
    readonly organisation: KnownOrganisation;
    readonly who: Enrolling;
    readonly site: string;
    readonly moment: At['moment'];
  },
): Promise<Result<Standing>> {
  const chain = readChain(answer.chain) ?? [];
  const verified = openVerifier(organisation.organisation, refusals).verify(chain, { now });
  if (!verified.ok) return verified;
  const { identity, from, until } = verified.value;
  if (!isOf(identity, who.server) || identity.site !== site) {
    return refuse(problem('CERTIFICATE_UNTRUSTED', { detail: 'it is for somebody else' }));
  }
  const credentials = { key, chain: answer.chain };
  const written = await writeCredentials(root, service, credentials);
  return written.ok ? ok({ organisation, identity, credentials, from, until }) : written;
}

const enrolledAtFile = (root: string): string => join(root, 'trust', 'information-server.json');

async function writeEnrolledAt(root: string, at: EnrolledAt): Promise<Result<null>> {
  await makeFolder(join(root, 'trust'));
  return writeFileAtomically(enrolledAtFile(root), `${JSON.stringify(at)}\n`);
}

/** Read anew at each dial: a server that moves learns another one. null: not enrolled yet. */
export function readEnrolledAt(root: string): EnrolledAt | null {
  try {
    const parsed = enrolledAt.safeParse(JSON.parse(readFileSync(enrolledAtFile(root), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
