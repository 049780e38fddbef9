/** Accounts, tokens, sessions and requests in memory, within a simulated journal's transactions. */

import type { Request } from '#domain/people/approval.ts';
import type { PeopleRows, StoredPerson, StoredSession, StoredToken } from '#ports/people.ts';
import type { Access } from './journal-simulated-access.ts';
import type { KeyTable } from './journal-simulated-state.ts';

export type PeopleTables = {
  readonly people: KeyTable<StoredPerson>;
  readonly tokens: KeyTable<StoredToken>;
  readonly sessions: KeyTable<StoredSession>;
  readonly requests: KeyTable<Request>;
};

export function peopleRows(tables: PeopleTables, { read, write }: Access): PeopleRows {
  const { people, tokens, sessions, requests } = tables;
  return {
    person: (name) => read(() => people.get(name)),
    people: () => read(() => people.all()),
    putPerson: (person) => write(() => people.put(person.name, person)),
    removePerson: (name) =>
      write(() => {
        people.remove(name);
        for (const { id, person } of tokens.all()) if (person === name) tokens.remove(id);
        for (const { id, person } of sessions.all()) if (person === name) sessions.remove(id);
      }),
    token: (id) => read(() => tokens.get(id)),
    tokens: () => read(() => tokens.all()),
    putToken: (token) => write(() => tokens.put(token.id, token)),
    removeToken: (id) => write(() => tokens.remove(id)),
    session: (id) => read(() => sessions.get(id)),
    sessionsOf: (name) => read(() => sessions.all().filter(({ person }) => person === name)),
    putSession: (session) => write(() => sessions.put(session.id, session)),
    removeSession: (id) => write(() => sessions.remove(id)),
    request: (id) => read(() => requests.get(id)),
    requestsWaiting: (now) =>
      read(() => requests.all().filter(({ state, until }) => state === 'waiting' && until > now)),
    putRequest: (request) => write(() => requests.put(request.id, request)),
  };
}
