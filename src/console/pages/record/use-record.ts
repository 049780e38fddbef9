/** What fits the filter out of the whole record, the newest first, and older lines as they are asked for. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { callSite } from '../../data/call.ts';
import { valueOf } from '../../data/query-client.ts';
import type { RecordFilterParams } from './record-search.ts';

const pageLines = 500;
/** Questions one after another until a page is full; each goes through a part of the record. */
const partsMax = 50;
const newest: number | null = null;

type Found = { readonly lines: readonly RecordLineView[]; readonly next: number | null };

export function useRecord(filter: RecordFilterParams) {
  const query = useInfiniteQuery({
    queryKey: ['record.search', filter],
    initialPageParam: newest,
    queryFn: ({ pageParam, signal }) => search(filter, pageParam, signal),
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const lines = useMemo(() => (pages ?? []).flatMap((page) => page.lines), [pages]);
  const more = query.hasNextPage ? () => void query.fetchNextPage() : null;
  return { query, lines, more, searchedTo: pages?.at(-1)?.next ?? null };
}

/** Everything that fits, for a file. */
export async function allFound(filter: RecordFilterParams): Promise<readonly RecordLineView[]> {
  const lines: RecordLineView[] = [];
  const { signal } = new AbortController();
  let next: number | null = null;
  do {
    const found = await search(filter, next, signal);
    lines.push(...found.lines);
    ({ next } = found);
  } while (next !== null);
  return lines;
}

async function search(
  filter: RecordFilterParams,
  from: number | null,
  signal: AbortSignal,
): Promise<Found> {
  const lines: RecordLineView[] = [];
  let next = from;
  for (let parts = 0; parts < partsMax; parts++) {
    const limit = pageLines - lines.length;
    const params = { ...filter, limit, ...(next !== null && { before: next }) };
    const found = valueOf(await callSite('record.search', params));
    lines.push(...found.lines);
    ({ next } = found);
    if (next === null || lines.length >= pageLines || signal.aborted) break;
  }
  return { lines, next };
}
