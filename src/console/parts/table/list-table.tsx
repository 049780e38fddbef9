/** A table of tens of rows, drawn whole: it flows with its page, and can be printed and exported. */

import type { ReactNode } from 'react';
import type { Column } from './column.ts';
import { ExportMenu } from './export-menu.tsx';

type Props<Row> = {
  /** Of the file of an export, without its ending. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Of an export, where that says more than the page has room for. */
  readonly exported?: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** What stands in place of rows where there are none. */
  readonly empty: ReactNode;
  /** What can be done, before the export. */
  readonly actions?: ReactNode;
};

export function ListTable<Row>(props: Props<Row>) {
  const { name, label, columns, exported = columns, rows, keyOf, empty, actions } = props;
  return (
    <div className="list-table">
      <div className="list-table-bar">
        {actions}
        {rows.length === 0 ? null : (
          <ExportMenu name={name} columns={exported} rows={async () => rows} />
        )}
      </div>
      {rows.length === 0 ? (
        empty
      ) : (
        <div className="list-table-scroll" tabIndex={0}>
          <table className="plain-table" aria-label={label}>
            <thead>
              <tr>
                {columns.map(({ id, title, align, width: minWidth }) => {
                  // A column of buttons needs no name: each button has its own.
                  if (title === '') return <td key={id} />;
                  return (
                    <th key={id} scope="col" data-align={align} style={{ minWidth }}>
                      {title}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={keyOf(row)}>
                  {columns.map(({ id, align, cell }) => (
                    <td key={id} data-align={align}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
