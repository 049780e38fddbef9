/** Moves what a control manager knows between its file and PostgreSQL. Asks no server. */

import { problem } from '#domain/problem.ts';
import { databaseKinds, type DatabaseKind } from '#ports/databases.ts';
import { answered, refused, type Command } from '../../command.ts';
import { text } from '../../given.ts';

export const moveDatabase: Command = async (context, given) => {
  const { output, words } = context;
  const from = kindOf(text(given, 'from'));
  const to = kindOf(text(given, 'to'));
  if (from === null || to === null || from === to) {
    const [option, value] = from === null ? ['--from', 'from'] : ['--to', 'to'];
    const wrong = { option, value: text(given, value) ?? '', expected: 'database' };
    return refused(context, problem('OPTION_WRONG', wrong));
  }
  const databases = await context.databases();
  const answer = await databases.move({ root: text(given, 'root') ?? '', from, to });
  return answered(context, answer, (moved) => {
    const columns = ['table', 'rows'] as const;
    output.data(words.text('cli.database.moved', { from: moved.from, to: moved.to }));
    output.data(
      output.table(
        columns.map((one) => words.text(`cli.column.${one}`)),
        Object.entries(moved.rows).map(([table, rows]) => [table, String(rows)]),
      ),
    );
    output.data(words.text('cli.database.head', moved.head));
    output.talk(words.text(to === 'postgres' ? 'cli.database.nextSet' : 'cli.database.nextUnset'));
  });
};

function kindOf(given: string | undefined): DatabaseKind | null {
  return databaseKinds.find((one) => one === given) ?? null;
}
