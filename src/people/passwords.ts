/**
 * Logins of local accounts by password, each try counted before it is looked at: many at once are
 * no way around the limit. What was tried is kept in memory only.
 */

import {
  afterFailure,
  afterSuccess,
  noAttempts,
  secondsToWait,
  takenBack,
} from '#domain/people/attempts.ts';
import { brand, namePattern, type PersonName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Authenticator, Claim } from '#ports/authenticator.ts';
import type { PeopleWorld } from './world.ts';

type World = Pick<PeopleWorld, 'store' | 'clock' | 'secrets'>;

export class Passwords implements Authenticator {
  readonly #world: World;
  #attempts = noAttempts;

  constructor(world: World) {
    this.#world = world;
  }

  async authenticate(claim: Claim, remote: string): Promise<Result<PersonName>> {
    const { store, clock, secrets } = this.#world;
    const name = namePattern.test(claim.person) ? brand<PersonName>(claim.person) : null;
    // Counted alike whether there is such an account: the answer must not tell.
    const attempt = { account: name ?? '', address: remote };
    const now = clock.now();
    const seconds = secondsToWait(this.#attempts, attempt, now);
    if (seconds !== null) return refuse(problem('LOGIN_TOO_OFTEN', { seconds }));
    this.#attempts = afterFailure(this.#attempts, attempt, now);
    const found = name === null ? null : await store.rows.person(name);
    const isRight = await secrets.checkPassword(claim.password, found?.password ?? null);
    if (isRight !== false) this.#attempts = takenBack(this.#attempts, attempt);
    if (isRight === null) return refuse(problem('LOGIN_TOO_OFTEN', { seconds: 1 }));
    if (isRight && found !== null) {
      this.#attempts = afterSuccess(this.#attempts, attempt, now);
      return ok(found.name);
    }
    await this.#refused(found?.name ?? null, remote);
    return refuse(problem('LOGIN_WRONG', {}));
  }

  /** What was typed as a name may be a password: of nobody known it is not written down. */
  #refused(person: PersonName | null, remote: string): Promise<void> {
    const { store, clock } = this.#world;
    const who = person ?? 'unknown';
    const detail = { from: remote };
    return store.change((_, append) =>
      append({ at: clock.now(), kind: 'login-refused', who, server: null, detail }),
    );
  }
}
