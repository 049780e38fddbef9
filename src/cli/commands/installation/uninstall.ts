/**
 * `uninstall`: takes an installation away (S8, R7), the control manager agent alone if asked, and
 * says what it removed, what it left and whether the tree knows of it. Removes nothing itself.
 */

import { resolve } from 'node:path';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import type { FoundInstallation, Removed } from '#ports/removal.ts';
import { formatBytes } from '#words/format.ts';
import {
  answered,
  exitStatuses,
  refused,
  unconfirmed,
  type Command,
  type Context,
} from '../../command.ts';
import { flag, text } from '../../given.ts';

export const uninstall: Command = async (context, given) => {
  const removal = await context.removal();
  const found = await removal.find(resolve(text(given, 'root') ?? ''));
  if (!found.ok) return refused(context, found.because);
  const isForced = flag(given, 'force');
  const scope = flag(given, 'onlyAgent') ? 'agent' : 'all';
  const { root, damage } = found.value;
  if (damage !== null && !isForced) {
    return refused(context, problem('INSTALLATION_DAMAGED', { folder: root, detail: damage }));
  }
  const refusal = await unconfirmed(context, given, {
    command: 'uninstall',
    question: question(context, found.value, scope),
  });
  if (refusal !== null) return refused(context, refusal);
  const answer = await removal.remove(found.value, { scope, isForced });
  if (!answer.ok) return answered(context, refuse(answer.because), () => undefined);
  const status = answered(context, answer, (removed) => show(context, removed));
  const isWhole = !answer.value.left.some(({ because }) => because === 'refused');
  return isWhole ? status : exitStatuses.no;
};

function question(
  { words }: Context,
  { root, services }: FoundInstallation,
  scope: 'all' | 'agent',
): string {
  if (scope === 'agent') return words.text('cli.uninstall.questionAgent', { root });
  const roles = services?.join(', ') ?? words.text('cli.uninstall.unknownRoles');
  return words.text('cli.uninstall.question', { root, roles });
}

const reasons = {
  'not-ours': 'cli.uninstall.because.not-ours',
  link: 'cli.uninstall.because.link',
  refused: 'cli.uninstall.because.refused',
} as const;

function show({ output, words }: Context, removed: Removed): void {
  const { root, processes, units, paths, left, notes } = removed;
  for (const { what, pid } of processes) {
    output.data(words.text('cli.uninstall.ended', { what, pid }));
  }
  for (const file of units) output.data(words.text('cli.uninstall.removed', { path: file }));
  for (const { path, files, bytes } of paths) {
    const counted = { path, files, size: formatBytes(bytes) };
    output.data(words.text('cli.uninstall.removedTree', counted));
  }
  for (const { path, because } of left) {
    output.data(
      output.paint('warning', `${words.text('cli.uninstall.left', { path })} `) +
        words.text(reasons[because]),
    );
  }
  for (const note of notes) output.talk(note);
  sayFarewell({ output, words }, removed);
  if (removed.launcherEnded) output.talk(words.text('cli.uninstall.startAgain', { root }));
}

function sayFarewell(
  { output, words }: Pick<Context, 'output' | 'words'>,
  { farewell }: Removed,
): void {
  if (farewell.state === 'not-needed') return;
  if (farewell.state === 'told') {
    const { server, site } = farewell;
    return output.talk(words.text('cli.uninstall.told', { server, site }));
  }
  const server = farewell.server ?? 'SERVER';
  const { sentence } = words.problem(farewell.because);
  output.talk(words.text('cli.uninstall.untold', { server, sentence }));
}
