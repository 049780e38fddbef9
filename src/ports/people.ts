/**
 * Where accounts, tokens, sessions and requests for approval are kept. Of a secret only what
 * checks it is ever kept: a password's slow hash, a token's digest.
 */

import type { CredentialId, Digest, Instant, PersonName, RequestId } from '#domain/names.ts';
import type { Request } from '#domain/people/approval.ts';
import type { ApiToken, ConsoleSession } from '#domain/people/credential.ts';
import type { Person } from '#domain/people/person.ts';
import type { AccountDecision } from '#domain/people/ties.ts';
import type { RecordEntry } from '#domain/record/line.ts';

export type StoredPerson = Person & {
  /** In PHC form; null: comes in by tokens only. */
  readonly password: string | null;
  readonly at: Instant;
  /** Others who made or changed it of late, or made a token for it; absent: from before that was kept. */
  readonly decidedBy?: readonly AccountDecision[];
};

/** With the digest of its secret. */
export type StoredToken = ApiToken & { readonly digest: Digest };
export type StoredSession = ConsoleSession & { readonly digest: Digest };

export type PeopleRows = {
  person(name: PersonName): Promise<StoredPerson | null>;
  /** In the order of their names. */
  people(): Promise<readonly StoredPerson[]>;
  putPerson(person: StoredPerson): Promise<void>;
  /** His tokens and sessions go with him; what he asked for stays. */
  removePerson(name: PersonName): Promise<void>;
  token(id: CredentialId): Promise<StoredToken | null>;
  /** In the order of their ids. */
  tokens(): Promise<readonly StoredToken[]>;
  putToken(token: StoredToken): Promise<void>;
  removeToken(id: CredentialId): Promise<void>;
  session(id: CredentialId): Promise<StoredSession | null>;
  /** In the order of their ids. */
  sessionsOf(person: PersonName): Promise<readonly StoredSession[]>;
  putSession(session: StoredSession): Promise<void>;
  removeSession(id: CredentialId): Promise<void>;
  request(id: RequestId): Promise<Request | null>;
  /** Those whose end is after `now` and that wait, in the order of their ids. */
  requestsWaiting(now: Instant): Promise<readonly Request[]>;
  putRequest(request: Request): Promise<void>;
};

/** What is decided about people, and the line of the record that tells of it, on the disk at once. */
export type PeopleStore = {
  /** Reads outside any change. */
  readonly rows: PeopleRows;
  /** Rejects with `JournalFailed` where the disk refuses; nothing of the change stands then. */
  change<Value>(
    act: (rows: PeopleRows, append: (line: RecordEntry) => Promise<void>) => Promise<Value>,
  ): Promise<Value>;
};
