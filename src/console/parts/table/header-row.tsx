/** The heads of the columns: what they are, and the order of the rows. */

import { useWords } from '../../app/language.tsx';
import { Icon } from '../text/icon.tsx';
import type { Column, layoutOf, Sort } from './column.ts';
import type { DataTableProps } from './table-props.ts';

type Props<Row> = DataTableProps<Row> & {
  readonly layout: ReturnType<typeof layoutOf<Row>>;
};

export function HeaderRow<Row>(props: Props<Row>) {
  const { columns, sort, onSort, chosen, onChoose, layout } = props;
  const words = useWords();
  return (
    <div className="data-table-head" role="rowgroup" style={{ minWidth: layout.minWidth }}>
      <div className="data-table-row" role="row" aria-rowindex={1} style={layout}>
        {onChoose === undefined ? null : (
          <div className="data-table-cell" role="columnheader">
            <input
              type="checkbox"
              aria-label={words.text('table.chooseAll')}
              checked={chosen === 'all'}
              onChange={() => onChoose(chosen === 'all' ? new Set() : 'all')}
            />
          </div>
        )}
        {columns.map((column) => (
          <Head key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
    </div>
  );
}

function Head<Row>(props: {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  const isHere = sort?.by === column.id;
  const isDescending = isHere && sort.descending;
  const direction = isHere ? (isDescending ? 'descending' : 'ascending') : 'none';
  if (column.isSorted !== true || onSort === undefined) {
    return (
      <div className="data-table-cell" role="columnheader" data-align={column.align}>
        {column.title}
      </div>
    );
  }
  return (
    <div
      className="data-table-cell"
      role="columnheader"
      aria-sort={direction}
      data-align={column.align}
    >
      <button
        type="button"
        className="data-table-sort"
        onClick={() => onSort({ by: column.id, descending: isHere && !isDescending })}
      >
        {column.title}
        {isHere ? <Icon name={isDescending ? 'falling' : 'up'} /> : null}
      </button>
    </div>
  );
}
