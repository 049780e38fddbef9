/**
 * Is the record what it was? Holds every line against the one before it, and the heads that others
 * know against the lines. Says too what cannot be known without such heads.
 */

import { hash } from 'node:crypto';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { Genesis, RecordHead, ToldHead } from '#domain/record/line.ts';
import { RecordVerifier, type FoundLine, type Verification } from '#domain/record/verify.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  foundLine,
  isTornHead,
  parseExported,
  parseHead,
  parseHeader,
} from '#protocol/record/export.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import { exitStatuses, refused, type Command, type Context, type Given } from '../../command.ts';
import { argument, flag, parsed, text } from '../../given.ts';
import { openRecord } from './record-source.ts';

const digestOf = (line: string): Digest => brand<Digest>(hash('sha256', line, 'hex'));

/** A record that was opened: what it says of itself, then its lines. null: one that is none. */
type Opened = {
  readonly genesis: Genesis;
  readonly head: RecordHead;
  readonly lines: AsyncIterable<Result<readonly (FoundLine | null)[]>>;
};

export const verifyRecord: Command = async (context, given) => {
  const opened = await open(context, argument(given, 0));
  if (!opened.ok) return refused(context, opened.because);
  const heads = await knownHeads(context, given);
  if (!heads.ok) return refused(context, heads.because);
  const site = await siteWanted(given);
  if (!site.ok) return refused(context, site.because);
  const { genesis, head, lines } = opened.value;
  const verifier = new RecordVerifier(genesis, { digestOf, site: site.value, heads: heads.value });
  let place = 0;
  for await (const page of lines) {
    if (!page.ok) return refused(context, page.because);
    for (const line of page.value) {
      place += 1;
      if (line === null) verifier.unreadable(place);
      else verifier.take(line);
    }
  }
  return say(context, verifier.end(head));
};

async function siteWanted(given: Given): Promise<Result<ServerId | null>> {
  const site = text(given, 'site');
  if (site === undefined) return ok(null);
  return parsed(serverId, site, { option: '--site', expected: 'name' });
}

async function open(context: Context, file: string): Promise<Result<Opened>> {
  if (file !== '') return openFile(context, file);
  const record = await openRecord(context);
  if (!record.ok) return record;
  const shown = await record.value.show();
  if (!shown.ok) return shown;
  const { pages } = record.value;
  async function* lines(until: number): Opened['lines'] {
    for await (const page of pages(until)) {
      yield page.ok ? ok(page.value.map(foundLine)) : page;
    }
  }
  return ok({ ...shown.value, lines: lines(shown.value.head.number) });
}

async function openFile(context: Context, file: string): Promise<Result<Opened>> {
  const read = await context.readLines(file);
  if (!read.ok) return read;
  const pieces = read.value[Symbol.asyncIterator]();
  const first = await pieces.next();
  const [text = '', ...others] = first.done === true ? [] : first.value;
  const header = parseHeader(text);
  if (header === null) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'not an exported record' }));
  }
  async function* lines(): Opened['lines'] {
    yield ok(others.map(parseExported));
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      yield ok(next.value.map(parseExported));
    }
  }
  return ok({ genesis: header.genesis, head: header.head, lines: lines() });
}

/** Of a file of heads, and of the servers that were told some. */
async function knownHeads(context: Context, given: Given): Promise<Result<readonly ToldHead[]>> {
  const heads: ToldHead[] = [];
  const file = text(given, 'heads');
  if (file !== undefined) {
    const read = await context.readLines(file);
    if (!read.ok) return read;
    for await (const piece of read.value) {
      for (const one of piece) {
        if (isTornHead(one)) continue;
        const head = parseHead(one);
        if (head === null) {
          return refuse(problem('FILE_UNREADABLE', { file, detail: 'not a file of heads' }));
        }
        heads.push(head);
      }
    }
  }
  if (flag(given, 'witnesses')) {
    const asked = await context.informationServer.call('record.witnesses', {});
    if (!asked.ok) return asked;
    const { witnesses, silent } = asked.value;
    context.output.talk(
      context.words.text('cli.audit.witnesses', {
        witnesses: witnesses.length,
        silent: silent.length,
      }),
    );
    heads.push(...witnesses.flatMap((one) => one.heads));
  }
  return ok(heads);
}

function say(context: Context, found: Verification): number {
  const { output, words } = context;
  const { problems, problemsMore, heads, head, witnessed } = found;
  const status = problems.length === 0 ? exitStatuses.done : exitStatuses.no;
  if (output.isJson) {
    output.object(found);
    return status;
  }
  const { site, lines } = found;
  output.data(
    words.text('cli.audit.record', { site, lines, number: head.number, hash: head.hash }),
  );
  for (const one of problems) output.data(sentence(context, one));
  if (problemsMore > 0) output.data(words.text('cli.audit.more', { count: problemsMore }));
  if (heads.restored > 0) output.data(words.text('cli.audit.restored', { count: heads.restored }));
  if (status === exitStatuses.done) {
    output.data(output.paint('good', words.text('cli.audit.whole')));
  }
  output.data(
    witnessed === null
      ? words.text(heads.known === 0 ? 'cli.audit.noHeads' : 'cli.audit.noneFound', {
          number: head.number,
        })
      : words.text('cli.audit.witnessed', { witnessed, known: heads.known, found: heads.found }),
  );
  if (status === exitStatuses.done) return status;
  return refused(context, problem('RECORD_BROKEN', { count: problems.length + problemsMore }));
}

function sentence({ output, words }: Context, because: Problem): string {
  return `${output.paint('bad', because.code)}  ${words.problem(because).sentence}`;
}
