/**
 * A table of any length: only rows in sight are drawn, and asked for. The whole of it is one stop
 * of the keyboard; arrows, page keys, Home and End move within, space chooses, Enter opens.
 */

import { useId, useRef, useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { layoutOf } from './column.ts';
import { DataRow } from './data-row.tsx';
import { HeaderRow } from './header-row.tsx';
import { useWithin } from './row-source.ts';
import { rowHeight, type DataTableProps } from './table-props.ts';
import { useTableKeys } from './table-keys.ts';
import { useRowWindow } from './window.ts';

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, source, keyOf, chosen, onChoose, onOpen } = props;
  const words = useWords();
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  useWithin(active, source.count, setActive);
  const shown = useRowWindow(scroll, { rowHeight, count: source.count });
  const rowAt = source.useRows(shown);
  const keys = useTableKeys({ scroll, active, setActive, rowHeight, rowAt, ...props });
  const layout = layoutOf(columns, onChoose !== undefined);
  const indexes = Array.from({ length: shown.to - shown.from }, (_, place) => shown.from + place);
  return (
    <div
      className="data-table-scroll"
      ref={scroll}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={source.count + 1}
      aria-colcount={columns.length + (onChoose === undefined ? 0 : 1)}
      aria-multiselectable={onChoose === undefined ? undefined : true}
      aria-activedescendant={source.count === 0 ? undefined : `${id}-${active}`}
      onKeyDown={keys}
    >
      <HeaderRow {...props} layout={layout} />
      <div
        className="data-table-body"
        role="rowgroup"
        style={{ height: source.count * rowHeight, minWidth: layout.minWidth }}
      >
        {indexes.map((index) => (
          <DataRow
            key={index}
            id={`${id}-${index}`}
            index={index}
            columns={columns}
            layout={layout}
            row={rowAt(index)}
            keyOf={keyOf}
            isActive={index === active}
            chosen={chosen ?? null}
            onPoint={() => setActive(index)}
            onChoose={onChoose}
            onOpen={onOpen}
            loading={words.text('state.loading')}
            choose={words.text('table.choose')}
          />
        ))}
      </div>
    </div>
  );
}
