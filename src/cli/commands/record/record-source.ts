/** A record page by page, of whichever tier is asked. */

import type { RecordHead, RecordLine } from '#domain/record/line.ts';
import { ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { Context } from '../../command.ts';

type Table = InformationServerTable;
type Asked = Pick<Context, 'informationServer' | 'controlManager' | 'tier'>;

export type RecordSource = {
  show(): Promise<Result<ResultOf<Table, 'record.show'>>>;
  list(params: ParamsOf<Table, 'record.list'>): Promise<Result<ResultOf<Table, 'record.list'>>>;
  search(
    params: ParamsOf<Table, 'record.search'>,
  ): Promise<Result<ResultOf<Table, 'record.search'>>>;
  /** All lines up to that number, in their order. */
  pages(until: RecordHead['number']): AsyncIterable<Result<readonly RecordLine[]>>;
};

const pageLines = 1_000;

export async function openRecord(context: Asked): Promise<Result<RecordSource>> {
  const tier = await context.tier();
  if (!tier.ok) return tier;
  const { controlManager, informationServer } = context;
  const isAbove = tier.value === 'control-manager';
  const list: RecordSource['list'] = (params) =>
    isAbove
      ? controlManager.call('record.list', params)
      : informationServer.call('record.list', params);
  const show: RecordSource['show'] = () =>
    isAbove ? controlManager.call('record.show', {}) : informationServer.call('record.show', {});
  const search: RecordSource['search'] = (params) =>
    isAbove
      ? controlManager.call('record.search', params)
      : informationServer.call('record.search', params);
  return ok({ show, list, search, pages: (until) => pages(list, until) });
}

async function* pages(
  list: RecordSource['list'],
  until: number,
): AsyncIterable<Result<readonly RecordLine[]>> {
  for (let after = 0; after < until;) {
    const page = await list({ after, limit: pageLines });
    if (!page.ok) {
      yield page;
      return;
    }
    const lines = page.value.lines.filter(({ number }) => number <= until);
    yield ok(lines);
    // Lines may be missing at the end: whoever verifies says so.
    if (lines.length < pageLines) return;
    after = lines.at(-1)?.number ?? until;
  }
}
