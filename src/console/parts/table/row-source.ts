/** Where a table takes its rows from: a list that is here, or pages of one that is elsewhere. */

import { useEffect } from 'react';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { RowWindow } from './window.ts';

export type RowSource<Row> = {
  readonly count: number;
  /** Drawn now; asked for if they are not here. */
  useRows(window: RowWindow): (index: number) => Row | undefined;
};

export function rowsOf<Row>(rows: readonly Row[]): RowSource<Row> {
  return { count: rows.length, useRows: () => (index) => rows[index] };
}

type Paged<Row> = {
  readonly count: number;
  readonly pageSize: number;
  /** What makes these rows other rows: the filter, the order. */
  readonly key: readonly unknown[];
  ask(from: number, limit: number): Promise<readonly Row[]>;
};

/** Rows of a list that stays at the server; only the pages in sight are asked for. */
export function pagedRows<Row>({ count, pageSize, key, ask }: Paged<Row>): RowSource<Row> {
  return {
    count,
    useRows({ from, to }) {
      const first = Math.floor(from / pageSize);
      const last = Math.max(first, Math.ceil(to / pageSize) - 1);
      const pages = Array.from({ length: last - first + 1 }, (_, place) => first + place);
      const answers = useQueries({
        queries: pages.map((page) => ({
          queryKey: [...key, page * pageSize, pageSize],
          queryFn: () => ask(page * pageSize, pageSize),
          placeholderData: keepPreviousData,
        })),
      });
      return (index) => answers[Math.floor(index / pageSize) - first]?.data?.[index % pageSize];
    },
  };
}

/** Keeps a row that does not exist any more from being the one that is pointed at. */
export function useWithin(active: number, count: number, set: (active: number) => void): void {
  useEffect(() => {
    if (active >= count && count > 0) set(count - 1);
  }, [active, count, set]);
}
