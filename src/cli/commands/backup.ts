/** A backup of an information server, and putting one back. Asks no server. */

import { userInfo } from 'node:os';
import { answered, refused, unconfirmed, type Command } from '../command.ts';
import { argument, flag, text } from '../given.ts';
import { timeOrNothing } from '../show.ts';

export const makeBackup: Command = async (context, given) => {
  const { output, words } = context;
  const file = text(given, 'out') ?? '';
  const backups = await context.backups();
  const answer = await backups.make({
    root: text(given, 'root') ?? '',
    file,
    withStore: !flag(given, 'withoutStore'),
    withSecrets: flag(given, 'withSecrets'),
  });
  return answered(context, answer, ({ site, version, withSecrets, withStore }) => {
    output.data(words.text('cli.backup.made', { file, site, version }));
    if (!withSecrets) output.talk(words.text('cli.backup.noSecrets'));
    if (!withStore) output.talk(words.text('cli.backup.noStore'));
  });
};

export const restoreBackup: Command = async (context, given) => {
  const { output, words } = context;
  const file = argument(given, 0);
  const root = text(given, 'root') ?? '';
  const refusal = await unconfirmed(context, given, {
    command: 'restore',
    question: words.text('cli.backup.restoreQuestion', { root, file }),
  });
  if (refusal !== null) return refused(context, refusal);
  const backups = await context.backups();
  const answer = await backups.restore({ root, file, who: accountName() });
  return answered(context, answer, ({ site, madeAt }) => {
    output.data(words.text('cli.backup.restored', { site, root, at: timeOrNothing(madeAt) }));
    output.talk(words.text('cli.install.next', { root }));
  });
};

/** Nobody is logged in where no server runs: the record names the account of this computer. */
function accountName(): string {
  try {
    return `${userInfo().username.slice(0, 90)} (local)`;
  } catch {
    return 'unknown (local)'; // an account without an entry, as in some containers
  }
}
