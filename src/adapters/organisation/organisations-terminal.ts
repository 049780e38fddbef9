/** An organisation folder at a command's hands: passphrases from a file, or from who sits there. */

import type { Organisations } from '#ports/organisations.ts';
import { openOrganisations } from './organisation-folder.ts';
import { choosePassphrase, passphraseSource, readPassphrase } from '../secrets/passphrase.ts';

export function organisationsHere(options: {
  /** As it was typed; else what the variable names. */
  readonly passphraseFile: string | undefined;
  /** Else the passphrase of a kit comes from where that of the organisation does. */
  readonly kitPassphraseFile: string | undefined;
  readonly questions: {
    readonly root: string;
    readonly first: string;
    readonly again: string;
    readonly kit: string;
  };
}): Organisations {
  const { passphraseFile, kitPassphraseFile, questions } = options;
  const source = passphraseSource(passphraseFile);
  const kitSource = kitPassphraseFile === undefined ? source : passphraseSource(kitPassphraseFile);
  return openOrganisations({
    choosePassphrase: () => choosePassphrase(source, questions),
    readPassphrase: () => readPassphrase(source, questions.root),
    chooseKitPassphrase: () => choosePassphrase(kitSource, { ...questions, first: questions.kit }),
    now: () => Date.now(),
  });
}
