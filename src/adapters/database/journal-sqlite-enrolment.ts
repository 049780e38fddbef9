/** Enrolment in the journal's file: tokens (without their secrets), servers, certificates. */

import type {
  EnrolledServer,
  EnrolmentTokenRow,
  IssuedCertificate,
} from '#domain/trust/enrolment.ts';
import type { EnrolmentRows } from '#ports/journal.ts';
import type { Database } from './journal-sqlite-rows.ts';
import { decode, encode } from './rows-json.ts';

export function enrolmentRows(database: Database): EnrolmentRows {
  return { ...tokenRows(database), ...serverRows(database), ...certificateRows(database) };
}

function tokenRows(
  database: Database,
): Pick<EnrolmentRows, 'token' | 'tokens' | 'putToken' | 'forgetTokens'> {
  return {
    async token(id) {
      const found = await database
        .selectFrom('enrolment_tokens')
        .select('row')
        .where('id', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<EnrolmentTokenRow>(found.row, 'enrolment_tokens');
    },
    async tokens() {
      const found = await database
        .selectFrom('enrolment_tokens')
        .select('row')
        .orderBy('made_at', 'desc')
        .orderBy('id')
        .execute();
      return found.map(({ row }) => decode<EnrolmentTokenRow>(row, 'enrolment_tokens'));
    },
    async putToken(token) {
      const row = encode(token);
      await database
        .insertInto('enrolment_tokens')
        .values({ id: token.id, made_at: token.madeAt, row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ row }))
        .execute();
    },
    async forgetTokens(before) {
      const tokens = await this.tokens();
      const old = tokens.filter(({ until }) => until < before).map(({ id }) => id);
      if (old.length > 0) {
        await database.deleteFrom('enrolment_tokens').where('id', 'in', old).execute();
      }
    },
  };
}

function serverRows(
  database: Database,
): Pick<EnrolmentRows, 'enrolled' | 'enrolledServers' | 'putEnrolled'> {
  return {
    async enrolled(server) {
      const found = await database
        .selectFrom('enrolled_servers')
        .select('row')
        .where('server', '=', server)
        .executeTakeFirst();
      return found === undefined ? null : decode<EnrolledServer>(found.row, 'enrolled_servers');
    },
    async enrolledServers() {
      const found = await database
        .selectFrom('enrolled_servers')
        .select('row')
        .orderBy('server')
        .execute();
      return found.map(({ row }) => decode<EnrolledServer>(row, 'enrolled_servers'));
    },
    async putEnrolled(server) {
      const row = encode(server);
      await database
        .insertInto('enrolled_servers')
        .values({ server: server.server, row })
        .onConflict((conflict) => conflict.column('server').doUpdateSet({ row }))
        .execute();
    },
  };
}

function certificateRows(
  database: Database,
): Pick<EnrolmentRows, 'certificate' | 'certificatesOf' | 'putCertificate' | 'forgetCertificates'> {
  return {
    async certificate(serial) {
      const found = await database
        .selectFrom('certificates')
        .select('row')
        .where('serial', '=', serial)
        .executeTakeFirst();
      return found === undefined ? null : decode<IssuedCertificate>(found.row, 'certificates');
    },
    async certificatesOf(server) {
      const found = await database
        .selectFrom('certificates')
        .select('row')
        .where('server', '=', server)
        .orderBy('until', 'desc')
        .orderBy('serial')
        .execute();
      return found.map(({ row }) => decode<IssuedCertificate>(row, 'certificates'));
    },
    async putCertificate(certificate) {
      const { serial, server, until } = certificate;
      const row = encode(certificate);
      await database
        .insertInto('certificates')
        .values({ serial, server, until, row })
        .onConflict((conflict) => conflict.column('serial').doUpdateSet({ row }))
        .execute();
    },
    async forgetCertificates(before) {
      await database.deleteFrom('certificates').where('until', '<', before).execute();
    },
  };
}
