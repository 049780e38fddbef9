/** Puts servers into a group: groups belong to a plan, so this is a line of one, to copy. */

import { useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';

type Props = { readonly servers: readonly ServerId[]; onClose(): void };

export function GroupDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [group, setGroup] = useState('A');
  const line = `  - { name: ${group}, servers: [${servers.join(', ')}] }`;
  const act = async () => {
    await navigator.clipboard.writeText(`${line}\n`);
    toast(words.text('fleet.groupCopied', { group }));
    return ok(null);
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.group')}
      confirm={words.text('fleet.groupCopy')}
      verdict={{ go: true }}
      cli={null}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <p className="quiet">{words.text('fleet.groupHint')}</p>
      <TextEntry
        label={words.text('fleet.column.group')}
        value={group}
        onChange={setGroup}
        autoFocus
      />
      <pre className="plan-line" tabIndex={0}>
        {line}
      </pre>
    </ConfirmDialog>
  );
}
