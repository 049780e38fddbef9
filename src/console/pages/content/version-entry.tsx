/** One version of content: of those that are known, or typed. */

import { useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { versionText, type Version } from './known-content.ts';

type Props = {
  readonly label: string;
  readonly known: readonly Version[];
  readonly value: TypedVersion;
  onChange(value: TypedVersion): void;
};

/** As it was typed: perhaps no name at all. */
export type TypedVersion = { readonly component: string; readonly version: string };

const other = '';

export function VersionEntry({ label, known, value, onChange }: Props) {
  const words = useWords();
  const [isTyped, setTyped] = useState(known.length === 0);
  return (
    <>
      {known.length === 0 ? null : (
        <Choice
          label={label}
          value={isTyped ? other : `${value.component} ${value.version}`}
          options={[
            ...known.map((one) => ({ value: versionText(one), text: versionText(one) })),
            { value: other, text: words.text('content.otherVersion') },
          ]}
          onChange={(text) => {
            const found = known.find((one) => versionText(one) === text);
            setTyped(found === undefined);
            onChange(found ?? { component: '', version: '' });
          }}
        />
      )}
      {isTyped ? (
        <>
          <TextEntry
            label={words.text('server.component')}
            value={value.component}
            onChange={(component) => onChange({ ...value, component })}
          />
          <TextEntry
            label={words.text('site.version')}
            value={value.version}
            onChange={(version) => onChange({ ...value, version })}
          />
        </>
      ) : null}
    </>
  );
}
