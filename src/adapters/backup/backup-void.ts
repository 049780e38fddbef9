/**
 * What a journal that is put back must not bring back. Nobody can know what was revoked after the
 * backup, so everything that lets somebody in is void; certificates alone stand, or no server could
 * connect: of them a list from elsewhere says which were taken back since.
 */

import type { Instant } from '#domain/names.ts';
import { validity } from '#domain/trust/validity.ts';
import type { RestoredFacts } from '#ports/backups.ts';
import type { PeopleRows } from '#ports/people.ts';
import type { Rows } from '#ports/journal.ts';
import type { Revocations } from '#protocol/shared/revocations.ts';

export type Voided = RestoredFacts['voided'];
type Options = { readonly now: Instant; readonly revocations: Revocations | null };

export async function voidAccess(
  { people, enrolment }: Rows,
  { now, revocations }: Options,
): Promise<Voided> {
  let enrolmentTokens = 0;
  for (const token of await enrolment.tokens()) {
    if (token.revokedAt !== null) continue;
    await enrolment.putToken({ ...token, revokedAt: now });
    if (token.until > now && token.uses < token.usesMax) enrolmentTokens += 1;
  }
  // The installation's own among them: the next start adopts the one that stands on its disk.
  for (const token of await people.tokens()) await people.removeToken(token.id);
  for (const person of await people.people()) {
    for (const { id } of await people.sessionsOf(person.name)) await people.removeSession(id);
    await people.putPerson({ ...person, password: null });
  }
  const requests = await people.requestsWaiting(0);
  for (const request of requests) await people.putRequest({ ...request, until: now });
  const peopleRemoved = revocations === null ? 0 : await keepThoseOf(people, revocations, now);
  const serversRevoked = revocations === null ? 0 : await takeBack(enrolment, revocations);
  const passwords = (await people.people()).length;
  return { enrolmentTokens, passwords, requests: requests.length, peopleRemoved, serversRevoked };
}

/** Answers how many of the journal's people had left. */
async function keepThoseOf(
  rows: PeopleRows,
  { people, at }: Revocations,
  now: Instant,
): Promise<number> {
  const names = new Set(people.map(({ name }) => name));
  const left = (await rows.people()).filter(({ name }) => !names.has(name));
  for (const { name } of left) await rows.removePerson(name);
  for (const person of people) {
    const before = await rows.person(person.name);
    await rows.putPerson({ ...person, password: null, at: before?.at ?? Math.min(at, now) });
  }
  return left.length;
}

/** Answers how many servers of the list stand as revoked. */
async function takeBack(rows: Rows['enrolment'], { servers, at }: Revocations): Promise<number> {
  for (const { standing, certificates } of servers) {
    const { server, until } = standing;
    await rows.putEnrolled(standing);
    const good = new Set(certificates);
    for (const certificate of await rows.certificatesOf(server)) {
      if (good.delete(certificate.serial) || certificate.revokedAt !== null) continue;
      await rows.putCertificate({ ...certificate, revokedAt: at });
    }
    // Those left over were given after the backup; when they end is not known more exactly.
    for (const serial of good) {
      const end = until ?? at + validity.leafMs;
      await rows.putCertificate({ serial, server, from: at, until: end, revokedAt: null });
    }
  }
  return servers.filter(({ standing }) => standing.state === 'revoked').length;
}
