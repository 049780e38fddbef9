/**
 * Whose login this is. One way today, a password of a local account; a directory of the
 * organisation's (OpenID Connect) is to become another one (decision 0017).
 */

import type { PersonName } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** What somebody shows at a login. */
export type Claim = {
  readonly form: 'password';
  readonly person: string;
  readonly password: string;
};

export type Authenticator = {
  /** `remote`: the address that it came from. */
  authenticate(claim: Claim, remote: string): Promise<Result<PersonName>>;
};
