/**
 * Links that sign in once, for whoever has no password yet, or sits at the server's own computer.
 * Kept in memory alone, and of each only what checks it: a restart ends them, which is no loss.
 */

import { credentialLimits } from '#domain/people/credential.ts';
import type { Digest, Instant, PersonName } from '#domain/names.ts';
import type { PeopleWorld } from './world.ts';
import { newSecret } from './secret.ts';

type Link = { readonly person: PersonName; readonly until: Instant };

export type MadeLink = Link & { readonly secret: string };

export class SignInLinks {
  readonly #world: Pick<PeopleWorld, 'secrets' | 'clock'>;
  readonly #links = new Map<Digest, Link>();

  constructor(world: Pick<PeopleWorld, 'secrets' | 'clock'>) {
    this.#world = world;
  }

  make(person: PersonName): MadeLink {
    const { secrets, clock } = this.#world;
    const { linkMs, linksMax } = credentialLimits;
    const until = clock.now() + linkMs;
    const { secret } = newSecret(secrets);
    // The oldest gives way: who asks for many wants the newest.
    const [oldest] = this.#links.keys();
    if (this.#links.size >= linksMax && oldest !== undefined) this.#links.delete(oldest);
    this.#links.set(secrets.digest(secret), { person, until });
    return { secret, person, until };
  }

  /** Of whom it was; null: there is none, or it was used, or its time is over. */
  take(secret: string): PersonName | null {
    const digest = this.#world.secrets.digest(secret);
    const link = this.#links.get(digest);
    this.#links.delete(digest);
    return link !== undefined && this.#world.clock.now() < link.until ? link.person : null;
  }
}
