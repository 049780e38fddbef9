/** A backup of an information server, and putting one back. Asks no server. */

import { userInfo } from 'node:os';
import { problem } from '#domain/problem.ts';
import type { RestoredFacts } from '#ports/backups.ts';
import { answered, refused, unconfirmed, type Command, type Context } from '../../command.ts';
import { argument, flag, text } from '../../given.ts';
import { timeOrNothing } from '../../terminal/show.ts';

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
    output.talk(words.text('cli.backup.noPasswords'));
    if (!withStore) output.talk(words.text('cli.backup.noStore'));
  });
};

export const restoreBackup: Command = async (context, given) => {
  const { output, words } = context;
  const file = argument(given, 0);
  const root = text(given, 'root') ?? '';
  const revocations = text(given, 'revocations') ?? null;
  // Nothing that was revoked comes back without somebody saying so.
  if ((revocations === null) !== flag(given, 'withoutRevocations')) {
    return refused(context, problem('REVOCATIONS_UNSAID', {}));
  }
  const refusal = await unconfirmed(context, given, {
    command: 'restore',
    question: words.text('cli.backup.restoreQuestion', { root, file }),
  });
  if (refusal !== null) return refused(context, refusal);
  const backups = await context.backups();
  const answer = await backups.restore({ root, file, who: accountName(), revocations });
  return answered(context, answer, (restored) => {
    const { site, madeAt } = restored;
    output.data(words.text('cli.backup.restored', { site, root, at: timeOrNothing(madeAt) }));
    sayWhatIsToBeDone(context, restored);
    output.talk(words.text('cli.install.next', { root }));
  });
};

function sayWhatIsToBeDone(
  { output, words }: Context,
  { voided, revocationsAt, metadata, madeAt }: RestoredFacts,
): void {
  const { serversRevoked: servers, peopleRemoved: people, ...counts } = voided;
  output.talk(words.text('cli.backup.voided', counts));
  if (revocationsAt !== null) {
    const at = timeOrNothing(revocationsAt);
    output.talk(words.text('cli.backup.revocations', { at, servers, people }));
  }
  const since = timeOrNothing(revocationsAt ?? madeAt);
  output.talk(words.text('cli.backup.repeat', { at: since }));
  for (const lane of ['program', 'content'] as const) {
    const came = metadata[lane];
    if (typeof came === 'string') continue;
    const { sentence } = words.problem(came);
    output.talk(
      words.text('cli.backup.metadata', { lane: words.text(`cli.lane.${lane}`), sentence }),
    );
  }
}

/** Nobody is logged in where no server runs: the record names the account of this computer. */
function accountName(): string {
  try {
    return `${userInfo().username.slice(0, 90)} (local)`;
  } catch {
    return 'unknown (local)'; // an account without an entry, as in some containers
  }
}
