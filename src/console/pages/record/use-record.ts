/** The newest lines of the record, and older ones as they are asked for; the newest first. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { callSite } from '../../data/call.ts';
import { valueOf } from '../../data/query-client.ts';

const pageLines = 1_000;
const newest: number | null = null;

export function useRecord() {
  const query = useInfiniteQuery({
    queryKey: ['record.list', 'newest'],
    initialPageParam: newest,
    queryFn: async ({ pageParam }) =>
      valueOf(await callSite('record.list', asked(pageParam))).lines,
    getNextPageParam: before,
  });
  const pages = query.data?.pages;
  const lines = useMemo(() => (pages ?? []).flatMap((page) => page.toReversed()), [pages]);
  const more = query.hasNextPage ? () => void query.fetchNextPage() : null;
  return { query, lines, more };
}

/** The number of the oldest line that is here; undefined: it is the first of all. */
function before(page: readonly RecordLineView[]): number | undefined {
  const first = page[0]?.number ?? 1;
  return first > 1 ? first : undefined;
}

function asked(older: number | null) {
  if (older === null) return { limit: pageLines };
  const limit = Math.min(pageLines, older - 1);
  return { after: older - 1 - limit, limit };
}
