/** Calls of administrators about people and tokens, and everybody's about himself. */

import { approversRequired } from '#domain/people/approval.ts';
import { credentialLimits, tokenIsLive } from '#domain/people/credential.ts';
import { decidedOver } from '#domain/people/ties.ts';
import { narrowed, type Asker, type Person } from '#domain/people/person.ts';
import type { PersonName } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Authenticator } from '#ports/authenticator.ts';
import type { PeopleRows, StoredPerson, StoredToken } from '#ports/people.ts';
import type { ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type {
  PeopleCall,
  PeopleTable,
  PersonView,
  TokenView,
} from '#protocol/console/people-calls.ts';
import { newSecret } from './secret.ts';
import { strike } from './leaving.ts';
import {
  installationAsker,
  installationToken,
  passwordCharactersMin,
  type PeopleWorld,
} from './world.ts';

type Params<Call extends PeopleCall> = ParamsOf<PeopleTable, Call>;
type Answer<Call extends PeopleCall> = Promise<Result<ResultOf<PeopleTable, Call>>>;

function personView({ name, role, scope, password, at }: StoredPerson): PersonView {
  const hasPassword = password !== null;
  return { person: name, role, scope: scopeView(scope), hasPassword, at };
}

export function scopeView(scope: Person['scope']): PersonView['scope'] {
  return scope === 'whole' ? scope : [...scope];
}

/** What it allows now, its person's own rights counted in. */
function tokenView(token: StoredToken, owner: Person): TokenView {
  const { id, person, name, at, until, usedAt } = token;
  const { role, scope } = narrowed(owner, token);
  return { token: id, person, name, role, scope: scopeView(scope), at, until, usedAt };
}

export class Accounts {
  readonly #world: PeopleWorld;
  readonly #authenticator: Authenticator;

  constructor(world: PeopleWorld, authenticator: Authenticator) {
    this.#world = world;
    this.#authenticator = authenticator;
  }

  async list(): Answer<'people.list'> {
    const { store, approvers: rule } = this.#world;
    const people = await store.rows.people();
    const required = approversRequired(rule, people, 'whole');
    return ok({ people: people.map(personView), approvers: { rule, required } });
  }

  async add(params: Params<'people.add'>, asker: Asker): Answer<'people.add'> {
    const { person: name, role, scope } = params;
    const hashed = await this.#hashed(params.password);
    if (!hashed.ok) return hashed;
    const now = this.#now();
    const decidedBy = decidedOver([], { person: name, who: asker.name, now });
    const password = hashed.value;
    const person: StoredPerson = { name, role, scope, password, at: now, decidedBy };
    const refusal = await this.#change(asker, 'person-added', async (rows) => {
      const known = await rows.people();
      const isTaken = known.some((one) => one.name === name) || name === installationAsker.name;
      if (isTaken) return problem('PERSON_EXISTS', { person: name });
      const { peopleMax: max } = credentialLimits;
      if (known.length >= max) return problem('PEOPLE_TOO_MANY', { max });
      await rows.putPerson(person);
      return { person: name, role, scope };
    });
    return refusal === null ? ok(personView(person)) : refuse(refusal);
  }

  async change(params: Params<'people.change'>, asker: Asker): Answer<'people.change'> {
    const { person: name, password } = params;
    const hashed = await this.#hashed(password);
    if (!hashed.ok) return hashed;
    let changed: StoredPerson | null = null;
    const refusal = await this.#change(asker, 'person-changed', async (rows) => {
      const known = await rows.person(name);
      if (known === null) return problem('PERSON_UNKNOWN', { person: name });
      const { role = known.role, scope = known.scope } = params;
      const now = this.#now();
      const decidedBy = decidedOver(known.decidedBy ?? [], { person: name, who: asker.name, now });
      const changes = { role, scope, password: hashed.value ?? known.password, decidedBy };
      const next = { ...known, ...changes };
      const last = await this.#lastAdministrator(rows, name, next);
      if (last !== null) return last;
      await rows.putPerson(next);
      if (password !== undefined) await endLogins(rows, name);
      changed = next;
      const left = await strike(rows, name, { becomes: next, now });
      const of = password === undefined ? 'same' : 'new';
      return { person: name, role, scope, password: of, ...left };
    });
    if (refusal !== null || changed === null) return refuse(refusal ?? unknown(name));
    return ok(personView(changed));
  }

  async remove({ person: name }: Params<'people.remove'>, asker: Asker): Answer<'people.remove'> {
    const refusal = await this.#change(asker, 'person-removed', async (rows) => {
      if ((await rows.person(name)) === null) return unknown(name);
      const last = await this.#lastAdministrator(rows, name, null);
      if (last !== null) return last;
      const left = await strike(rows, name, { becomes: null, now: this.#now() });
      await rows.removePerson(name);
      return { person: name, ...left };
    });
    return refusal === null ? ok({ done: true }) : refuse(refusal);
  }

  async changePassword(
    { current, next }: Params<'password.change'>,
    asker: Asker,
  ): Answer<'password.change'> {
    const { store } = this.#world;
    const known = asker.isUnnamed ? null : await store.rows.person(asker.name);
    if (known === null || known.password === null) return refuse(unknown(asker.name));
    const claim = { form: 'password', person: asker.name, password: current } as const;
    const proved = await this.#authenticator.authenticate(claim, asker.from ?? '');
    if (!proved.ok) return proved;
    const hashed = await this.#hashed(next);
    if (!hashed.ok) return hashed;
    const refusal = await this.#change(asker, 'password-changed', async (rows) => {
      const standing = await rows.person(asker.name);
      if (standing === null) return unknown(asker.name);
      await rows.putPerson({ ...standing, password: hashed.value });
      await endLogins(rows, asker.name);
      return { person: asker.name };
    });
    return refusal === null ? ok({ done: true }) : refuse(refusal);
  }

  async addToken(params: Params<'token.add'>, asker: Asker): Answer<'token.add'> {
    const { secrets } = this.#world;
    const { person, name, days = credentialLimits.tokenDaysDefault } = params;
    const { secret, id } = newSecret(secrets);
    const at = this.#now();
    const until = at + Math.round(days * 86_400_000);
    const digest = secrets.digest(secret);
    let made: TokenView | null = null;
    const refusal = await this.#change(asker, 'token-added', async (rows) => {
      const owner = await rows.person(person);
      if (owner === null) return unknown(person);
      const standing = (await rows.tokens()).filter((one) => one.person === person);
      const { tokensPerPersonMax: max } = credentialLimits;
      if (standing.filter((one) => tokenIsLive(one, at)).length >= max) {
        return problem('PEOPLE_TOO_MANY', { max });
      }
      for (const one of standing) if (!tokenIsLive(one, at)) await rows.removeToken(one.id);
      const { role = 'administrator', scope = 'whole' } = params;
      const fixed = { id, person, name, isOfLogin: false, role, scope } as const;
      const token: StoredToken = { ...fixed, at, until, usedAt: null, digest };
      await rows.putToken(token);
      const decision = { person, who: asker.name, now: at };
      await rows.putPerson({ ...owner, decidedBy: decidedOver(owner.decidedBy ?? [], decision) });
      made = tokenView(token, owner);
      return { token: id, person, name, role: made.role, scope: made.scope, until };
    });
    if (refusal !== null || made === null) return refuse(refusal ?? unknown(person));
    return ok(Object.assign({ secret }, made));
  }

  async listTokens(): Answer<'token.list'> {
    const { rows } = this.#world.store;
    const people = new Map((await rows.people()).map((one) => [one.name, one]));
    const tokens: TokenView[] = [];
    for (const token of await rows.tokens()) {
      const isOwn = token.id === installationToken;
      const owner = isOwn ? installationAsker : people.get(token.person);
      if (owner !== undefined) tokens.push(tokenView(token, owner));
    }
    return ok({ tokens });
  }

  async revokeToken({ token: id }: Params<'token.revoke'>, asker: Asker): Answer<'token.revoke'> {
    const now = this.#now();
    const refusal = await this.#change(asker, 'token-revoked', async (rows) => {
      const token = await rows.token(id);
      if (token === null) return problem('API_TOKEN_UNKNOWN', { token: id });
      const { person, name } = token;
      if (id !== installationToken) await rows.removeToken(id);
      else {
        const last = await this.#lastAdministrator(rows, person, null);
        if (last !== null) return last;
        // Kept as over: its file still stands, and would let it in again at the next start.
        await rows.putToken({ ...token, until: Math.min(token.until ?? now, now) });
      }
      return { token: id, person, name };
    });
    return refusal === null ? ok({ done: true }) : refuse(refusal);
  }

  #now(): number {
    return this.#world.clock.now();
  }

  /** Slow, so it is done before the change; null: no password is given. */
  async #hashed(password: string | undefined): Promise<Result<string | null>> {
    if (password === undefined) return ok(null);
    const charactersMin = passwordCharactersMin;
    if (password.length < charactersMin) {
      return refuse(problem('PASSWORD_WEAK', { charactersMin }));
    }
    const hash = await this.#world.secrets.hashPassword(password);
    return hash === null ? refuse(problem('LOGIN_TOO_OFTEN', { seconds: 1 })) : ok(hash);
  }

  /** What `act` answers is either why not, or what the record tells. */
  async #change(
    asker: Asker,
    kind: RecordEntry['kind'],
    act: (rows: PeopleRows) => Promise<Problem | RecordEntry['detail']>,
  ): Promise<Problem | null> {
    return this.#world.store.change(async (rows, append) => {
      const end = await act(rows);
      if (isProblem(end)) return end;
      await append({ at: this.#now(), kind, who: asker.name, server: null, detail: end });
      return null;
    });
  }

  /** Somebody must be left who can change people; the installation's own token is as good. */
  async #lastAdministrator(
    rows: PeopleRows,
    leaving: PersonName,
    becomes: Person | null,
  ): Promise<Problem | null> {
    const rules = ({ role, scope }: Person): boolean =>
      role === 'administrator' && scope === 'whole';
    const before = await rows.person(leaving);
    const isInstallation = leaving === installationAsker.name;
    if (!isInstallation && (before === null || !rules(before))) return null;
    if (becomes !== null && rules(becomes)) return null;
    const others = (await rows.people()).filter(({ name }) => name !== leaving);
    if (others.some(rules)) return null;
    const tokens = isInstallation ? [] : await rows.tokens();
    const own = tokens.find(({ id }) => id === installationToken);
    if (own !== undefined && tokenIsLive(own, this.#now())) return null;
    return problem('PERSON_LAST_ADMINISTRATOR', { person: leaving });
  }
}

function isProblem(end: Problem | RecordEntry['detail']): end is Problem {
  return 'code' in end && 'with' in end;
}

function unknown(person: string): Problem {
  return problem('PERSON_UNKNOWN', { person });
}

/** Whoever knew the old password is let in no more by what it made. */
async function endLogins(rows: PeopleRows, person: PersonName): Promise<void> {
  for (const { id } of await rows.sessionsOf(person)) await rows.removeSession(id);
  for (const token of await rows.tokens()) {
    if (token.person === person && token.isOfLogin) await rows.removeToken(token.id);
  }
}
