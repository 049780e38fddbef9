/** Hands a table out as a file. */

import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useWords } from '../../app/language.tsx';
import { Icon } from '../text/icon.tsx';
import type { Column } from './column.ts';
import { download, exported, exportForms, type ExportForm } from './export.ts';

type Props<Row> = {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  /** Every row, wherever it is; null: they could not be asked for. */
  rows(): Promise<readonly Row[] | null>;
};

export function ExportMenu<Row>({ name, columns, rows }: Props<Row>) {
  const words = useWords();
  const hand = async (form: ExportForm): Promise<void> => {
    const all = await rows();
    if (all !== null) download(name, form, exported(form, columns, all));
  };
  return (
    <MenuTrigger>
      <Button className="button">
        <Icon name="download" />
        {words.text('table.export')}
      </Button>
      <Popover className="popover">
        <Menu className="menu" aria-label={words.text('table.export')}>
          {exportForms.map((form) => (
            <MenuItem key={form} className="menu-item" onAction={() => void hand(form)}>
              {form.toUpperCase()}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
