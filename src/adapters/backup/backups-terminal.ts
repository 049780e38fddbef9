/** Backups at a command's hands: passphrases from a file, or from who sits there. */

import type { Backups } from '#ports/backups.ts';
import { makeBackup } from './backup.ts';
import { restoreBackup } from './backup-restore.ts';
import { choosePassphrase, passphraseSource, readPassphrase } from '../secrets/passphrase.ts';

export function backupsHere(options: {
  /** As it was typed; else what the variable names. */
  readonly passphraseFile: string | undefined;
  readonly questions: { readonly existing: string; readonly first: string; readonly again: string };
}): Backups {
  const { passphraseFile, questions } = options;
  const source = passphraseSource(passphraseFile);
  const now = (): number => Date.now();
  return {
    make: (wanted) =>
      makeBackup({ choosePassphrase: () => choosePassphrase(source, questions), now }, wanted),
    restore: (wanted) =>
      restoreBackup(
        { readPassphrase: () => readPassphrase(source, questions.existing), now },
        wanted,
      ),
  };
}
