/** What a token, a cookie or a link holds: a name to find it by, and a secret to judge it by. */

import { brand, type CredentialId } from '#domain/names.ts';
import type { PeopleWorld } from './world.ts';

/** `dankai_<id>_<secret>`: found by its id, judged by its digest. */
const secretPattern = /^dankai_([a-z0-9]{12})_[A-Za-z0-9_-]{40,100}$/;

export function newSecret(secrets: PeopleWorld['secrets']): {
  readonly secret: string;
  readonly id: CredentialId;
} {
  const id = secrets.digest(secrets.make()).slice(0, 12);
  return { secret: `dankai_${id}_${secrets.make()}`, id: brand<CredentialId>(id) };
}

export function idOf(secret: string): CredentialId | null {
  const id = secretPattern.exec(secret)?.[1];
  return id === undefined ? null : brand<CredentialId>(id);
}
