/** Door and desk together, as a listener for people asks them. */

import type { Asker } from '#domain/people/person.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { scopeView } from './accounts.ts';
import { Desk } from './desk.ts';
import { Door, type Begun, type Evidence } from './door.ts';
import { Passwords } from './passwords.ts';
import { SignInLinks } from './sign-in-links.ts';
import type { PeopleWorld } from './world.ts';

type Begin = {
  readonly person: string;
  readonly password: string;
  readonly form: 'token' | 'cookie';
};

export type Listening = ReturnType<typeof listening>;

export function listening(world: PeopleWorld) {
  // One for both: whoever guesses at a password by changing it is slowed down as at the door.
  const passwords = new Passwords(world);
  const links = new SignInLinks(world);
  const door = new Door(world, passwords, links);
  const desk = new Desk(world, passwords, links);
  return {
    door,
    answer: (call: string, params: unknown, asker: Asker) => desk.answer(call, params, asker),
    authenticate: (shown: Evidence): Promise<Result<Asker>> => door.authenticate(shown),
    /** For what is no call but has the right of one, such as an upload. */
    async authenticateFor(call: string, shown: Evidence): Promise<Result<Asker>> {
      const asker = await door.authenticate(shown);
      if (!asker.ok) return asker;
      const refusal = await desk.admit(call, {}, asker.value);
      return refusal === null ? asker : refuse(refusal);
    },
    logins: {
      async begin({ person, password, form }: Begin, evidence: Evidence) {
        const claim = { form: 'password', person, password } as const;
        return begunView(await door.begin(claim, { form, evidence }));
      },
      async redeem({ secret }: { readonly secret: string }, evidence: Evidence) {
        return begunView(await door.redeem(secret, evidence));
      },
      end: (shown: Evidence) => door.end(shown),
    },
  };
}

function begunView(begun: Result<Begun>) {
  if (!begun.ok) return begun;
  const { asker, until, secret } = begun.value;
  const { name, role, scope } = asker;
  return ok({ person: name, role, scope: scopeView(scope), until, secret });
}
