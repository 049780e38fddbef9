/**
 * Who somebody is to Dankai: a name, a role, and how much of the site (at the control manager: of
 * the organisation) the role is for. Knows nothing of passwords, tokens or calls.
 */

import type { PersonName } from '../names.ts';

/** Each may do what those before it may. */
export const roles = ['viewer', 'operator', 'approver', 'administrator'] as const;
export type Role = (typeof roles)[number];

/** The whole, or named parts: domains at an information server, sites at the control manager. */
export type Scope = 'whole' | readonly string[];

export type Person = {
  readonly name: PersonName;
  readonly role: Role;
  readonly scope: Scope;
};

/** Who asks, as the door let him in. */
export type Asker = Person & {
  /** The installation's own token is in the hand of whoever reads its file: no person in particular. */
  readonly isUnnamed: boolean;
  /** His address; none of what is done for somebody who is not here at present. */
  readonly from: string | null;
};

export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

/** What a call would touch: nothing of anybody's, the whole, or these parts. */
export type Target = 'nothing' | Scope;

export function covers(scope: Scope, target: Target): boolean {
  if (scope === 'whole' || target === 'nothing') return true;
  return target !== 'whole' && target.every((part) => scope.includes(part));
}

/** What both allow: a token narrows its person, and never widens him. */
export function narrowed(person: Person, to: Pick<Person, 'role' | 'scope'>): Person {
  const role = isAtLeast(person.role, to.role) ? to.role : person.role;
  return { name: person.name, role, scope: bothOf(person.scope, to.scope) };
}

function bothOf(one: Scope, other: Scope): Scope {
  if (one === 'whole') return other;
  return other === 'whole' ? one : one.filter((part) => other.includes(part));
}
