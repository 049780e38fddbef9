/**
 * Hears every call of a person: has he the right, does it wait for approval, and who answers it.
 * What a call does is the program's; who he is, the door's.
 */

import type { Asker } from '#domain/people/person.ts';
import { mayCall, rightFor, targetFor } from '#domain/people/rights.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Authenticator } from '#ports/authenticator.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { Accounts, scopeView } from './accounts.ts';
import { Approvals } from './approvals.ts';
import type { SignInLinks } from './sign-in-links.ts';
import type { PeopleWorld } from './world.ts';

/** Answers a call whose parameters it reads by the contract once more, only for their types. */
type Route = (params: unknown, asker: Asker) => Promise<Result<unknown>>;

export class Desk {
  readonly #world: PeopleWorld;
  readonly #approvals: Approvals;
  readonly #routes: Readonly<Record<string, Route>>;

  constructor(world: PeopleWorld, authenticator: Authenticator, links: SignInLinks) {
    this.#world = world;
    this.#approvals = new Approvals(world);
    const accounts = new Accounts(world, authenticator);
    this.#routes = {
      ...routesOf(accounts, this.#approvals),
      ...showOf(world),
      ...linksOf(world, links),
    };
  }

  /** Why this person may not ask for it at all, or null. The record tells of a refusal. */
  async admit(call: string, params: unknown, asker: Asker): Promise<Problem | null> {
    const { rights, store, clock, targetOf } = this.#world;
    const right = rightFor(rights, call);
    const named = right?.reach === 'named' ? await targetOf(call, params) : 'nothing';
    const verdict = mayCall(rights, { person: asker, call, target: named });
    if (verdict.go) return null;
    const { because } = verdict;
    const detail = { call, code: because.code };
    const who = asker.name;
    await store.change((_, append) =>
      append({ at: clock.now(), kind: 'call-refused', who, server: null, detail }),
    );
    return because;
  }

  async answer(call: string, params: unknown, asker: Asker): Promise<Result<unknown>> {
    const refusal = await this.admit(call, params, asker);
    if (refusal !== null) return refuse(refusal);
    const own = Object.hasOwn(this.#routes, call) ? this.#routes[call] : undefined;
    if (own !== undefined) return own(params, asker);
    const right = rightFor(this.#world.rights, call);
    if (right === null) return refuse(problem('CALL_UNKNOWN', { call }));
    if (right.isApproved !== true) return this.#world.act(call, params, asker);
    const target = targetFor(right, await this.#world.targetOf(call, params));
    return this.#approvals.ask({ call, params, target, asker });
  }
}

function routesOf(accounts: Accounts, approvals: Approvals): Readonly<Record<string, Route>> {
  const calls = peopleCalls;
  return {
    'people.list': () => accounts.list(),
    'people.add': (given, asker) => accounts.add(calls['people.add'].params.parse(given), asker),
    'people.change': (given, asker) =>
      accounts.change(calls['people.change'].params.parse(given), asker),
    'people.remove': (given, asker) =>
      accounts.remove(calls['people.remove'].params.parse(given), asker),
    'password.change': (given, asker) =>
      accounts.changePassword(calls['password.change'].params.parse(given), asker),
    'token.add': (given, asker) => accounts.addToken(calls['token.add'].params.parse(given), asker),
    'token.list': () => accounts.listTokens(),
    'token.revoke': (given, asker) =>
      accounts.revokeToken(calls['token.revoke'].params.parse(given), asker),
    whoami: async (_, { name, role, scope }) => ok({ person: name, role, scope: scopeView(scope) }),
    'approval.list': (_, asker) => approvals.list(asker),
    'approval.give': (given, asker) =>
      approvals.give(calls['approval.give'].params.parse(given), asker),
  };
}

function showOf({ place, clock }: PeopleWorld): Readonly<Record<string, Route>> {
  return { 'console.show': async () => ok({ ...place, now: clock.now() }) };
}

/** For whoever asks himself, or for another: an administrator could set his password as well. */
function linksOf(
  { store, clock }: PeopleWorld,
  links: SignInLinks,
): Readonly<Record<string, Route>> {
  return {
    async 'session.link'(given, asker) {
      const { person = asker.name } = peopleCalls['session.link'].params.parse(given);
      if (person !== asker.name && (await store.rows.person(person)) === null) {
        return refuse(problem('PERSON_UNKNOWN', { person }));
      }
      const made = links.make(person);
      await store.change((_, append) =>
        append({
          at: clock.now(),
          kind: 'sign-in-link-made',
          who: asker.name,
          server: null,
          detail: { for: person },
        }),
      );
      return ok(made);
    },
  };
}
