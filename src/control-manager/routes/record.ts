/** The record of what was decided here: its lines, what its chain begins with, where it ends. */

import { invariant, ok, type Result } from '#domain/result.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { limits } from '../limits.ts';
import type { Context } from './context.ts';

type Table = ControlManagerTable;

export async function listRecord(
  { store }: Context,
  { after, limit }: ParamsOf<Table, 'record.list'>,
): Promise<Result<ResultOf<Table, 'record.list'>>> {
  const lines = await store.record(after ?? null, limit);
  return ok({ lines: lines.map((line) => ({ ...line, detail: { ...line.detail } })) });
}

export async function searchRecord(
  { store }: Context,
  { before, limit, ...filter }: ParamsOf<Table, 'record.search'>,
): Promise<Result<ResultOf<Table, 'record.search'>>> {
  const part = { before: before ?? null, limit, linesMax: limits.recordSearchedMax };
  const { lines, next } = await store.searchRecord(filter, part);
  return ok({ lines: lines.map((line) => ({ ...line, detail: { ...line.detail } })), next });
}

export async function showRecord({
  store,
}: Context): Promise<Result<ResultOf<Table, 'record.show'>>> {
  const genesis = await store.genesis();
  invariant(genesis !== null, 'the record was begun at the start');
  return ok({ genesis, head: await store.recordHead() });
}
