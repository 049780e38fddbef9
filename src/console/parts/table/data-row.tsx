/** One row of a table, or the place of one that is still being asked for. */

import { isChosen, toggled, type Chosen, type Column, type layoutOf } from './column.ts';
import { rowHeight } from './table-props.ts';

type Props<Row> = {
  readonly id: string;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly layout: ReturnType<typeof layoutOf<Row>>;
  readonly row: Row | undefined;
  keyOf(row: Row): string;
  readonly isActive: boolean;
  readonly chosen: Chosen | null;
  readonly loading: string;
  readonly choose: string;
  onPoint(): void;
  readonly onChoose: ((chosen: Chosen) => void) | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
};

export function DataRow<Row>(props: Props<Row>) {
  const { id, index, columns, row, isActive, chosen, onChoose, onOpen, onPoint } = props;
  const key = row === undefined ? null : props.keyOf(row);
  const isMarked = key !== null && chosen !== null && isChosen(chosen, key);
  return (
    <div
      id={id}
      className="data-table-row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={onChoose === undefined ? undefined : isMarked}
      data-active={isActive}
      data-opens={onOpen !== undefined}
      onClick={() => {
        onPoint();
        if (row !== undefined) onOpen?.(row);
      }}
      style={{ top: index * rowHeight, ...props.layout }}
    >
      {onChoose === undefined ? null : (
        <div
          className="data-table-cell"
          role="gridcell"
          onClick={(event) => event.stopPropagation()}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`${props.choose} ${key ?? ''}`}
            checked={isMarked}
            disabled={key === null}
            onChange={() => key !== null && onChoose(toggled(chosen ?? new Set(), key))}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} className="data-table-cell" role="gridcell" data-align={column.align}>
          {row === undefined ? <span className="quiet">{props.loading}</span> : column.cell(row)}
        </div>
      ))}
    </div>
  );
}
