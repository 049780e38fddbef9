/** A line or a few of text, with its label, a hint, and what is wrong with it. */

import { FieldError, Input, Label, Text, TextArea, TextField } from 'react-aria-components';

type Props = {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  /** What is wrong; absent: nothing. */
  readonly mistake?: string | undefined;
  readonly type?: 'text' | 'password' | 'search' | 'number';
  readonly lines?: number;
  readonly autoComplete?: string;
  readonly isRequired?: boolean;
  readonly autoFocus?: boolean;
  onChange(value: string): void;
};

export function TextEntry(props: Props) {
  const { label, value, hint, mistake, type = 'text', lines = 1, onChange } = props;
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      type={type}
      isInvalid={mistake !== undefined}
      isRequired={props.isRequired ?? false}
      autoFocus={props.autoFocus ?? false}
      {...(props.autoComplete === undefined ? {} : { autoComplete: props.autoComplete })}
    >
      <Label className="field-label">{label}</Label>
      {lines > 1 ? <TextArea className="input" rows={lines} /> : <Input className="input" />}
      {hint === undefined ? null : (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-mistake">{mistake}</FieldError>
    </TextField>
  );
}
