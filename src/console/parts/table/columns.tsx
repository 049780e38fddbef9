/** The columns that most tables have: a text, a time, a number. */

import { TimeText } from '../text/time-text.tsx';
import type { Column } from './column.ts';

type Size = { readonly width: number; readonly grow?: number };

export function textColumn<Row>(
  id: string,
  title: string,
  size: Size,
  of: (row: Row) => string | null,
): Column<Row> {
  return { id, title, ...size, cell: (row) => of(row) ?? '–', text: of };
}

export function timeColumn<Row>(
  id: string,
  title: string,
  size: Size,
  of: (row: Row) => number | null,
): Column<Row> {
  const text = (row: Row): string | null => {
    const at = of(row);
    return at === null ? null : new Date(at).toISOString();
  };
  return { id, title, ...size, cell: (row) => <TimeText at={of(row)} />, text };
}
