/** What a table shows of a row. */

import type { ReactNode } from 'react';

export type Column<Row> = {
  /** Also the name of the column in an export. */
  readonly id: string;
  readonly title: string;
  /** Of a grid: `120px`, or `minmax(160px, 2fr)`. */
  readonly width: string;
  readonly align?: 'start' | 'end';
  /** The rows can be ordered by it. */
  readonly isSorted?: boolean;
  cell(row: Row): ReactNode;
  /** As it stands in an export; absent: the column is not exported. */
  text?(row: Row): string | number | null;
};

export type Sort = { readonly by: string; readonly descending: boolean };

/** Chosen rows by their key; `all`: every row that the filter lets through, also those not here. */
export type Chosen = ReadonlySet<string> | 'all';

export function isChosen(chosen: Chosen, key: string): boolean {
  return chosen === 'all' || chosen.has(key);
}

export function toggled(chosen: Chosen, key: string): Chosen {
  const next = new Set(chosen === 'all' ? [] : chosen);
  if (!next.delete(key)) next.add(key);
  return next;
}
