/** Calls about the record: its lines, its head, and who else knows it. */

import type { ServerId } from '#domain/names.ts';
import { invariant, ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { limits } from '../limits.ts';
import type { Parts } from '../parts.ts';
import { recordCut } from '../record/witnesses.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

export async function listRecord(
  parts: Parts,
  { after, limit }: Params<'record.list'>,
): Answer<'record.list'> {
  const lines = await parts.site.journal.rows.log.record(after ?? null, limit);
  return ok({ lines: lines.map((line) => ({ ...line, detail: { ...line.detail } })) });
}

export async function searchRecord(
  parts: Parts,
  { before, limit, ...filter }: Params<'record.search'>,
): Answer<'record.search'> {
  const part = { before: before ?? null, limit, linesMax: limits.recordSearchedMax };
  const { lines, next } = await parts.site.journal.rows.log.searchRecord(filter, part);
  return ok({ lines: lines.map((line) => ({ ...line, detail: { ...line.detail } })), next });
}

export async function showRecord({ site }: Parts): Answer<'record.show'> {
  const { log } = site.journal.rows;
  const genesis = await log.genesis();
  invariant(genesis !== null, 'the record was begun at the start');
  const { number, hash } = await log.recordHead();
  return ok({ genesis, head: { number, hash } });
}

export async function recordView({
  site,
}: Parts): Promise<ResultOf<InformationServerTable, 'site.show'>['record']> {
  const { rows } = site.journal;
  const { number, hash } = await rows.log.recordHead();
  return { number, hash, cut: await recordCut(rows) };
}

/** Their processes are asked, some at a time; what is journalled here says nothing about itself. */
export async function askWitnesses({ sessions, site }: Parts): Answer<'record.witnesses'> {
  const waiting = sessions.connected().slice(0, limits.witnessesMax);
  const witnesses: ResultOf<InformationServerTable, 'record.witnesses'>['witnesses'] = [];
  const silent: ServerId[] = [];
  const ask = async (): Promise<void> => {
    for (let server = waiting.shift(); server !== undefined; server = waiting.shift()) {
      const nonce = site.digestOf(`${server} ${site.clock.monotonic()}`).slice(0, 32);
      const said = await sessions.identify(server, nonce);
      if (said === null) silent.push(server);
      else witnesses.push({ server, heads: said.heads ?? [] });
    }
  };
  await Promise.all(Array.from({ length: limits.witnessesAtOnceMax }, ask));
  return ok({ witnesses, silent });
}
