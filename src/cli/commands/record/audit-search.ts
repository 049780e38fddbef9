/** `audit search`: lines of the whole record that fit, looked for by whoever keeps it. */

import { ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { answered, refused, type Command, type Given } from '../../command.ts';
import { instant, list, text, wholeNumber } from '../../given.ts';
import { showLines } from './audit.ts';
import { openRecord, type RecordSource } from './record-source.ts';

type Wanted = ParamsOf<InformationServerTable, 'record.search'>;
type Found = ResultOf<InformationServerTable, 'record.search'>;

const linesDefault = 50;
const linesMax = 1_000;

export const searchRecord: Command = async (context, given) => {
  const wanted = wantedOf(given);
  if (!wanted.ok) return refused(context, wanted.because);
  const record = await openRecord(context);
  if (!record.ok) return refused(context, record.because);
  const answer = await searched(record.value, wanted.value, context.interrupted);
  return answered(context, answer, ({ lines, next }) => {
    // As they were written, like everywhere on a terminal.
    showLines(context, lines.toReversed());
    if (next !== null) context.output.talk(context.words.text('cli.audit.searchMore'));
  });
};

/** A part of the record at a time, until there are enough lines or it has been gone through. */
async function searched(
  record: RecordSource,
  { limit, ...filter }: Wanted,
  interrupted: AbortSignal,
): Promise<Result<Found>> {
  const lines: Found['lines'] = [];
  let next: number | null = null;
  do {
    const before: { before?: number } = next === null ? {} : { before: next };
    const found = await record.search({ ...filter, ...before, limit: limit - lines.length });
    if (!found.ok) return found;
    lines.push(...found.value.lines);
    ({ next } = found.value);
  } while (next !== null && lines.length < limit && !interrupted.aborted);
  return ok({ lines, next });
}

function wantedOf(given: Given): Result<Wanted> {
  const from = instant(given, 'from');
  if (!from.ok) return from;
  const until = instant(given, 'until');
  if (!until.ok) return until;
  const limit = wholeNumber(given, 'limit', { min: 1, max: linesMax, absent: linesDefault });
  if (!limit.ok) return limit;
  const kinds = [...list(given, 'kinds')];
  return ok({
    kinds: kinds.length === 0 ? undefined : kinds,
    who: text(given, 'who'),
    text: text(given, 'text'),
    server: text(given, 'server'),
    from: from.value,
    until: until.value,
    limit: limit.value,
  });
}
