/** Signing as a command does it: passphrases from a file that was named, or from who sits there. */

import type { Signing } from '#ports/signing.ts';
import { openKeys, type Questions } from './key-opener.ts';
import { openSigning } from './organisation-signing.ts';
import { passphraseSource } from '../secrets/passphrase.ts';

export function signingHere(options: {
  /** As it was typed; else what the variable names. */
  readonly passphraseFile: string | undefined;
  readonly questions: Questions;
}): Signing {
  const { passphraseFile, questions } = options;
  const source = passphraseSource(passphraseFile);
  return openSigning({ opener: openKeys(source, questions), now: () => Date.now() });
}
