/** An organisation folder at a command's hands: passphrases from a file, or from who sits there. */

import { ok } from '#domain/result.ts';
import type { Organisations } from '#ports/organisations.ts';
import { openOrganisations } from './organisation-folder.ts';
import { choosePassphrase, passphraseSource, readPassphrase } from '../secrets/passphrase.ts';

export function organisationsHere(options: {
  /** As it was typed; else what the variable names. */
  readonly passphraseFile: string | undefined;
  /** Else a person is asked for one; where none can be, the kit gets one of its own. */
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
  return openOrganisations({
    choosePassphrase: () => choosePassphrase(source, questions),
    readPassphrase: () => readPassphrase(source, questions.root),
    async chooseKitPassphrase() {
      // A file that holds the organisation's own is not for those who install.
      if (kitPassphraseFile === undefined && source.file !== undefined) return ok(null);
      const kitSource =
        kitPassphraseFile === undefined ? source : passphraseSource(kitPassphraseFile);
      return choosePassphrase(kitSource, { ...questions, first: questions.kit });
    },
    now: () => Date.now(),
  });
}
