/** What a table shows of a row. */

import type { ReactNode } from 'react';

export type Column<Row> = {
  /** Also the name of the column in an export. */
  readonly id: string;
  readonly title: string;
  /** In pixels, at least. */
  readonly width: number;
  /** Its share of the room that is left; absent: none. */
  readonly grow?: number;
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

const chooserWidth = 36;

/** How a row is laid out: alike in the head and in every row, whatever stands in them. */
export function layoutOf<Row>(columns: readonly Column<Row>[], hasChooser: boolean) {
  const own = columns.map(({ width, grow }) =>
    grow === undefined ? `${width}px` : `minmax(${width}px, ${grow}fr)`,
  );
  const before = hasChooser ? chooserWidth : 0;
  return {
    gridTemplateColumns: (hasChooser ? [`${before}px`, ...own] : own).join(' '),
    minWidth: columns.reduce((sum, { width }) => sum + width, before),
  };
}
