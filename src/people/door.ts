/**
 * Lets people in: tells from what a request shows who asks, begins sessions and ends them. What he
 * may do then is the desk's.
 */

import {
  credentialLimits,
  sessionIsLive,
  tokenIsLive,
  useIsWorthWriting,
} from '#domain/people/credential.ts';
import { narrowed, type Asker, type Person } from '#domain/people/person.ts';
import { brand, type CredentialId, type PersonName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Authenticator, Claim } from '#ports/authenticator.ts';
import type { PeopleRows } from '#ports/people.ts';
import { idOf, newSecret } from './secret.ts';
import type { SignInLinks } from './sign-in-links.ts';
import { installationAsker, installationToken, type PeopleWorld } from './world.ts';

/** What a request shows of who sent it. */
export type Evidence = {
  readonly bearer: string | null;
  readonly cookie: string | null;
  /** Where the page stands that asks; null: no browser said so. */
  readonly origin: string | null;
  /** Where this listener stands, as the request calls it. */
  readonly ownOrigin: string;
  /** Address of the other end. */
  readonly remote: string;
};

export type Begun = {
  readonly asker: Asker;
  readonly until: number;
  readonly secret: string;
};

export class Door {
  readonly #world: PeopleWorld;
  readonly #authenticator: Authenticator;
  readonly #links: SignInLinks;

  constructor(world: PeopleWorld, authenticator: Authenticator, links: SignInLinks) {
    this.#world = world;
    this.#authenticator = authenticator;
    this.#links = links;
  }

  /** The installation's own token stands as long as its file; one that was revoked stays so. */
  async adoptInstallation(secret: string | null): Promise<void> {
    const { store, secrets, clock } = this.#world;
    const id = brand<CredentialId>(installationToken);
    const stored = await store.rows.token(id);
    if (secret === null) {
      if (stored !== null) await store.change((rows) => rows.removeToken(id));
      return;
    }
    const digest = secrets.digest(secret);
    if (stored !== null && secrets.isEqual(stored.digest, digest)) return;
    const { name: person, role, scope } = installationAsker;
    const fixed = { id, person, name: installationToken, isOfLogin: false, role, scope } as const;
    const at = clock.now();
    await store.change((rows) =>
      rows.putToken({ ...fixed, at, until: null, usedAt: null, digest }),
    );
  }

  /** A token goes before a cookie: it was put there on purpose. */
  async authenticate(evidence: Evidence): Promise<Result<Asker>> {
    const { bearer, cookie } = evidence;
    if (bearer !== null) return this.#byToken(bearer, evidence.remote);
    if (cookie === null) return refuse(problem('TOKEN_WRONG', {}));
    const foreign = foreignOrigin(evidence);
    return foreign ?? this.#byCookie(cookie, evidence.remote);
  }

  async #byToken(secret: string, from: string): Promise<Result<Asker>> {
    const { store, secrets, clock } = this.#world;
    const id = idOf(secret) ?? brand<CredentialId>(installationToken);
    const now = clock.now();
    const token = await store.rows.token(id);
    const isRight = token !== null && secrets.isEqual(token.digest, secrets.digest(secret));
    if (!isRight || !tokenIsLive(token, now)) return refuse(problem('TOKEN_WRONG', {}));
    const isUnnamed = id === installationToken;
    const person = isUnnamed ? installationAsker : await store.rows.person(token.person);
    if (person === null) return refuse(problem('TOKEN_WRONG', {}));
    if (useIsWorthWriting(token.usedAt, now)) {
      await store.change(async (rows) => {
        // Read again: it may have been revoked meanwhile.
        const standing = await rows.token(id);
        if (standing !== null) await rows.putToken({ ...standing, usedAt: now });
      });
    }
    return ok({ ...narrowed(person, token), isUnnamed, from });
  }

  async #byCookie(secret: string, from: string): Promise<Result<Asker>> {
    const { store, secrets, clock } = this.#world;
    const id = idOf(secret);
    const now = clock.now();
    const session = id === null ? null : await store.rows.session(id);
    const isRight = session !== null && secrets.isEqual(session.digest, secrets.digest(secret));
    if (!isRight || !sessionIsLive(session, now)) return refuse(problem('SESSION_OVER', {}));
    const person = await this.#personNamed(session.person);
    if (person === null) return refuse(problem('SESSION_OVER', {}));
    if (useIsWorthWriting(session.usedAt, now)) {
      await store.change(async (rows) => {
        const standing = await rows.session(session.id);
        if (standing !== null) await rows.putSession({ ...standing, usedAt: now });
      });
    }
    return ok(askerOf(person, from));
  }

  /** Always a new secret; a session that was shown with the login ends with it. */
  async begin(
    claim: Claim,
    how: { readonly form: 'token' | 'cookie'; readonly evidence: Evidence },
  ): Promise<Result<Begun>> {
    const { form, evidence } = how;
    const { remote } = evidence;
    const foreign = form === 'cookie' ? foreignOrigin(evidence) : null;
    if (foreign !== null) return foreign;
    const found = await this.#authenticator.authenticate(claim, remote);
    if (!found.ok) return found;
    const person = await this.#world.store.rows.person(found.value);
    if (person === null) return refuse(problem('LOGIN_WRONG', {}));
    return this.#open({ ...person, isUnnamed: false }, { form, evidence, by: 'password' });
  }

  /** By a link, which is over with that, and for a browser alone. */
  async redeem(secret: string, evidence: Evidence): Promise<Result<Begun>> {
    const foreign = foreignOrigin(evidence);
    if (foreign !== null) return foreign;
    const name = this.#links.take(secret);
    const person = name === null ? null : await this.#personNamed(name);
    if (person === null) return refuse(problem('LINK_OVER', {}));
    return this.#open(person, { form: 'cookie', evidence, by: 'link' });
  }

  /** The installation's own token stands for somebody too, as long as it is valid itself. */
  async #personNamed(name: PersonName): Promise<Known | null> {
    const { store, clock } = this.#world;
    const person = await store.rows.person(name);
    if (person !== null) return { ...person, isUnnamed: false };
    if (name !== installationAsker.name) return null;
    const token = await store.rows.token(brand<CredentialId>(installationToken));
    return token !== null && tokenIsLive(token, clock.now()) ? installationAsker : null;
  }

  async #open(
    person: Known,
    how: {
      readonly form: 'token' | 'cookie';
      readonly evidence: Evidence;
      readonly by: 'password' | 'link';
    },
  ): Promise<Result<Begun>> {
    const { form, evidence, by } = how;
    const { remote } = evidence;
    const { store, clock } = this.#world;
    const now = clock.now();
    const { secret, id } = newSecret(this.#world.secrets);
    const replaced = form === 'cookie' && evidence.cookie !== null ? idOf(evidence.cookie) : null;
    const { sessionMs, loginTokenMs } = credentialLimits;
    const until = now + (form === 'cookie' ? sessionMs : loginTokenMs);
    await store.change(async (rows, append) => {
      if (replaced !== null) await rows.removeSession(replaced);
      await forgetOver(rows, person.name, now);
      const made = { id, person: person.name, at: now, digest: this.#world.secrets.digest(secret) };
      if (form === 'cookie') await rows.putSession({ ...made, usedAt: now });
      else await rows.putToken({ ...made, ...loginToken, until, usedAt: null });
      const place = form === 'cookie' ? 'console' : 'command line';
      const detail = { how: by === 'link' ? 'sign-in link' : place, from: remote };
      await append({ at: now, kind: 'login', who: person.name, server: null, detail });
    });
    const asker = askerOf(person, remote);
    return ok({ asker, until, secret });
  }

  /** Whatever was shown is over; what is over already is as good. */
  async end(evidence: Evidence): Promise<Result<null>> {
    const known = await this.authenticate(evidence);
    if (!known.ok) return known;
    const { bearer, cookie } = evidence;
    const id = idOf(bearer ?? cookie ?? '');
    const { store, clock } = this.#world;
    await store.change(async (rows, append) => {
      if (id === null) return; // the installation's own, which stands as long as its file
      const token = bearer === null ? null : await rows.token(id);
      // A token that an administrator made for a purpose is his to revoke.
      if (token !== null && !token.isOfLogin) return;
      await (bearer === null ? rows.removeSession(id) : rows.removeToken(id));
      const who = known.value.name;
      await append({ at: clock.now(), kind: 'logout', who, server: null, detail: {} });
    });
    return ok(null);
  }
}

/** Who may come in. */
type Known = Person & { readonly isUnnamed: boolean };

function askerOf({ name, role, scope, isUnnamed }: Known, from: string): Asker {
  return { name, role, scope, isUnnamed, from };
}

/** It narrows nothing: whoever logged in is whoever he is from then on. */
const loginToken = {
  name: 'dankai login',
  isOfLogin: true,
  role: 'administrator',
  scope: 'whole',
} as const;

/** A browser sends the cookie whoever's page asks, but it says whose page that is. */
function foreignOrigin({ origin, ownOrigin }: Evidence): ReturnType<typeof refuse> | null {
  if (origin === ownOrigin) return null;
  return refuse(problem('ORIGIN_FOREIGN', { origin: (origin ?? 'none').slice(0, 200) }));
}

/** Those that are over, and the oldest of too many. */
async function forgetOver(rows: PeopleRows, person: PersonName, now: number): Promise<void> {
  const { sessionsPerPersonMax } = credentialLimits;
  const sessions = await rows.sessionsOf(person);
  const live = sessions
    .filter((session) => sessionIsLive(session, now))
    .toSorted((left, right) => right.at - left.at)
    .slice(0, sessionsPerPersonMax - 1);
  for (const session of sessions) {
    if (!live.includes(session)) await rows.removeSession(session.id);
  }
  const tokens = (await rows.tokens()).filter((token) => token.person === person);
  const ofLogins = tokens
    .filter((token) => token.isOfLogin && tokenIsLive(token, now))
    .toSorted((left, right) => right.at - left.at)
    .slice(0, sessionsPerPersonMax - 1);
  for (const token of tokens) {
    const isOver = !tokenIsLive(token, now) || (token.isOfLogin && !ofLogins.includes(token));
    if (isOver) await rows.removeToken(token.id);
  }
}
