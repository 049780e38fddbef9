/** What happened: the record of decisions, and what was refused or replaced, kept whole. */

import { problem } from '#domain/problem.ts';
import { formatTime } from '#words/format.ts';
import { answered, refused, type Command, type Given } from '../command.ts';
import { text } from '../given.ts';
import { nothingThere } from '../show.ts';

const linesDefault = 50;

/** undefined: not given. null: given, and no whole number. */
function wholeNumber(given: Given, option: string): number | null | undefined {
  const value = text(given, option);
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

export const showRecord: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const after = wholeNumber(given, 'after');
  const limit = wholeNumber(given, 'limit');
  for (const [option, number] of [['after', after] as const, ['limit', limit] as const]) {
    if (number === undefined) continue;
    if (number !== null && (option === 'after' || (number >= 1 && number <= 1_000))) continue;
    const value = text(given, option) ?? '';
    return refused(
      context,
      problem('OPTION_WRONG', {
        option: `--${option}`,
        value,
        expected: option === 'limit' ? 'whole-number: 1–1000' : 'whole-number: 0–',
      }),
    );
  }
  const answer = await informationServer.call('record.list', {
    after: after ?? undefined,
    limit: limit ?? linesDefault,
  });
  return answered(context, answer, ({ lines }) => {
    const head = ['number', 'at', 'kind', 'who', 'server', 'detail'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        lines.map((line) => [
          String(line.number),
          formatTime(line.at),
          line.kind,
          line.who,
          line.server ?? nothingThere,
          JSON.stringify(line.detail),
        ]),
      ),
    );
  });
};

export const showEvidence: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('evidence.list', {});
  return answered(context, answer, ({ evidence }) => {
    if (evidence.length === 0) return output.data(words.text('cli.evidence.none'));
    for (const one of evidence) {
      output.data(output.paint('strong', `${formatTime(one.at)}  ${one.kind}  ${one.digest}`));
      output.data(words.problem(one.because).sentence);
      output.data(`${one.text.trimEnd()}\n`);
    }
  });
};
