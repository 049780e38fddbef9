/**
 * Where a secret stands that a daemon only reads: in the file that a variable names, among the
 * credentials of its systemd unit, or in ROOT/secrets. So it may lie encrypted, or on no disk at all.
 * Absent: what a daemon writes itself (its own key and certificate); that stays in ROOT/secrets.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** By the name of its file, which is that of its credential too: the variable that names another. */
export const givenSecrets = {
  'console.token': 'DANKAI_CONSOLE_TOKEN_FILE',
  'authority.pem': 'DANKAI_AUTHORITY_FILE',
  'content.key': 'DANKAI_CONTENT_KEY_FILE',
  'feed-proxy.login': 'DANKAI_FEED_PROXY_LOGIN_FILE',
} as const;
export type GivenSecret = keyof typeof givenSecrets;

export type SecretPlace = {
  readonly file: string;
  /** A person said that it is there: if it is not, that is a mistake. */
  readonly isNamed: boolean;
};

/** Set by systemd for the service, and for what that starts, so for no command of a person. */
const credentialsVariable = 'CREDENTIALS_DIRECTORY';

export function placeOfSecret(
  root: string,
  name: GivenSecret,
  environment: NodeJS.ProcessEnv = process.env,
): SecretPlace {
  const named = environment[givenSecrets[name]];
  if (named !== undefined && named !== '') return { file: named, isNamed: true };
  const folder = environment[credentialsVariable];
  const credential = folder === undefined || folder === '' ? null : join(folder, name);
  if (credential !== null && existsSync(credential)) return { file: credential, isNamed: true };
  return { file: join(root, 'secrets', name), isNamed: false };
}
