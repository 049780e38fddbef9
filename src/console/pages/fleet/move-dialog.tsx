/** Moves servers to another domain. */

import { useState } from 'react';
import { namePattern, brand, type DomainName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result, type Verdict } from '#domain/result.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';

type Props = { readonly servers: readonly ServerId[]; onClose(): void };

export function MoveDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [domain, setDomain] = useState('');
  const verdict: Verdict = namePattern.test(domain)
    ? { go: true }
    : {
        go: false,
        because: problem('OPTION_WRONG', {
          option: words.text('fleet.column.domain'),
          value: domain,
          expected: 'name',
        }),
      };
  const act = async (): Promise<Result<unknown>> => {
    const to = brand<DomainName>(domain);
    for (const server of servers) {
      const moved = await callSite('fleet.move', { server, domain: to });
      if (!moved.ok) return refuse(moved.because);
    }
    toast(words.text('fleet.moved', { servers: servers.length, domain }));
    return ok(null);
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.move')}
      confirm={words.text('fleet.moveConfirm', { servers: servers.length })}
      verdict={verdict}
      cli={servers.map((server) => cliLine('fleet', 'move', server, '--domain', domain)).join('\n')}
      act={act}
      onClose={onClose}
    >
      <ServerNames servers={servers} />
      <TextEntry
        label={words.text('fleet.moveTo')}
        hint={words.text('fleet.moveHint')}
        value={domain}
        mistake={domain === '' || verdict.go ? undefined : words.term('expected', 'name')}
        onChange={setDomain}
        autoFocus
      />
    </ConfirmDialog>
  );
}
