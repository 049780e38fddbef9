/** Until when an API token or a console session lets somebody in. */

import type { CredentialId, Instant, PersonName } from '../names.ts';
import type { Role, Scope } from './person.ts';

export const credentialLimits = {
  /** A console session that nobody uses. */
  sessionIdleMs: 30 * 60_000,
  sessionMs: 12 * 3_600_000,
  /** A token that `dankai login` made. */
  loginTokenMs: 12 * 3_600_000,
  /** A token that an administrator makes, unless he says for how long. */
  tokenDaysDefault: 90,
  tokenDaysMax: 3_660,
  tokensPerPersonMax: 100,
  peopleMax: 1_000,
  sessionsPerPersonMax: 20,
  /** A link that signs in once. */
  linkMs: 10 * 60_000,
  linksMax: 100,
  /** How exactly is written down when something was used last. */
  usedEveryMs: 60_000,
} as const;

export type ApiToken = {
  readonly id: CredentialId;
  readonly person: PersonName;
  /** What it is for, as a person called it. */
  readonly name: string;
  /** Made by a login, and over with the password that made it. */
  readonly isOfLogin: boolean;
  readonly role: Role;
  readonly scope: Scope;
  readonly at: Instant;
  /** null: the installation's own, which stands as long as its file. */
  readonly until: Instant | null;
  readonly usedAt: Instant | null;
};

export type ConsoleSession = {
  readonly id: CredentialId;
  readonly person: PersonName;
  readonly at: Instant;
  readonly usedAt: Instant;
};

export function tokenIsLive({ until }: ApiToken, now: Instant): boolean {
  return until === null || now < until;
}

/** A clock that was set back makes no session younger: one of the future is over. */
export function sessionIsLive({ at, usedAt }: ConsoleSession, now: Instant): boolean {
  const { sessionMs, sessionIdleMs, usedEveryMs } = credentialLimits;
  if (now < at - usedEveryMs) return false;
  return now < at + sessionMs && now < usedAt + sessionIdleMs;
}

export function useIsWorthWriting(usedAt: Instant | null, now: Instant): boolean {
  return usedAt === null || Math.abs(now - usedAt) >= credentialLimits.usedEveryMs;
}
