/** One of a few: a labelled list that opens. */

import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components';
import { Icon } from '../text/icon.tsx';

type Props<Value extends string> = {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  /** `plain`: the label is only read out. */
  readonly look?: 'field' | 'plain';
  onChange(value: Value): void;
};

export function Choice<Value extends string>(props: Props<Value>) {
  const { label, value, options, look = 'field', onChange } = props;
  const choose = (key: unknown): void => {
    const found = options.find((one) => one.value === key);
    if (found !== undefined) onChange(found.value);
  };
  return (
    <Select className="field" data-look={look} value={value} onChange={choose}>
      <Label className={look === 'plain' ? 'visually-hidden' : 'field-label'}>{label}</Label>
      <Button className="button" data-look={look === 'plain' ? 'plain' : 'input'}>
        <SelectValue>{options.find((one) => one.value === value)?.text}</SelectValue>
        <Icon name="down" />
      </Button>
      <Popover className="popover">
        <ListBox className="menu">
          {options.map((one) => (
            <ListBoxItem key={one.value} id={one.value} className="menu-item" textValue={one.text}>
              {one.text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
