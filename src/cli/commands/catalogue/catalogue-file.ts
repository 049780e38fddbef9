/**
 * `catalogue check FILE` (D8, D11) for people: reads what was typed, asks, says the answer. Kept
 * free of the argument parser, the schemas and the library of words: its process has a CPU budget.
 */

import { parseArgs } from 'node:util';
import { exitStatuses, refused, type Command, type Voice } from '../../command.ts';
import { catalogueCheck, type ReadCatalogue } from './catalogue-check.ts';
import { argument, text } from '../../given.ts';
import { driftText } from '../../terminal/show.ts';

export type CatalogueFileTyped = {
  readonly file: string;
  readonly expect?: string | undefined;
  readonly baseline?: string | undefined;
  readonly profile?: string | undefined;
};

export type CatalogueCheckTyped = CatalogueFileTyped & {
  readonly isJson: boolean;
  readonly language?: string | undefined;
};

/** null: not plainly this command; the argument parser then says what is wrong, or helps. */
export function parseCatalogueCheck(typed: readonly string[]): CatalogueCheckTyped | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...typed],
      allowPositionals: true,
      options: {
        expect: { type: 'string' },
        baseline: { type: 'string' },
        profile: { type: 'string' },
        language: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length !== 1) return null;
    return { ...values, file, isJson: values.json === true };
  } catch {
    return null;
  }
}

export async function sayCatalogueFile(
  voice: Voice,
  typed: CatalogueFileTyped,
  read: ReadCatalogue,
): Promise<number> {
  const { output, words } = voice;
  const answer = await catalogueCheck(typed, read);
  if (answer.problem !== undefined) {
    if (answer.file !== undefined) output.talk(`${answer.file}:`);
    return refused(voice, answer.problem);
  }
  if (output.isJson) output.object({ clean: answer.clean, fields: answer.fields });
  const { clean, fields } = answer;
  output.data(driftText(voice, { clean, fields: [...fields], packages: [] }));
  if (!clean) output.talk(words.text('cli.catalogue.drifted', { count: fields.length }));
  return clean ? exitStatuses.done : exitStatuses.no;
}

export const checkCatalogueFile: Command = async (context, given) =>
  sayCatalogueFile(
    context,
    {
      file: argument(given, 0),
      expect: text(given, 'expect'),
      baseline: text(given, 'baseline'),
      profile: text(given, 'profile'),
    },
    context.readCatalogue,
  );
