/** Enrolment in memory: tokens, servers and certificates, in SQLite's orders. */

import type { EnrolmentRows } from '#ports/journal.ts';
import type { Access } from './journal-simulated-access.ts';
import type { JournalState } from './journal-simulated-state.ts';
import { compare } from './journal-simulated-upgrades.ts';

export function enrolmentRows(
  { tokens, enrolled, certificates }: JournalState,
  { read, write }: Access,
): EnrolmentRows {
  return {
    token: (id) => read(() => tokens.get(id)),
    tokens: () =>
      read(() =>
        tokens
          .all()
          .toSorted((left, right) => right.madeAt - left.madeAt || compare(left.id, right.id)),
      ),
    putToken: (token) => write(() => tokens.put(token.id, token)),
    forgetTokens: (before) => write(() => tokens.forget(({ until }) => until < before)),
    enrolled: (server) => read(() => enrolled.get(server)),
    enrolledServers: () => read(() => enrolled.all()),
    putEnrolled: (server) => write(() => enrolled.put(server.server, server)),
    certificate: (serial) => read(() => certificates.get(serial)),
    certificatesOf: (server) =>
      read(() =>
        certificates
          .all()
          .filter((certificate) => certificate.server === server)
          .toSorted(
            (left, right) => right.until - left.until || compare(left.serial, right.serial),
          ),
      ),
    putCertificate: (certificate) => write(() => certificates.put(certificate.serial, certificate)),
    forgetCertificates: (before) => write(() => certificates.forget(({ until }) => until < before)),
  };
}
