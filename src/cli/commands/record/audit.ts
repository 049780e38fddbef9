/** The record of decisions: shown, and written out so that others can keep and verify it. */

import { problem } from '#domain/problem.ts';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { headerText, exportedText } from '#protocol/record/export.ts';
import { formatTime } from '#words/format.ts';
import {
  answered,
  exitStatuses,
  refused,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { text } from '../../given.ts';
import { openRecord } from './record-source.ts';
import { nothingThere } from '../../terminal/show.ts';

const linesDefault = 50;

/** undefined: not given. null: given, and no whole number. */
function wholeNumber(given: Given, option: string): number | null | undefined {
  const value = text(given, option);
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

export const showRecord: Command = async (context, given) => {
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
  const record = await openRecord(context);
  if (!record.ok) return refused(context, record.because);
  const answer = await record.value.list({
    after: after ?? undefined,
    limit: limit ?? linesDefault,
  });
  return answered(context, answer, ({ lines }) => showLines(context, lines));
};

export function showLines({ output, words }: Context, lines: readonly RecordLineView[]): void {
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
}

/** Page by page, up to where the record ended when it was asked: as long as it likes to be. */
export const exportRecord: Command = async (context) => {
  const { output } = context;
  const record = await openRecord(context);
  if (!record.ok) return refused(context, record.because);
  const shown = await record.value.show();
  if (!shown.ok) return refused(context, shown.because);
  const { genesis, head } = shown.value;
  output.lines(headerText(genesis, head));
  for await (const page of record.value.pages(head.number)) {
    if (!page.ok) return refused(context, page.because);
    if (page.value.length > 0) output.lines(page.value.map(exportedText).join('\n'));
    if (context.interrupted.aborted) return exitStatuses.no;
  }
  return exitStatuses.done;
};
