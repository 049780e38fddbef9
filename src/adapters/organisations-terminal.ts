/** An organisation folder at a command's hands: passphrases from a file, or from who sits there. */

import type { Organisations } from '#ports/organisations.ts';
import { openOrganisations } from './organisation-folder.ts';
import { choosePassphrase, passphraseSource, readPassphrase } from './passphrase.ts';

export function organisationsHere(options: {
  /** As it was typed; else what the variable names. */
  readonly passphraseFile: string | undefined;
  readonly questions: { readonly root: string; readonly first: string; readonly again: string };
}): Organisations {
  const { passphraseFile, questions } = options;
  const source = passphraseSource(passphraseFile);
  return openOrganisations({
    choosePassphrase: () => choosePassphrase(source, questions),
    readPassphrase: () => readPassphrase(source, questions.root),
    now: () => Date.now(),
  });
}
