/** What a table is told by the page that shows it. */

import type { Chosen, Column, Sort } from './column.ts';
import type { RowSource } from './row-source.ts';

export const rowHeight = 32;

export type DataTableProps<Row> = {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly source: RowSource<Row>;
  keyOf(row: Row): string;
  readonly sort?: Sort;
  onSort?(sort: Sort): void;
  /** Absent: no rows are chosen here. */
  readonly chosen?: Chosen;
  onChoose?(chosen: Chosen): void;
  onOpen?(row: Row): void;
};
