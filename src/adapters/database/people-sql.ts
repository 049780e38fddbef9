/** Accounts, tokens, sessions and requests as tables, the same at both tiers. */

import type { Kysely } from 'kysely';
import type { Request } from '#domain/people/approval.ts';
import type { PeopleRows, StoredPerson, StoredSession, StoredToken } from '#ports/people.ts';
import { decode, encode } from './rows-json.ts';
import { runStatements } from './spelling.ts';

export type PeopleTables = {
  person: { name: string; row: string };
  api_token: { id: string; person: string; row: string };
  console_session: { id: string; person: string; row: string };
  approval_request: { id: string; state: string; until: number; row: string };
};

/** Never edited once released: what changes is a migration more, at both tiers. */
export async function makePeopleTables<Tables>(database: Kysely<Tables>): Promise<void> {
  await runStatements(database, ({ text, integer, strict }) => [
    `create table person (name ${text} primary key, row text not null)${strict}`,
    `create table api_token (id ${text} primary key, person text not null,
       row text not null)${strict}`,
    'create index api_token_by_person on api_token (person)',
    `create table console_session (id ${text} primary key, person text not null,
       row text not null)${strict}`,
    'create index console_session_by_person on console_session (person)',
    `create table approval_request (id ${text} primary key, state text not null,
       until ${integer} not null, row text not null)${strict}`,
    `create index approval_request_waiting on approval_request (until) where state = 'waiting'`,
  ]);
}

type Database = Kysely<PeopleTables>;

export function peopleRows(database: Database): PeopleRows {
  return { ...accountRows(database), ...credentialRows(database), ...requestRows(database) };
}

function accountRows(
  database: Database,
): Pick<PeopleRows, 'person' | 'people' | 'putPerson' | 'removePerson'> {
  return {
    async person(name) {
      const found = await database
        .selectFrom('person')
        .select('row')
        .where('name', '=', name)
        .executeTakeFirst();
      return found === undefined ? null : decode<StoredPerson>(found.row, 'person');
    },
    async people() {
      const found = await database.selectFrom('person').select('row').orderBy('name').execute();
      return found.map(({ row }) => decode<StoredPerson>(row, 'person'));
    },
    async putPerson(person) {
      const row = encode(person);
      await database
        .insertInto('person')
        .values({ name: person.name, row })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ row }))
        .execute();
    },
    async removePerson(name) {
      await database.deleteFrom('person').where('name', '=', name).execute();
      await database.deleteFrom('api_token').where('person', '=', name).execute();
      await database.deleteFrom('console_session').where('person', '=', name).execute();
    },
  };
}

function credentialRows(
  database: Database,
): Omit<PeopleRows, keyof (ReturnType<typeof accountRows> & ReturnType<typeof requestRows>)> {
  return {
    async token(id) {
      const found = await database
        .selectFrom('api_token')
        .select('row')
        .where('id', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<StoredToken>(found.row, 'api_token');
    },
    async tokens() {
      const found = await database.selectFrom('api_token').select('row').orderBy('id').execute();
      return found.map(({ row }) => decode<StoredToken>(row, 'api_token'));
    },
    async putToken(token) {
      const { id, person } = token;
      const row = encode(token);
      await database
        .insertInto('api_token')
        .values({ id, person, row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ person, row }))
        .execute();
    },
    async removeToken(id) {
      await database.deleteFrom('api_token').where('id', '=', id).execute();
    },
    async session(id) {
      const found = await database
        .selectFrom('console_session')
        .select('row')
        .where('id', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<StoredSession>(found.row, 'console_session');
    },
    async sessionsOf(person) {
      const found = await database
        .selectFrom('console_session')
        .select('row')
        .where('person', '=', person)
        .orderBy('id')
        .execute();
      return found.map(({ row }) => decode<StoredSession>(row, 'console_session'));
    },
    async putSession(session) {
      const { id, person } = session;
      const row = encode(session);
      await database
        .insertInto('console_session')
        .values({ id, person, row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ person, row }))
        .execute();
    },
    async removeSession(id) {
      await database.deleteFrom('console_session').where('id', '=', id).execute();
    },
  };
}

function requestRows(
  database: Database,
): Pick<PeopleRows, 'request' | 'requestsWaiting' | 'putRequest'> {
  return {
    async request(id) {
      const found = await database
        .selectFrom('approval_request')
        .select('row')
        .where('id', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<Request>(found.row, 'approval_request');
    },
    async requestsWaiting(now) {
      const found = await database
        .selectFrom('approval_request')
        .select('row')
        .where('state', '=', 'waiting')
        .where('until', '>', now)
        .orderBy('id')
        .execute();
      return found.map(({ row }) => decode<Request>(row, 'approval_request'));
    },
    async putRequest(request) {
      const { id, state, until } = request;
      const row = encode(request);
      await database
        .insertInto('approval_request')
        .values({ id, state, until, row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ state, until, row }))
        .execute();
    },
  };
}
