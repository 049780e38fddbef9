/** Some of several values, each with how many there are, where that is known. */

import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Icon } from '../text/icon.tsx';

type Props = {
  readonly label: string;
  readonly options: readonly {
    readonly value: string;
    readonly text: string;
    readonly servers?: number;
  }[];
  readonly chosen: readonly string[];
  onChange(chosen: readonly string[]): void;
};

export function FilterMenu({ label, options, chosen, onChange }: Props) {
  const own = options.map(({ value }) => value);
  const here = chosen.filter((value) => own.includes(value));
  const others = chosen.filter((value) => !own.includes(value));
  return (
    <MenuTrigger>
      <Button className="button filter" data-chosen={here.length > 0}>
        {label}
        {here.length === 0 ? null : <span className="filter-count">{here.length}</span>}
        <Icon name="down" />
      </Button>
      <Popover className="popover">
        <Menu
          className="menu"
          aria-label={label}
          selectionMode="multiple"
          selectedKeys={here}
          onSelectionChange={(keys) =>
            onChange([...others, ...(keys === 'all' ? own : [...keys].map(String))])
          }
        >
          {options.map(({ value, text, servers }) => (
            <MenuItem key={value} id={value} className="menu-item filter-item" textValue={text}>
              <span>{text}</span>
              {servers === undefined ? null : (
                <span className="quiet">{servers.toLocaleString()}</span>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
