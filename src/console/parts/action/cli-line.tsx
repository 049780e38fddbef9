/** The same by the command line, to copy. */

import { useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { Icon } from '../text/icon.tsx';

export function CliLine({ line }: { readonly line: string }) {
  const words = useWords();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(line);
    setCopied(true);
  };
  return (
    <div className="cli-line">
      <code>{line}</code>
      <button
        type="button"
        className="button cli-line-copy"
        data-look="small"
        onClick={() => void copy()}
      >
        <Icon name="copy" />
        {words.text(isCopied ? 'action.copied' : 'action.copy')}
      </button>
    </div>
  );
}

/** As a shell reads it back: quoted where it must be. */
export function cliLine(...parts: readonly string[]): string {
  return ['dankai', ...parts].map(quoted).join(' ');
}

function quoted(part: string): string {
  return /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", String.raw`'\''`)}'`;
}
